//! What is taken off a request before an upstream sees it.

use domain::cookie::{DEVICE_COOKIE, FLOW_COOKIE, PRE_SESSION_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::cookie_header::{CookiePair, is_ours, pairs};
use crate::names::is_protected;

/// Fields that belong to one connection (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Removes everything by which a client could pass for somebody else: identity and forwarding headers in every
/// spelling, client certificates, fields of one connection and those that `Connection` names.
pub fn strip_identity(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|b| *b == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect();
    let own = headers
        .keys()
        .filter(|name| is_protected(name.as_str()) || HOP_BY_HOP.contains(&name.as_str()));
    let unwanted: Vec<HeaderName> = own.cloned().chain(nominated).collect();
    for name in unwanted {
        headers.remove(name);
    }
}

/// Removes credentials: our cookies from `Cookie`, others stay; `Authorization` with a bearer or DPoP token, and
/// `DPoP`. Other schemes are the upstream's own business.
pub fn strip_credentials(headers: &mut HeaderMap) {
    headers.remove("dpop");
    headers.remove("x-csrf-token");
    let ours = |value: &HeaderValue| {
        let value = value.as_bytes().trim_ascii();
        let scheme = value.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"dpop")
    };
    let schemes = headers.get_all(header::AUTHORIZATION);
    if schemes.iter().any(ours) || schemes.iter().count() > 1 {
        headers.remove(header::AUTHORIZATION);
    }
    let kept: Vec<HeaderValue> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(without_ours)
        .collect();
    headers.remove(header::COOKIE);
    for value in kept {
        headers.append(header::COOKIE, value);
    }
}

/// All cookies that are not ours, as the value of one header; nothing where none is left.
#[must_use]
pub fn other_cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut out = Vec::new();
    for value in headers.get_all(header::COOKIE) {
        append_others(&mut out, value.as_bytes());
    }
    (!out.is_empty())
        .then(|| HeaderValue::from_bytes(&out).ok())
        .flatten()
}

fn without_ours(value: &HeaderValue) -> Option<HeaderValue> {
    if !pairs(value.as_bytes()).any(|pair| is_private(&pair)) {
        return Some(value.clone());
    }
    let mut out = Vec::with_capacity(value.len());
    append_others(&mut out, value.as_bytes());
    HeaderValue::from_bytes(&out).ok().filter(|v| !v.is_empty())
}

/// Those that stay, stay as they were sent: `=a=b` must not become `a=b`.
fn append_others(out: &mut Vec<u8>, header: &[u8]) {
    for part in header.split(|b| *b == b';').map(<[u8]>::trim_ascii) {
        if part.is_empty() || pairs(part).any(|pair| is_private(&pair)) {
            continue;
        }
        if !out.is_empty() {
            out.extend_from_slice(b"; ");
        }
        out.extend_from_slice(part);
    }
}

fn is_private(pair: &CookiePair<'_>) -> bool {
    is_ours(pair)
        || [DEVICE_COOKIE, FLOW_COOKIE, PRE_SESSION_COOKIE]
            .iter()
            .any(|name| pair.name.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests;
