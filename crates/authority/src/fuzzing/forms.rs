//! OAuth requests: forms, `Authorization: Basic`, scope, PKCE, and the address that a proxy reports.

use std::collections::BTreeSet;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use crate::flows::oauth::authorize::pkce;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::scope;
use crate::http::client_info::last_forwarded;
use crate::http::form::Fields;
use crate::http::oauth::basic;

/// The data are a form; and an `Authorization` header, a list of addresses and a scope.
pub fn fuzz_oauth_form(data: &[u8]) {
    fields(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    params(text);
    basic_pair(text);
    scopes(text);
    forwarded(data);
}

/// Once it is known that nothing is repeated, both readers of forms agree, and a query keeps what was read.
fn params(text: &str) {
    let params = Params::parse(text);
    if params.refuse_repeated().is_err() {
        return;
    }
    let names: BTreeSet<String> = url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    let again = Params::parse(&params.to_query(&[], None));
    let without = Params::parse(&params.to_query(&["prompt"], Some(("added", "1"))));
    for name in names.iter().filter(|name| *name != "resource") {
        assert_eq!(params.find(name), again.find(name), "{name}");
        if name != "prompt" && name != "added" {
            assert_eq!(params.find(name), without.find(name), "{name}");
        }
    }
    assert_eq!(without.find("prompt"), None);
    assert_eq!(params.resources(), again.resources());
    if let Ok(challenge) = pkce::challenge(&params) {
        assert_eq!(params.find("code_challenge_method"), Some("S256"));
        let text = jose::base64url::encode(challenge.as_bytes());
        assert_eq!(
            params.find("code_challenge"),
            Some(text.as_str()),
            "another spelling"
        );
    }
}

fn fields(data: &[u8]) {
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers: HeaderMap = [(CONTENT_TYPE, kind)].into_iter().collect();
    let Ok(fields) = Fields::of_body(&headers, data) else {
        return;
    };
    let mut seen = BTreeSet::new();
    for (name, value) in url::form_urlencoded::parse(data) {
        assert_eq!(fields.text(&name), value, "{name}");
        assert!(seen.insert(name.clone()), "{name} is there twice");
    }
}

/// The pair is what the base64 text says, spelt in the one way there is.
fn basic_pair(text: &str) {
    let Some(pair) = basic::pair(text) else { return };
    let (scheme, credentials) = text.split_once(' ').unwrap();
    assert!(scheme.eq_ignore_ascii_case("basic"));
    let plain = plain_base64(credentials.trim());
    let (client, secret) = plain.split_once(':').expect("no colon");
    for (read, sent) in [(pair.client.as_str(), client), (pair.secret.as_str(), secret)] {
        let changed = sent.contains(['%', '+', '&', '=']);
        assert!(read == sent || changed, "{read} from {sent}");
    }
}

/// Base64 (RFC 4648 section 4) by hand, and back.
fn plain_base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for letter in text.trim_end_matches('=').bytes() {
        let value = LETTERS
            .iter()
            .position(|l| *l == letter)
            .expect("not of the alphabet");
        bits = (bits << 6) | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    assert_eq!(bits, 0, "loose last bits: {text}");
    assert_eq!(text.len(), bytes.len().div_ceil(3) * 4, "padding: {text}");
    String::from_utf8(bytes).unwrap()
}

fn scopes(text: &str) {
    let allowed: scope::Scope = ["read", "write", "openid", "offline_access"]
        .map(str::to_owned)
        .into();
    if let Ok(asked) = scope::requested(Some(text), &allowed) {
        assert!(!asked.is_empty() && asked.is_subset(&allowed));
        let written = scope::text(&asked);
        assert_eq!(
            scope::narrowed(Some(&written), &asked).ok().as_ref(),
            Some(&asked)
        );
        assert_eq!(
            text.split(' ').map(str::to_owned).collect::<scope::Scope>(),
            asked
        );
    }
}

/// Only the last element counts, and only an address.
fn forwarded(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|b| *b == b'\n').take(10) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("x-forwarded-for", value);
        }
    }
    let Some(address) = last_forwarded(&headers) else {
        return;
    };
    assert_eq!(address.to_canonical(), address);
    let last = headers.get_all("x-forwarded-for").iter().next_back().unwrap();
    let last = last.to_str().unwrap().rsplit(',').next().unwrap().trim();
    assert!(
        last.bytes()
            .all(|b| b.is_ascii_hexdigit() || b".:[]%".contains(&b)),
        "{last}"
    );
}
