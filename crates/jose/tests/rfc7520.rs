//! The JWS and JWK examples of RFC 7520 (sections 3 and 4).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use jose::{Algorithm, JoseError, KeyRefusal, Limits, Presented, SigningKey, VerifyingKey, base64url};
use serde_json::{Value, json};
use support::{items, jwk, one_key_of_each, public, text, vectors};

fn verify(token: &[u8], key: &VerifyingKey) -> Result<Vec<u8>, JoseError> {
    let payload = Presented::parse(token, &Limits::default())?.verify_signature(key)?;
    Ok(payload.bytes().to_vec())
}

fn rsa_key(algorithm: Algorithm) -> VerifyingKey {
    let jwk = jwk(&vectors("jose-cookbook/jwk/3_3.rsa_public_key.json")).unwrap();
    VerifyingKey::with_algorithm(&jwk, algorithm).unwrap()
}

/// The private key of section 3.4, by way of the cryptographic library.
fn rsa_signing_key(algorithm: Algorithm) -> SigningKey {
    let key = vectors("jose-cookbook/jwk/3_4.rsa_private_key.json");
    let number = |name: &str| base64url::decode(text(&key, name).as_bytes()).unwrap();
    let pair = KeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents {
            n: number("n"),
            e: number("e"),
        },
        d: number("d"),
        p: number("p"),
        q: number("q"),
        dP: number("dp"),
        dQ: number("dq"),
        qInv: number("qi"),
    })
    .unwrap();
    let der: Pkcs8V1Der<'static> = pair.as_der().unwrap();
    SigningKey::from_pkcs8(algorithm, der.as_ref()).unwrap()
}

#[test]
fn section_4_1_verifies_and_is_reproduced_byte_for_byte() {
    let example = vectors("jose-cookbook/jws/4_1.rsa_v15_signature.json");
    let compact = text(&example["output"], "compact");
    let payload = verify(compact.as_bytes(), &rsa_key(Algorithm::Rs256)).unwrap();
    assert_eq!(payload, text(&example["input"], "payload").as_bytes());

    let input = text(&example["signing"], "sig-input");
    let key = rsa_signing_key(Algorithm::Rs256);
    let signature = base64url::encode(&key.signature(input.as_bytes()).unwrap());
    assert_eq!(signature, text(&example["signing"], "sig"));
    assert_eq!(format!("{input}.{signature}"), compact);

    assert_eq!(
        verify(compact.as_bytes(), &rsa_key(Algorithm::Ps256)),
        Err(JoseError::Algorithm)
    );
    let other = rsa_signing_key(Algorithm::Ps256)
        .signature(input.as_bytes())
        .unwrap();
    let forged = format!("{input}.{}", base64url::encode(&other));
    assert_eq!(
        verify(forged.as_bytes(), &rsa_key(Algorithm::Rs256)),
        Err(JoseError::BadSignature)
    );
}

/// Sections 4.2 to 4.5: PS384, ES512, HS256 and detached HS256 are not algorithms of this house.
#[test]
fn compact_examples_of_foreign_algorithms_are_refused() {
    let mut keys = public(&one_key_of_each());
    keys.extend([rsa_key(Algorithm::Ps256), rsa_key(Algorithm::Rs256)]);
    let examples = [
        "4_2.rsa-pss_signature.json",
        "4_3.ecdsa_signature.json",
        "4_4.hmac-sha2_integrity_protection.json",
        "4_5.signature_with_detached_content.json",
    ];
    for name in examples {
        let example = vectors(&format!("jose-cookbook/jws/{name}"));
        let compact = text(&example["output"], "compact");
        for key in &keys {
            assert_eq!(
                verify(compact.as_bytes(), key),
                Err(JoseError::Algorithm),
                "{name}"
            );
        }
    }
}

/// Every JSON serialisation of every example, general and flattened, is refused for its first byte.
#[test]
fn json_serialisations_are_refused() {
    let mut refused = 0;
    let names = [
        "4_1.rsa_v15_signature",
        "4_2.rsa-pss_signature",
        "4_3.ecdsa_signature",
        "4_4.hmac-sha2_integrity_protection",
        "4_5.signature_with_detached_content",
        "4_6.protecting_specific_header_fields",
        "4_7.protecting_content_only",
        "4_8.multiple_signatures",
    ];
    for name in names {
        let example = vectors(&format!("jose-cookbook/jws/{name}.json"));
        for form in ["json", "json_flat"] {
            let Some(serialisation) = example["output"].get(form) else {
                continue;
            };
            let text = serialisation.to_string();
            let verdict = Presented::parse(text.as_bytes(), &Limits::default());
            assert_eq!(verdict.unwrap_err(), JoseError::Malformed, "{name} {form}");
            refused += 1;
        }
    }
    assert_eq!(refused, 15);
}

/// Section 4.8: the first of the three signatures is RS256 and, put in compact form, verifies; the others never do.
#[test]
fn section_4_8_signature_by_signature() {
    let example = vectors("jose-cookbook/jws/4_8.multiple_signatures.json");
    let output = &example["output"]["json"];
    let key = rsa_key(Algorithm::Rs256);
    let verdicts: Vec<_> = items(output, "signatures")
        .iter()
        .map(|part| {
            // The second signature has an unprotected `alg` only, which compact form cannot carry.
            let protected = part["protected"].as_str().unwrap_or_default();
            let token = format!(
                "{protected}.{}.{}",
                text(output, "payload"),
                text(part, "signature")
            );
            verify(token.as_bytes(), &key).map(drop)
        })
        .collect();
    assert_eq!(
        verdicts,
        [Ok(()), Err(JoseError::Malformed), Err(JoseError::Algorithm)]
    );
}

#[test]
fn keys() {
    let cases = [
        ("3_1.ec_public_key", KeyRefusal::Unsupported),
        ("3_2.ec_private_key", KeyRefusal::Private),
        ("3_4.rsa_private_key", KeyRefusal::Private),
        ("3_5.symmetric_key_mac_computation", KeyRefusal::Private),
        ("3_6.symmetric_key_encryption", KeyRefusal::Private),
    ];
    for (name, refusal) in cases {
        let key = vectors(&format!("jose-cookbook/jwk/{name}.json"));
        assert_eq!(jwk(&key), Err(refusal.into()), "{name}");
    }
    let key = vectors("jose-cookbook/jwk/3_3.rsa_public_key.json");
    let parsed = jwk(&key).unwrap();
    assert_eq!(parsed.kid().unwrap().as_str(), "bilbo.baggins@hobbiton.example");
    assert_eq!(parsed.algorithm(), None);
    assert_eq!(
        VerifyingKey::from_jwk(&parsed).unwrap_err(),
        KeyRefusal::Algorithm.into()
    );
    assert_eq!(parsed.thumbprint().as_bytes(), &thumbprint(&key));
    assert_eq!(
        serde_json::to_value(&parsed).unwrap(),
        key,
        "written as it was read"
    );
    assert_eq!(
        rsa_signing_key(Algorithm::Rs256).kid().as_str(),
        parsed.thumbprint().to_string()
    );
}

/// The Wycheproof keys have the thumbprints that the recipe of RFC 7638, done by hand, gives them.
#[test]
fn thumbprints_by_hand() {
    let file = vectors("wycheproof/json_web_signature_test.json");
    let mut compared = 0;
    for group in items(&file, "testGroups") {
        let Some(Ok(key)) = group.get("public").map(jwk) else {
            continue;
        };
        assert_eq!(key.thumbprint().as_bytes(), &thumbprint(&group["public"]));
        compared += 1;
    }
    assert_eq!(compared, 9);
}

fn thumbprint(key: &Value) -> [u8; 32] {
    let required = match text(key, "kty") {
        "RSA" => json!({"e": key["e"], "kty": key["kty"], "n": key["n"]}),
        _ => json!({"crv": key["crv"], "kty": key["kty"], "x": key["x"], "y": key["y"]}),
    };
    // serde_json's map is sorted and its text has no white space.
    digest(&SHA256, required.to_string().as_bytes())
        .as_ref()
        .try_into()
        .unwrap()
}
