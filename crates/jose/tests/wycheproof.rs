//! Every Wycheproof case of `tests/vectors/wycheproof`. No case is skipped; the totals are asserted.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use jose::{Algorithm, JoseError, Jwk, KeyRefusal, Limits, Presented, VerifyingKey, base64url};
use serde_json::{Value, json};
use support::{hex, items, jwk, one_key_of_each, public, text, vectors};

/// BASELINE.txt: these say "valid" against RFC 7515 or RFC 7517, so either verdict passes.
const EITHER: [u64; 6] = [346, 347, 350, 351, 372, 373];

#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    accepted: usize,
    refused_invalid: usize,
    /// Valid under an algorithm that this house does not have.
    refused_foreign: usize,
    refused_either: usize,
}

#[test]
fn json_web_signature() {
    let file = vectors("wycheproof/json_web_signature_test.json");
    let others = public(&one_key_of_each());
    let mut totals = Totals::default();
    for group in items(&file, "testGroups") {
        let key = group_key(group);
        for case in items(group, "tests") {
            let token = text(case, "jws");
            let id = case["tcId"].as_u64().unwrap();
            for other in &others {
                assert!(verify(token, other).is_err(), "case {id} under {other:?}");
            }
            let accepted = match &key {
                Ok(key) => verify(token, key),
                Err(refusal) => Err(*refusal),
            };
            let ours = header_algorithm(token).is_some();
            match (text(case, "result"), accepted) {
                ("valid", Ok(())) => totals.accepted += 1,
                ("valid", Err(_)) if EITHER.contains(&id) => totals.refused_either += 1,
                ("valid", Err(_)) if !ours => totals.refused_foreign += 1,
                ("invalid", Err(_)) => totals.refused_invalid += 1,
                verdict => panic!("case {id} {}: {verdict:?}", case["comment"]),
            }
        }
    }
    println!("json_web_signature: {totals:?}");
    let expected = Totals {
        accepted: 16,
        refused_invalid: 355,
        refused_foreign: 24,
        refused_either: 6,
    };
    assert_eq!(totals, expected);
    assert_eq!(file["numberOfTests"], 401);
}

/// Symmetric keys, encryption keys and foreign algorithms never become a verifying key, each for its own reason.
#[test]
fn json_web_signature_keys() {
    let file = vectors("wycheproof/json_web_signature_test.json");
    let mut refused = Vec::new();
    for group in items(&file, "testGroups") {
        if let Err(error) = group_key(group) {
            refused.push((text(group, "comment").to_owned(), error));
        }
        let private = jwk(&group["private"]);
        assert_eq!(
            private.unwrap_err(),
            KeyRefusal::Private.into(),
            "{}",
            group["comment"]
        );
    }
    let count = |refusal: KeyRefusal| {
        refused
            .iter()
            .filter(|(_, error)| *error == refusal.into())
            .count()
    };
    assert_eq!(count(KeyRefusal::Private), 4, "the HS256 groups");
    assert_eq!(count(KeyRefusal::Use), 4, "use=enc twice, key_ops=encrypt twice");
    assert_eq!(
        count(KeyRefusal::Algorithm),
        6,
        "RS384, RS512, PS384, PS512, ES521 twice"
    );
    assert_eq!(refused.len(), 14, "{refused:?}");
}

#[test]
fn ecdsa_p256_p1363() {
    let file = vectors("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json");
    let totals = bare_signatures(&file, |group| {
        let point = hex(&group["publicKey"], "uncompressed");
        let (x, y) = point[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "x": base64url::encode(x), "y": base64url::encode(y)})
    });
    println!("ecdsa_secp256r1_sha256_p1363: {totals:?}");
    assert_eq!(
        totals,
        Totals {
            accepted: 173,
            refused_invalid: 89,
            ..Totals::default()
        }
    );
}

#[test]
fn ed25519() {
    let file = vectors("wycheproof/ed25519_test.json");
    let totals = bare_signatures(&file, |group| group["publicKeyJwk"].clone());
    println!("ed25519: {totals:?}");
    assert_eq!(
        totals,
        Totals {
            accepted: 88,
            refused_invalid: 63,
            ..Totals::default()
        }
    );
}

/// The one "acceptable" case (no NULL in the digest's parameters) is refused.
#[test]
fn rsa_2048_sha256() {
    let file = vectors("wycheproof/rsa_signature_2048_sha256_test.json");
    let totals = bare_signatures(&file, |group| group["keyJwk"].clone());
    println!("rsa_signature_2048_sha256: {totals:?}");
    assert_eq!(
        totals,
        Totals {
            accepted: 9,
            refused_invalid: 249,
            refused_either: 1,
            ..Totals::default()
        }
    );
}

/// There is no symmetric algorithm here: each tag, right or wrong, is refused as a JWS, and each key as a JWK.
#[test]
fn hmac_sha256_is_refused() {
    let file = vectors("wycheproof/hmac_sha256_test.json");
    let keys = public(&one_key_of_each());
    let header = base64url::encode(br#"{"alg":"HS256"}"#);
    let mut refused = 0;
    for group in items(&file, "testGroups") {
        for case in items(group, "tests") {
            let token = format!(
                "{header}.{}.{}",
                base64url::encode(&hex(case, "msg")),
                base64url::encode(&hex(case, "tag"))
            );
            for key in &keys {
                assert_eq!(
                    verify(&token, key),
                    Err(JoseError::Algorithm),
                    "case {}",
                    case["tcId"]
                );
            }
            let symmetric = json!({"kty": "oct", "alg": "HS256", "k": base64url::encode(&hex(case, "key"))});
            assert_eq!(jwk(&symmetric).unwrap_err(), KeyRefusal::Private.into());
            refused += 1;
        }
    }
    println!("hmac_sha256: refused {refused}");
    assert_eq!(refused, 174);
}

fn bare_signatures(file: &Value, key_of: impl Fn(&Value) -> Value) -> Totals {
    let mut totals = Totals::default();
    for group in items(file, "testGroups") {
        let key = VerifyingKey::from_jwk(&jwk(&key_of(group)).unwrap()).unwrap();
        for case in items(group, "tests") {
            let accepted = key.verify(&hex(case, "msg"), &hex(case, "sig"));
            match (text(case, "result"), accepted) {
                ("valid", Ok(())) => totals.accepted += 1,
                ("invalid", Err(JoseError::BadSignature)) => totals.refused_invalid += 1,
                ("acceptable", Err(JoseError::BadSignature)) => totals.refused_either += 1,
                verdict => panic!("case {} {}: {verdict:?}", case["tcId"], case["comment"]),
            }
        }
    }
    totals
}

/// The key that the group gives to a verifier; groups of symmetric keys give only the private one.
fn group_key(group: &Value) -> Result<VerifyingKey, JoseError> {
    let given = group.get("public").unwrap_or(&group["private"]);
    VerifyingKey::from_jwk(&Jwk::parse(given.to_string().as_bytes())?)
}

fn verify(token: &str, key: &VerifyingKey) -> Result<(), JoseError> {
    Presented::parse(token.as_bytes(), &Limits::default())?
        .verify_signature(key)
        .map(drop)
}

/// `alg` as a lenient reader sees it.
fn header_algorithm(token: &str) -> Option<Algorithm> {
    let segment: String = token
        .split('.')
        .next()?
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let header: Value = serde_json::from_slice(&base64url::decode(segment.as_bytes()).ok()?).ok()?;
    Algorithm::from_name(header["alg"].as_str()?)
}
