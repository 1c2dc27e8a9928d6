//! Cookies that a framework signs: whether the secret is one that everybody knows.

mod forms;
mod sealed;

use forms::Form;
use sealed::Sealed;

use super::values::percent_decoded;
use super::{READS, fix, look};
use crate::check::{Check, Judge, Severity};
use crate::jwt::{Token, known_secrets};
use crate::set_cookie::SetCookie;
use crate::site::Site;

pub(super) const CHECKS: &[Check] = &[Check {
    id: "cookies.weak-secret",
    title: "A cookie is signed with a secret that everybody can guess",
    claim: "The secret of a signed cookie (Express, Fastify, Koa, cookie-session, Flask, Starlette, Tornado, Django, Rack, gorilla, or a token), or of one that Auth.js encrypts, is none of the known ones.",
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

fn guessed(site: &Site, cookie: &SetCookie, now_s: i64) -> Option<&'static str> {
    let value = percent_decoded(&cookie.value);
    if let Ok(token) = Token::parse(&value)
        && token.alg().starts_with("HS")
    {
        return crate::jwt::is_guessed(&token).then_some("a token");
    }
    if let Some(sealed) = Sealed::read(&cookie.name, &value) {
        let is_known = known_secrets()
            .lines()
            .any(|secret| sealed.fits(secret.as_bytes()));
        return is_known.then_some(sealed.kind);
    }
    let forms = match companion(site, cookie, now_s) {
        Some(signature) => Form::beside(&cookie.name, &cookie.value, &signature),
        None => Form::all(&cookie.name, &value),
    };
    if forms.is_empty() {
        return None;
    }
    let list = known_secrets();
    list.lines().find_map(|secret| {
        forms
            .iter()
            .find(|form| form.fits(secret.as_bytes()))
            .map(|form| form.kind)
    })
}

/// Whether a value is what it says, under a signature, or encrypted: it holds as much chance as its key, and no less for being alike.
pub(crate) fn is_signed_state(name: &str, value: &str) -> bool {
    let plain = percent_decoded(value);
    let is_token = Token::parse(&plain).is_ok_and(|token| !token.alg().eq_ignore_ascii_case("none"));
    is_token
        || Sealed::read(name, &plain).is_some()
        || (super::values::readable(value).is_some() && !Form::all(name, &plain).is_empty())
}

/// `cookie-session` and Koa keep the signature in a cookie of its own.
fn companion(site: &Site, cookie: &SetCookie, now_s: i64) -> Option<String> {
    let name = format!("{}.sig", cookie.name);
    site.cookies(now_s)
        .into_iter()
        .find(|(_, other)| other.name == name)
        .map(|(_, other)| other.value)
}
