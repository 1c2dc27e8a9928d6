//! An unsigned token inside an encrypted one: a verifier that decrypts it may forget to verify what comes out.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use jose::base64url;
use serde_json::{Value, json};

use super::encodings::{Key, point, spki, text};
use super::forge::{Bench, FORGES, Forged, forging};
use crate::check::{Check, Need};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "jwt.nested-unsigned",
    title: "An unsigned token inside an encrypted one is accepted",
    claim: "A token that was encrypted to the public key, and that nobody signed, is refused.",
    why: "Everybody has the public key and can encrypt to it: that it decrypts says nothing of who wrote it.",
    asvs: &["V9.1.1"],
    rfc: &["RFC 8725 section 2.3", "RFC 7519 section 11.2"],
    needs: &[Need::Token, Need::Endpoint, Need::PublicKey],
    sends: "The good token's claims, bare and as a token of `none`, encrypted to the published key with RSA-OAEP-256 or ECDH-ES and A256GCM.",
    fix: super::claims::fix(
        "Verify the signature of what was decrypted, and refuse encrypted tokens where none are expected.",
    ),
    judge: forging!(nested),
    ..FORGES
}];

fn nested(bench: &Bench<'_>) -> Vec<Forged> {
    let claims = Value::Object(bench.token.claims.clone()).to_string();
    let unsigned = format!("{}.", bench.message(&[("alg", json!("none"))]));
    let keys = bench.public_keys();
    let payloads = [("an unsigned token", unsigned), ("bare claims", claims)];
    keys.iter()
        .take(2)
        .flat_map(|key| {
            payloads.iter().filter_map(|(label, payload)| {
                Some(Forged::new(
                    format!("{label} inside"),
                    encrypted(key, payload.as_bytes())?,
                ))
            })
        })
        .collect()
}

/// A compact JWE (RFC 7516 section 3.1) to a public key.
fn encrypted(key: &Key, payload: &[u8]) -> Option<String> {
    // Used once for one forged token, which keeps nothing secret.
    let content_key = [0x5a; 32];
    let kid = key.get("kid").cloned().unwrap_or_default();
    let (header, content_key, sealed_key) = match (text(key, "kty"), text(key, "crv")) {
        ("RSA", _) => {
            let public = PublicEncryptingKey::from_der(&spki(key)?).ok()?;
            let public = OaepPublicEncryptingKey::new(public).ok()?;
            let mut sealed = vec![0; public.ciphertext_size()];
            let sealed = public
                .encrypt(&OAEP_SHA256_MGF1SHA256, &content_key, &mut sealed, None)
                .ok()?
                .to_vec();
            (
                json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": kid}),
                content_key.to_vec(),
                sealed,
            )
        }
        ("EC", "P-256") => {
            let own = PrivateKey::generate(&ECDH_P256).ok()?;
            let public = own.compute_public_key().ok()?;
            let (x, y) = public.as_ref().get(1..)?.split_at_checked(32)?;
            let epk =
                json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y)});
            let peer = UnparsedPublicKey::new(&ECDH_P256, point(key));
            let content_key = agree(&own, peer, (), |shared| Ok(derived(shared))).ok()?;
            (
                json!({"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": kid, "epk": epk}),
                content_key,
                Vec::new(),
            )
        }
        _ => return None,
    };
    let header = base64url::encode(header.to_string().as_bytes());
    let nonce = [7; 12];
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).ok()?);
    let mut body = payload.to_vec();
    let tag = sealing
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut body,
        )
        .ok()?;
    let parts = [&sealed_key[..], &nonce, &body, tag.as_ref()].map(base64url::encode);
    Some(format!("{header}.{}", parts.join(".")))
}

/// The key of RFC 7518 section 4.6.2 for A256GCM, without names of the parties.
pub(super) fn derived(shared: &[u8]) -> Vec<u8> {
    let enc = b"A256GCM";
    let mut text = vec![0, 0, 0, 1];
    text.extend_from_slice(shared);
    text.extend_from_slice(&7u32.to_be_bytes());
    text.extend_from_slice(enc);
    text.extend_from_slice(&[0; 8]);
    text.extend_from_slice(&256u32.to_be_bytes());
    digest::digest(&digest::SHA256, &text).as_ref().to_vec()
}
