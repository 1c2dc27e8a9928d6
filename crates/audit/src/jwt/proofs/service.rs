//! The service: one strict way in, and beside it the one that a fault opens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code: made from constants"
)]

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac;
use jose::{Jwk, VerifyingKey, base64url};
use serde_json::Value;

use super::world::{Fault, Form, World};
use crate::jwt::encodings::{Key, bytes, pem, pkcs1, point, spki, ssh};
use crate::jwt::nested::derived;
use crate::jwt::weak_secret::mac;
use crate::testing::NOW_S;

/// Whether the service lets `token` in.
pub(super) fn lets_in(world: &World, token: &str, fault: Option<Fault>) -> bool {
    is_sound(world, token, fault) || fault.is_some_and(|fault| falls_for(world, token, fault))
}

pub(super) fn part_of(token: &str, at: usize) -> Option<String> {
    String::from_utf8(base64url::decode(token.split('.').nth(at)?.as_bytes()).ok()?).ok()
}

fn object_of(token: &str, at: usize) -> Option<Value> {
    serde_json::from_str(&part_of(token, at)?)
        .ok()
        .filter(Value::is_object)
}

pub(super) fn claims_of(token: &str) -> Option<Value> {
    object_of(token, 0).and(object_of(token, 1))
}

/// Signed by the issuer, and right in everything that the fault does not leave out.
fn is_sound(world: &World, token: &str, fault: Option<Fault>) -> bool {
    let has = |one: Fault| fault == Some(one);
    let (Some(header), Some(claims)) = (object_of(token, 0), object_of(token, 1)) else {
        return false;
    };
    let alg = header["alg"].as_str().unwrap_or_default();
    let own = world.key.algorithm();
    let is_own = own.is_named(alg)
        || (has(Fault::AlgorithmLoose) && alg.trim().eq_ignore_ascii_case(&own.to_string()));
    let repeats = [0, 1].iter().any(|at| {
        let part = part_of(token, *at).unwrap();
        ["\"sub\"", "\"alg\""]
            .iter()
            .any(|name| part.matches(name).count() > 1)
    });
    let extends = header.get("crit").is_some() || header.get("b64").is_some();
    is_own
        && (has(Fault::RepeatsAccepted) || !repeats)
        && (has(Fault::CriticalIgnored) || has(Fault::B64Ignored) && header.get("b64").is_some() || !extends)
        && (has(Fault::TypeIgnored) || header["typ"] == "at+jwt")
        && is_signed(world, token)
        && is_timely(&claims, fault)
        && is_for_us(&claims, fault)
}

fn is_signed(world: &World, token: &str) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let key = world.key.verifying_key().unwrap();
    token.matches('.').count() == 2
        && base64url::decode(signature.as_bytes())
            .is_ok_and(|bytes| key.verify(message.as_bytes(), &bytes).is_ok())
}

fn is_timely(claims: &Value, fault: Option<Fault>) -> bool {
    let has = |one: Fault| fault == Some(one);
    let in_time = match claims.get("exp") {
        Some(Value::Number(end)) => {
            let end = end.as_f64().unwrap();
            let leeway = if has(Fault::ExpiryLeeway) { 600.0 } else { 60.0 };
            has(Fault::ExpiryIgnored)
                || end + leeway > NOW_S as f64
                || (has(Fault::ExpiryOptional) && end == 0.0)
        }
        None | Some(Value::Null) => has(Fault::ExpiryOptional),
        Some(_) => has(Fault::ExpiryAnyType),
    };
    in_time && (has(Fault::NotBeforeIgnored) || claims["nbf"].as_i64().unwrap_or(0) <= NOW_S + 60)
}

fn is_for_us(claims: &Value, fault: Option<Fault>) -> bool {
    let has = |one: Fault| fault == Some(one);
    let audience = match &claims["aud"] {
        Value::String(aud) => aud == "api" || (has(Fault::AudiencePrefix) && aud.starts_with("api")),
        Value::Array(list) => list.iter().any(|aud| aud == "api"),
        _ => has(Fault::AudienceOptional),
    };
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let is_issuer = issuer == "https://issuer.example"
        || (has(Fault::IssuerPrefix) && issuer.starts_with("https://issuer.example"))
        || (has(Fault::IssuerInList)
            && claims["iss"]
                .as_array()
                .is_some_and(|list| list.iter().any(|iss| iss == "https://issuer.example")));
    (audience || has(Fault::AudienceIgnored)) && (is_issuer || has(Fault::IssuerIgnored))
}

/// The way in that a fault opens.
fn falls_for(world: &World, token: &str, fault: Fault) -> bool {
    let header = object_of(token, 0).unwrap_or_default();
    let alg = header["alg"].as_str();
    let kid = header["kid"].as_str().unwrap_or_default();
    let signature =
        base64url::decode(token.split('.').nth(2).unwrap_or_default().as_bytes()).unwrap_or_default();
    let is_ours = kid == world.key.kid().as_str();
    let has_claims = claims_of(token).is_some();
    match fault {
        Fault::NoneAccepted => has_claims && alg == Some("none"),
        Fault::NoneWithoutKey => has_claims && alg == Some("none") && !is_ours && signature.is_empty(),
        Fault::NoneSpelled => {
            has_claims && alg.is_some_and(|alg| alg != "none" && alg.trim().eq_ignore_ascii_case("none"))
        }
        Fault::AlgMissing => has_claims && alg.is_none(),
        Fault::SignatureStripped => has_claims && alg == Some("ES256") && signature.is_empty(),
        Fault::SignatureIgnored => has_claims && alg == Some("ES256") && !signature.is_empty(),
        Fault::SignatureCut => has_claims && alg == Some("ES256") && (1..64).contains(&signature.len()),
        Fault::Psychic => has_claims && !signature.is_empty() && signature.iter().all(|byte| *byte == 0),
        Fault::StrangersKey => has_claims && alg == Some("ES256") && !is_ours,
        Fault::BlankSecret => is_ours && is_mac(token, b""),
        Fault::UnknownKid => !is_ours && is_mac(token, b""),
        Fault::Confused(form) => is_mac(token, &form.of(&world.public())),
        Fault::KidIsAFile => {
            let path = kid.trim_start_matches("../");
            std::fs::read(format!("/{}", path.trim_start_matches('/')))
                .is_ok_and(|secret| is_mac(token, &secret))
        }
        Fault::KidIsAQuery => {
            let chosen = kid
                .split("UNION SELECT '")
                .nth(1)
                .and_then(|rest| rest.split('\'').next());
            chosen.is_some_and(|secret| is_mac(token, secret.as_bytes()))
        }
        Fault::BelievesJwk => is_by(token, &header["jwk"]),
        Fault::BelievesX5c => is_by_certificate(token, &header["x5c"][0]),
        Fault::BelievesJkuData => {
            let set = header["jku"]
                .as_str()
                .and_then(|url| url.strip_prefix("data:application/json;base64,"));
            let set = set.map(|text| text.trim_end_matches('=').replace('+', "-").replace('/', "_"));
            let set = set.and_then(|text| base64url::decode(text.as_bytes()).ok());
            set.is_some_and(|set| is_by(token, &serde_json::from_slice::<Value>(&set).unwrap()["keys"][0]))
        }
        Fault::Follows(member) => {
            fetched(header[member].as_str()).is_some_and(|set| is_by(token, &set["keys"][0]))
        }
        Fault::LenientBase64 => is_sound(world, &lenient(token), None),
        Fault::StrayCharacters => is_sound(world, &token.replace('!', ""), None),
        Fault::TrailingData => is_sound(
            world,
            &token.splitn(4, '.').take(3).collect::<Vec<_>>().join("."),
            None,
        ),
        Fault::JsonForm => compact(token).is_some_and(|compact| is_sound(world, &compact, None)),
        // What is verified is not what is read.
        Fault::Polyglot => {
            token.trim_start().starts_with("{\"  ")
                && compact(token).is_some_and(|compact| is_signed(world, &compact))
        }
        Fault::NestedUnsigned => {
            opened(world, token).is_some_and(|inside| inside.starts_with("eyJ") || inside.starts_with('{'))
        }
        _ => false,
    }
}

fn is_mac(token: &str, secret: &[u8]) -> bool {
    let alg = object_of(token, 0).and_then(|header| mac(header["alg"].as_str()?));
    let (Some(alg), Some((message, signature))) = (alg, token.rsplit_once('.')) else {
        return false;
    };
    let signature = base64url::decode(signature.as_bytes()).unwrap_or_default();
    hmac::verify(&hmac::Key::new(alg, secret), message.as_bytes(), &signature).is_ok()
}

fn is_by(token: &str, key: &Value) -> bool {
    let key = Jwk::parse(key.to_string().as_bytes())
        .ok()
        .and_then(|key| VerifyingKey::from_jwk(&key).ok());
    let (message, signature) = token.rsplit_once('.').unwrap();
    key.is_some_and(|key| {
        key.verify(
            message.as_bytes(),
            &base64url::decode(signature.as_bytes()).unwrap_or_default(),
        )
        .is_ok()
    })
}

/// Finds the point inside the certificate, as a careless reader would.
fn is_by_certificate(token: &str, certificate: &Value) -> bool {
    let Some(text) = certificate.as_str() else {
        return false;
    };
    let der = base64url::decode(
        text.trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_")
            .as_bytes(),
    )
    .unwrap();
    let head = [0x03, 0x42, 0x00, 0x04];
    let at = der.windows(4).position(|window| window == head);
    at.is_some_and(|at| {
        let (x, y) = (&der[at + 4..at + 36], &der[at + 36..at + 68]);
        is_by(token, &serde_json::json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y)}))
    })
}

/// Waits as the careless do. Who answers may be served by the same threads: these waits must not take all of them.
fn fetched(url: Option<&str>) -> Option<Value> {
    tokio::task::block_in_place(|| fetch(url))
}

fn fetch(url: Option<&str>) -> Option<Value> {
    let url = url::Url::parse(url?).ok()?;
    let mut stream = TcpStream::connect((url.host_str()?, url.port()?)).ok()?;
    stream
        .write_all(b"GET /keys.json HTTP/1.1\r\nhost: x\r\n\r\n")
        .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.split("\r\n\r\n").nth(1)?).ok()
}

fn lenient(token: &str) -> String {
    let part = |part: &str| {
        let text: String = part.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
        let text = text.replace('+', "-").replace('/', "_");
        // The last character's unused bits do not count.
        let last = text.chars().last().unwrap_or('A');
        let stem = &text[..text.len().saturating_sub(1)];
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.find(last).unwrap_or(0);
        let spellings = [at, at & !1, at & !3, at & !15];
        let spelled = spellings
            .iter()
            .map(|at| format!("{stem}{}", &alphabet[*at..=*at]));
        spelled
            .into_iter()
            .find(|text| base64url::decode(text.as_bytes()).is_ok())
            .unwrap_or_default()
    };
    token.split('.').map(part).collect::<Vec<_>>().join(".")
}

fn compact(token: &str) -> Option<String> {
    let form: Value = serde_json::from_str(token).ok()?;
    let inner = form["signatures"].get(0).unwrap_or(&form);
    Some(format!(
        "{}.{}.{}",
        inner["protected"].as_str()?,
        form["payload"].as_str()?,
        inner["signature"].as_str()?
    ))
}

fn opened(world: &World, token: &str) -> Option<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, nonce, body, tag] = parts.as_slice() else {
        return None;
    };
    let epk = object_of(token, 0)?["epk"].as_object()?.clone();
    let own = PrivateKey::from_private_key_der(&ECDH_P256, &world.key.to_pkcs8().unwrap()).ok()?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, point(&epk));
    let key = agree(&own, peer, (), |shared| Ok(derived(shared))).ok()?;
    let part = |text: &str| base64url::decode(text.as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(&part(nonce)).unwrap();
    let mut text = [part(body), part(tag)].concat();
    let opening = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
    let open = opening
        .open_in_place(nonce, Aad::from(header.as_bytes()), &mut text)
        .ok()?;
    String::from_utf8(open.to_vec()).ok()
}

impl Form {
    fn of(self, key: &Key) -> Vec<u8> {
        match self {
            Self::PemSpki => format!("{}\n", pem("PUBLIC KEY", &spki(key).unwrap())).into_bytes(),
            Self::PemLines => {
                let text = pem("PUBLIC KEY", &spki(key).unwrap());
                let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('-')).collect();
                lines.join("\n").into_bytes()
            }
            Self::PemPkcs1 => pem("RSA PUBLIC KEY", &pkcs1(key).unwrap()).into_bytes(),
            Self::Der => spki(key).unwrap(),
            Self::Ssh => ssh(key).unwrap().into_bytes(),
            Self::Jwk => serde_json::to_vec(key).unwrap(),
            Self::Modulus => bytes(key, "n"),
        }
    }
}
