//! `Cookie` and `Authorization`: found once or not at all, and gone before an upstream sees the request.

use domain::Reason;
use domain::cookie::SESSION_COOKIE;
use http::{HeaderMap, HeaderValue, header};
use verifier::{CookiePair, CredentialKind, Credentials, Route, pairs, strip_credentials};

/// The data are headers, one a line; a line without a colon is a `Cookie`.
pub(crate) fn fuzz_cookie_header(data: &[u8]) {
    let mut headers = super::headers(data);
    let bare = data.split(|b| *b == b'\n').filter(|line| !line.contains(&b':'));
    for line in bare.take(20) {
        if let Ok(value) = HeaderValue::from_bytes(line.trim_ascii()) {
            headers.append(header::COOKIE, value);
        }
    }
    let route = Route::any("https://issuer.example");
    let found = Credentials::find(&headers, &route);
    if let Ok(Credentials::Session(_)) = &found {
        assert_eq!(readings(&headers), 1, "{headers:?}");
    }
    if let Ok(Credentials::Bearer(token)) = &found {
        assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
        if let Ok(text) = token.text() {
            let plain = |b: u8| b.is_ascii_graphic() && !b",;\"".contains(&b);
            assert!(!text.is_empty() && text.bytes().all(plain));
        }
        assert_eq!(readings(&headers), 0, "a token beside a session: {headers:?}");
    }
    one_kind_at_a_time(&headers);
    stripped(headers);
}

/// How many cookies some parser could take for the session's: any case, blanks or quotes around, at each `;` and `,`.
fn readings(headers: &HeaderMap) -> usize {
    let parts = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|b| *b == b';'));
    parts
        .filter(|part| {
            let name = part
                .split(|b| *b == b'=')
                .find(|name| !name.trim_ascii().is_empty());
            name.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(SESSION_COOKIE.as_bytes()))
        })
        .count()
}

/// What a route does not accept is as if it were not there.
fn one_kind_at_a_time(headers: &HeaderMap) {
    let route = |kind| Route {
        accept: vec![kind],
        ..Route::any("https://issuer.example")
    };
    let session = Credentials::find(headers, &route(CredentialKind::Session));
    assert!(!matches!(session, Ok(Credentials::Bearer(_))));
    let mut only = headers.clone();
    only.remove(header::COOKIE);
    let (bearer, with) = (route(CredentialKind::Bearer), route(CredentialKind::Bearer));
    let (one, two) = (
        Credentials::find(headers, &with),
        Credentials::find(&only, &bearer),
    );
    assert_eq!(one.is_ok(), two.is_ok(), "a cookie changed what a token means");
}

/// Nothing of ours is left, once is enough, and the cookies of others are untouched.
fn stripped(headers: HeaderMap) {
    let mut after = headers.clone();
    strip_credentials(&mut after);
    let route = Route::any("https://issuer.example");
    let left = Credentials::find(&after, &route).map_err(|refusal| refusal.reason);
    assert_eq!(left, Err(Reason::MissingCredential), "{headers:?} -> {after:?}");
    assert_eq!(readings(&after), 0, "{headers:?} -> {after:?}");
    let mut twice = after.clone();
    strip_credentials(&mut twice);
    assert_eq!(twice, after, "once was not enough");
    let own = |headers: &HeaderMap| -> Vec<(Vec<u8>, Vec<u8>)> {
        let all = headers.get_all(header::COOKIE).iter();
        all.flat_map(|line| pairs(line.as_bytes()).collect::<Vec<_>>())
            .filter(|pair| pair.name.starts_with(b"own"))
            .map(|CookiePair { name, value }| (name.to_vec(), value.to_vec()))
            .collect()
    };
    assert_eq!(own(&after), own(&headers), "lost: {headers:?} -> {after:?}");
}
