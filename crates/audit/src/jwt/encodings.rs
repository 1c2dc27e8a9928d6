//! A public key in every form in which programs keep one: what a verifier that is confused takes for an HMAC secret.

use jose::base64url;
use serde_json::{Map, Value};

/// A public key as JSON.
pub(super) type Key = Map<String, Value>;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;

pub(super) const RSA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
pub(super) const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
pub(super) const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
pub(super) const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

pub(super) fn text<'a>(key: &'a Key, member: &str) -> &'a str {
    key.get(member).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn bytes(key: &Key, member: &str) -> Vec<u8> {
    base64url::decode(text(key, member).as_bytes()).unwrap_or_default()
}

/// One element of DER.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    let length = body.len().to_be_bytes();
    let length: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    match (body.len(), length.len()) {
        (0..0x80, _) => out.push(u8::try_from(body.len()).unwrap_or_default()),
        (_, octets) => {
            out.push(0x80 | u8::try_from(octets).unwrap_or_default());
            out.extend(length);
        }
    }
    out.extend(body);
    out
}

/// A positive number, without zeros before it but for the one that keeps it positive.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    element(INTEGER, &[&positive(number)])
}

fn positive(number: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|top| *top >= 0x80) {
        digits.insert(0, 0);
    }
    digits
}

pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(BITS, &[&[0], bytes])
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
pub(super) fn pkcs1(key: &Key) -> Option<Vec<u8>> {
    let is_rsa = text(key, "kty") == "RSA";
    is_rsa.then(|| {
        element(
            SEQUENCE,
            &[&integer(&bytes(key, "n")), &integer(&bytes(key, "e"))],
        )
    })
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
pub(super) fn spki(key: &Key) -> Option<Vec<u8>> {
    let (algorithm, bits) = match (text(key, "kty"), text(key, "crv")) {
        ("RSA", _) => (RSA.to_vec(), pkcs1(key)?),
        ("EC", curve) => {
            let curve = match curve {
                "P-256" => P256,
                "P-384" => P384,
                "P-521" => P521,
                _ => return None,
            };
            ([EC, curve].concat(), point(key))
        }
        ("OKP", "Ed25519") => (ED25519.to_vec(), bytes(key, "x")),
        _ => return None,
    };
    Some(element(
        SEQUENCE,
        &[&element(SEQUENCE, &[&algorithm]), &bit_string(&bits)],
    ))
}

/// An uncompressed point (SEC 1 section 2.3.3).
pub(super) fn point(key: &Key) -> Vec<u8> {
    [&[4], bytes(key, "x").as_slice(), &bytes(key, "y")].concat()
}

/// Base64 with padding, as PEM has it.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// PEM (RFC 7468) without the last line's end.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----",
        lines.join("\n")
    )
}

/// One line of an `authorized_keys` file (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4).
pub(super) fn ssh(key: &Key) -> Option<String> {
    let curve = text(key, "crv").replace("P-", "nistp");
    let (kind, parts) = match text(key, "kty") {
        "RSA" => (
            "ssh-rsa".to_owned(),
            vec![positive(&bytes(key, "e")), positive(&bytes(key, "n"))],
        ),
        "EC" => (
            format!("ecdsa-sha2-{curve}"),
            vec![curve.into_bytes(), point(key)],
        ),
        "OKP" if curve == "Ed25519" => ("ssh-ed25519".to_owned(), vec![bytes(key, "x")]),
        _ => return None,
    };
    let mut blob = Vec::new();
    for part in std::iter::once(kind.clone().into_bytes()).chain(parts) {
        blob.extend(u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
        blob.extend(part);
    }
    Some(format!("{kind} {}", base64(&blob)))
}

/// The spellings of a text that a file or a configuration may hold.
pub(super) fn spellings(text: &str) -> Vec<Vec<u8>> {
    let mut list = vec![text.to_owned(), format!("{text}\n")];
    if text.contains('\n') {
        list.push(format!("{}\r\n", text.replace('\n', "\r\n")));
        // As a variable or a field of a form holds it: without its first and last line, and often in one line.
        let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
        list.extend(["", "\n"].map(|between| body.join(between)));
        list.extend(["", "\n"].map(|between| body.join(between) + "\n"));
    }
    list.into_iter().map(String::into_bytes).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
    };
    use jose::{Algorithm, SigningKey};

    use super::*;

    /// The library that verifies reads what this module writes, and takes it for the same key.
    #[test]
    fn encodings_are_those_that_others_read() {
        let algorithms: [(Algorithm, &'static dyn VerificationAlgorithm); 3] = [
            (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED),
            (Algorithm::EdDsa, &ED25519),
            (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
        ];
        for (algorithm, verifier) in algorithms {
            let key = SigningKey::generate(algorithm).unwrap();
            let Value::Object(public) = serde_json::to_value(key.public_jwk()).unwrap() else {
                panic!()
            };
            let signature = key.signature(b"hello").unwrap();
            let der = spki(&public).unwrap();
            let read = ParsedPublicKey::new(verifier, &der).unwrap();
            read.verify_sig(b"hello", &signature).unwrap();
            assert!(pem("PUBLIC KEY", &der).lines().all(|line| line.len() <= 64));
            assert!(
                ssh(&public)
                    .unwrap()
                    .split(' ')
                    .nth(1)
                    .unwrap()
                    .starts_with("AAAA")
            );
        }
    }
}
