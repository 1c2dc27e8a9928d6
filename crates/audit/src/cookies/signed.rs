//! Cookies that a framework signs: whether the secret is one that everybody knows.

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY as HMAC_SHA1, HMAC_SHA256};
use jose::base64url;

use super::values::percent_decoded;
use super::{READS, fix, look};
use crate::check::{Check, Judge, Severity};
use crate::jwt::{Token, known_secrets};
use crate::set_cookie::SetCookie;
use crate::site::Site;

pub(super) const CHECKS: &[Check] = &[Check {
    id: "cookies.weak-secret",
    title: "A cookie is signed with a secret that everybody can guess",
    claim: "The secret of a signed cookie (Express, cookie-session, Flask, or a token) is none of the known ones.",
    why: "Whoever has one cookie finds the secret at home, and then writes a session for anybody.",
    severity: Severity::Critical,
    asvs: &["V11.5.1", "V13.2.3"],
    rfc: &["RFC 2104 section 3"],
    sends: "Nothing is sent: it tries the secrets against the signatures of the cookies that were set.",
    fix: fix("Take 32 random bytes from the system's generator, once for each environment."),
    judge: Judge::Look(|probe| {
        look(probe, |site, cookie, now_s| {
            guessed(site, cookie, now_s)
                .map(|kind| format!("{kind}: the secret is in the list of known ones"))
        })
    }),
    ..READS
}];

/// Whether a secret makes a cookie's signature.
type Test = Box<dyn Fn(&[u8]) -> bool>;

/// Words that examples of frameworks use, and that the list lacks.
const EXAMPLES: &[&str] = &[
    "keyboard cat",
    "shhhh, very secret",
    "your-secret-key",
    "secretkey",
    "super secret key",
    "dev",
    "not-so-secret",
];

fn guessed(site: &Site, cookie: &SetCookie, now_s: i64) -> Option<&'static str> {
    let value = percent_decoded(&cookie.value);
    let (kind, test): (&'static str, Test) = if let Ok(token) = Token::parse(&value)
        && token.alg().starts_with("HS")
    {
        return crate::jwt::is_guessed(&token).then_some("a token");
    } else if let Some((id, signature)) = value.strip_prefix("s:").and_then(|rest| rest.rsplit_once('.')) {
        (
            "Express",
            mac(
                HMAC_SHA256,
                id.as_bytes().to_vec(),
                bytes(signature)?,
                <[u8]>::to_vec,
            ),
        )
    } else if let Some(signature) = companion(site, cookie, now_s) {
        let message = format!("{}={}", cookie.name, cookie.value);
        (
            "cookie-session",
            mac(
                HMAC_SHA1,
                message.into_bytes(),
                bytes(&signature)?,
                <[u8]>::to_vec,
            ),
        )
    } else {
        let (message, signature) = value.rsplit_once('.')?;
        // Flask: payload, time, signature, under a key derived from the secret.
        (message.contains('.') && bytes(signature)?.len() == 20).then_some(())?;
        (
            "Flask",
            mac(
                HMAC_SHA1,
                message.as_bytes().to_vec(),
                bytes(signature)?,
                |secret| {
                    hmac::sign(&hmac::Key::new(HMAC_SHA1, secret), b"cookie-session")
                        .as_ref()
                        .to_vec()
                },
            ),
        )
    };
    let list = known_secrets();
    EXAMPLES
        .iter()
        .copied()
        .chain(list.lines())
        .any(|secret| test(secret.as_bytes()))
        .then_some(kind)
}

/// Whether a secret makes this signature.
fn mac(
    algorithm: hmac::Algorithm,
    message: Vec<u8>,
    signature: Vec<u8>,
    derive: fn(&[u8]) -> Vec<u8>,
) -> Test {
    Box::new(move |secret| {
        hmac::verify(&hmac::Key::new(algorithm, &derive(secret)), &message, &signature).is_ok()
    })
}

/// `cookie-session` keeps the signature in a cookie of its own.
fn companion(site: &Site, cookie: &SetCookie, now_s: i64) -> Option<String> {
    let name = format!("{}.sig", cookie.name);
    site.cookies(now_s)
        .into_iter()
        .find(|(_, other)| other.name == name)
        .map(|(_, other)| other.value)
}

/// Base64 of either alphabet.
fn bytes(text: &str) -> Option<Vec<u8>> {
    base64url::decode(
        text.trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_")
            .as_bytes(),
    )
    .ok()
}
