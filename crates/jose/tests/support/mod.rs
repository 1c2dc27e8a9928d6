//! What several test files share.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::PathBuf;

use jose::{Algorithm, Jwk, SigningKey, VerifyingKey};
use serde_json::Value;

/// A vector file of `tests/vectors`.
pub(crate) fn vectors(path: &str) -> Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(path);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The items of a JSON array member.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

/// A string member.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {value}"))
}

/// A hexadecimal string member as bytes.
pub(crate) fn hex(value: &Value, name: &str) -> Vec<u8> {
    let digits = text(value, name).as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Parses a JWK that is at hand as a JSON value.
pub(crate) fn jwk(value: &Value) -> Result<Jwk, jose::JoseError> {
    Jwk::parse(value.to_string().as_bytes())
}

/// One key of each algorithm, to show that a token is refused under all of them.
pub(crate) fn one_key_of_each() -> Vec<SigningKey> {
    Algorithm::ALL
        .into_iter()
        .map(|algorithm| SigningKey::generate(algorithm).unwrap())
        .collect()
}

/// The public halves.
pub(crate) fn public(keys: &[SigningKey]) -> Vec<VerifyingKey> {
    keys.iter().map(|key| key.verifying_key().unwrap()).collect()
}

/// A compact JWS of any header, signed by `key`.
pub(crate) fn signed(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        jose::base64url::encode(header.as_bytes()),
        jose::base64url::encode(payload)
    );
    let signature = key.signature(input.as_bytes()).unwrap();
    format!("{input}.{}", jose::base64url::encode(&signature))
}
