//! Public keys out of the forms in which files hold them: what `encodings` writes, read back.

use jose::base64url;
use serde_json::{Value, json};

use super::encodings::{EC, ED25519, Key, P256, P384, P521, RSA};

/// The keys of a file: PEM under any label, certificates, lines of OpenSSH, DER, or the bare base64 of one.
pub(super) fn keys(file: &[u8]) -> Vec<Key> {
    if let Some(key) = der(file) {
        return vec![key];
    }
    let Ok(text) = std::str::from_utf8(file) else {
        return Vec::new();
    };
    let blocks = text.split("-----BEGIN ").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("-----")?;
        der(&unpacked(rest.split_once("-----END ")?.0)?)
    });
    let found: Vec<Key> = blocks.chain(text.lines().filter_map(ssh)).collect();
    if found.is_empty() {
        return unpacked(text).and_then(|bytes| der(&bytes)).into_iter().collect();
    }
    found
}

/// Whether a file holds a public key.
#[must_use]
pub fn is_key_file(file: &[u8]) -> bool {
    !keys(file).is_empty()
}

/// Base64 of the common alphabet, over as many lines as it likes.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(text.as_bytes()).ok()
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The first element, if it has this tag: its body, and what comes after it.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    if first < 0x80 {
        return rest.split_at_checked(usize::from(first));
    }
    let octets = usize::from(first & 0x7f);
    let (length, rest) = rest.split_at_checked(octets)?;
    if octets > 4 {
        return None;
    }
    let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

/// `SubjectPublicKeyInfo`, `RSAPublicKey` or a certificate.
fn der(bytes: &[u8]) -> Option<Key> {
    let (body, _) = element(SEQUENCE, bytes)?;
    spki(body).or_else(|| pkcs1(body)).or_else(|| certificate(body))
}

fn spki(body: &[u8]) -> Option<Key> {
    let (algorithm, rest) = element(SEQUENCE, body)?;
    let (bits, _) = element(BITS, rest)?;
    let bits = bits.strip_prefix(&[0])?;
    if algorithm == RSA {
        return pkcs1(element(SEQUENCE, bits)?.0);
    }
    if algorithm == ED25519 {
        return key(json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(bits)}));
    }
    let curve = algorithm.strip_prefix(EC)?;
    let named = [(P256, "P-256"), (P384, "P-384"), (P521, "P-521")];
    let (_, crv) = named.into_iter().find(|(oid, _)| curve == *oid)?;
    point(crv, bits)
}

fn pkcs1(body: &[u8]) -> Option<Key> {
    let (n, rest) = element(INTEGER, body)?;
    let (e, _) = element(INTEGER, rest)?;
    rsa(n, e)
}

/// The key inside of `Certificate`, which is not verified: it is the user's own.
fn certificate(body: &[u8]) -> Option<Key> {
    let (mut inside, _) = element(SEQUENCE, body)?;
    if let Some((_, rest)) = element(VERSION, inside) {
        inside = rest;
    }
    inside = element(INTEGER, inside)?.1;
    // The algorithm, the issuer, the time, the subject.
    for _ in 0..4 {
        inside = element(SEQUENCE, inside)?.1;
    }
    spki(element(SEQUENCE, inside)?.0)
}

/// One line of an `authorized_keys` file.
fn ssh(line: &str) -> Option<Key> {
    let mut words = line.split_whitespace();
    let (kind, blob) = (words.next()?, unpacked(words.next()?)?);
    let mut parts = Vec::new();
    let mut rest = blob.as_slice();
    while let Some((length, more)) = rest.split_first_chunk::<4>() {
        let (part, more) = more.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        parts.push(part);
        rest = more;
    }
    match (kind, parts.as_slice()) {
        ("ssh-rsa", [_, e, n]) => rsa(n, e),
        ("ssh-ed25519", [_, x]) => key(json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(x)})),
        (_, [_, curve, bits]) => {
            let size = kind.strip_prefix("ecdsa-sha2-nistp")?;
            (curve.strip_prefix(b"nistp") == Some(size.as_bytes()))
                .then(|| point(&format!("P-{size}"), bits))?
        }
        _ => None,
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Option<Key> {
    let number = |bytes: &[u8]| {
        let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        base64url::encode(&digits)
    };
    key(json!({"kty": "RSA", "n": number(n), "e": number(e)}))
}

/// An uncompressed point.
fn point(curve: &str, bits: &[u8]) -> Option<Key> {
    let numbers = bits.strip_prefix(&[4])?;
    let (x, y) = numbers.split_at_checked(numbers.len() / 2)?;
    key(json!({"kty": "EC", "crv": curve, "x": base64url::encode(x), "y": base64url::encode(y)}))
}

fn key(value: Value) -> Option<Key> {
    match value {
        Value::Object(key) => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jose::{Algorithm, SigningKey};

    use super::super::encodings::{pem, pkcs1 as written_pkcs1, spellings, spki as written, ssh as line};
    use super::super::key_brought::certificate as made;
    use super::*;

    fn required(key: &SigningKey) -> Key {
        let Value::Object(public) = serde_json::to_value(key.public_jwk()).unwrap() else {
            panic!()
        };
        let is_required = |name: &str| ["crv", "e", "kty", "n", "x", "y"].contains(&name);
        public.into_iter().filter(|(name, _)| is_required(name)).collect()
    }

    #[test]
    fn a_key_is_read_out_of_every_form_that_is_written() {
        let kinds = [
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::EdDsa,
            Algorithm::Rs256,
        ];
        for kind in kinds {
            let pair = SigningKey::generate(kind).unwrap();
            let public = required(&pair);
            let der = written(&public).unwrap();
            let mut files = vec![
                der.clone(),
                format!("# mine\n{} me@here\n", line(&public).unwrap()).into_bytes(),
            ];
            files.extend(spellings(&pem("PUBLIC KEY", &der)));
            files.extend(spellings(&pem("EC PUBLIC KEY", &der)));
            files.extend(written_pkcs1(&public).map(|der| pem("RSA PUBLIC KEY", &der).into_bytes()));
            files.extend(made(&pair).map(|der| pem("CERTIFICATE", &der).into_bytes()));
            for file in files {
                assert_eq!(
                    keys(&file),
                    std::slice::from_ref(&public),
                    "{kind}: {}",
                    String::from_utf8_lossy(&file)
                );
            }
        }
    }

    #[test]
    fn several_keys_are_all_read_and_what_is_none_is_passed_over() {
        let pairs = [Algorithm::Es256, Algorithm::EdDsa].map(|kind| SigningKey::generate(kind).unwrap());
        let text: String = pairs
            .iter()
            .map(|pair| pem("PUBLIC KEY", &written(&required(pair)).unwrap()) + "\n")
            .collect();
        let file = format!("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n{text}-----BEGIN ");
        assert_eq!(keys(file.as_bytes()), pairs.map(|pair| required(&pair)));
    }

    /// Nonsense of every length is no key, and brings nothing down.
    #[test]
    fn what_is_cut_is_no_key() {
        let pair = SigningKey::generate(Algorithm::Es256).unwrap();
        let der = written(&required(&pair)).unwrap();
        for length in 0..der.len() {
            assert!(!is_key_file(&der[..length]), "{length}");
        }
        for head in [
            [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            [0x30, 0xff, 0, 0, 0, 0],
            [0x30, 0x80, 0, 0, 0, 0],
        ] {
            assert!(!is_key_file(&head));
        }
        assert!(!is_key_file(b"") && !is_key_file(b"ssh-rsa AAAA") && !is_key_file(b"hello there"));
    }
}
