//! Secrets that everybody knows: a list of those seen in the wild, and the words that stand in the token itself.

use std::io::Read;

use aws_lc_rs::hmac;
use jose::base64url;
use serde_json::Value;

use super::Token;
use super::claims::{READS, fix, look};
use crate::check::{Check, Judge, Severity};

/// See secrets.SOURCE beside it.
const LIST: &[u8] = include_bytes!("secrets.list.gz");

/// What guides and README files of libraries have in their examples, and the list lacks.
const EXAMPLES: &str = include_str!("examples.list");

/// Every known secret, one a line.
pub(crate) fn known_secrets() -> String {
    let mut text = EXAMPLES.to_owned();
    // A list that cannot be unpacked is found by the test that counts it.
    let _ = flate2::read::GzDecoder::new(LIST).read_to_string(&mut text);
    text
}

pub(super) const CHECKS: &[Check] = &[Check {
    id: "jwt.weak-secret",
    title: "The token is signed with a secret that everybody can guess",
    claim: "The HMAC secret is none of 104,018 known ones, nor a word from the token.",
    why: "Whoever has one token tries millions of secrets a second at home, and then writes tokens for anybody.",
    severity: Severity::Critical,
    asvs: &["V11.5.1", "V13.2.3", "V11.2.3"],
    rfc: &["RFC 8725 section 3.5", "RFC 7518 section 3.2"],
    sends: "Nothing is sent: it tries the secrets against the token's own signature.",
    fix: fix(
        "Take 32 random bytes from the system's generator, once for each environment. Better: sign with ES256, so that verifiers hold no secret.",
    ),
    judge: Judge::Look(|probe| {
        look(probe, |token, _| {
            guess(token)
                .map(|_| "the secret is in the list of known ones, or a word from the token".to_owned())
        })
    }),
    ..READS
}];

/// The MAC of this `alg`.
pub(super) fn mac(alg: &str) -> Option<hmac::Algorithm> {
    match alg {
        "HS256" => Some(hmac::HMAC_SHA256),
        "HS384" => Some(hmac::HMAC_SHA384),
        "HS512" => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

/// The secret, if it can be guessed.
pub(super) fn guess(token: &Token) -> Option<Vec<u8>> {
    let algorithm = mac(token.alg())?;
    let list = known_secrets();
    let (message, signature) = (token.signed().as_bytes(), token.signature());
    let fits = |secret: &[u8]| hmac::verify(&hmac::Key::new(algorithm, secret), message, &signature).is_ok();
    let words = token
        .claims
        .values()
        .chain(token.header.values())
        .filter_map(Value::as_str);
    let texts = std::iter::once("").chain(words).chain(list.lines());
    for text in texts {
        if fits(text.as_bytes()) {
            return Some(text.as_bytes().to_vec());
        }
        // Many libraries take the secret for base64.
        let unpacked = base64url::decode(
            text.trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_")
                .as_bytes(),
        );
        if let Ok(bytes) = unpacked
            && fits(&bytes)
        {
            return Some(bytes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(secret: &[u8]) -> Token {
        let part = |text: &str| base64url::encode(text.as_bytes());
        let message = format!(
            "{}.{}",
            part(r#"{"alg":"HS384"}"#),
            part(r#"{"iss":"my-company"}"#)
        );
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA384, secret), message.as_bytes());
        Token::parse(&format!("{message}.{}", base64url::encode(tag.as_ref()))).unwrap()
    }

    #[test]
    fn the_list_is_whole() {
        assert_eq!(EXAMPLES.lines().count(), 39);
        assert_eq!(
            known_secrets().lines().count(),
            103_979 + EXAMPLES.lines().count()
        );
    }

    #[test]
    fn known_secrets_are_guessed_and_good_ones_are_not() {
        for secret in [
            &b"secret"[..],
            b"",
            b"my-company",
            &base64url::decode(b"c2VjcmV0").unwrap(),
            known_secrets().lines().last().unwrap().as_bytes(),
            EXAMPLES.lines().next().unwrap().as_bytes(),
        ] {
            assert_eq!(guess(&signed(secret)).as_deref(), Some(secret));
        }
        assert_eq!(guess(&signed(b"3r8vWmZ0yQ1c9TtX2bKpLs7dHnJf4gAe")), None);
    }
}
