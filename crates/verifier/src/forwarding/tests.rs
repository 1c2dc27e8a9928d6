use super::*;
use http::{HeaderName, HeaderValue};

type Lines = &'static [(&'static str, &'static str)];

const GOOD: Lines = &[
    ("x-forwarded-method", "GET"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "app.example"),
    ("x-forwarded-uri", "/a?b=/../c"),
];
const ORIGINAL: Lines = &[
    ("x-original-method", "POST"),
    ("x-original-url", "https://app.example:8443/a?u=https://x//y"),
];

fn map(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    headers
}

fn with(base: Lines, more: &[(&str, &str)]) -> HeaderMap {
    let mut lines: Vec<(&str, &str)> = base.to_vec();
    lines.extend_from_slice(more);
    map(&lines)
}

fn verdict(headers: &HeaderMap, family: Family) -> Result<(), Reason> {
    JudgedRequest::from_gateway(headers, family)
        .map(drop)
        .map_err(|r| r.reason)
}

#[test]
fn either_family_describes_a_request() {
    let headers = with(
        GOOD,
        &[("x-forwarded-for", "192.0.2.1"), ("x-real-ip", "192.0.2.1")],
    );
    let request = JudgedRequest::from_gateway(&headers, Family::Forwarded).unwrap();
    assert_eq!(
        (request.method(), request.path(), request.target()),
        (&Method::GET, "/a", "/a?b=/../c")
    );
    assert_eq!(request.authority().origin(), "https://app.example");
    let headers = map(ORIGINAL);
    let request = JudgedRequest::from_gateway(&headers, Family::Original).unwrap();
    assert_eq!((request.method(), request.path()), (&Method::POST, "/a"));
    assert_eq!(request.authority().origin(), "https://app.example:8443");
    assert!(!request.is_safe());
}

#[test]
fn an_identity_header_of_the_clients_own_is_refused() {
    for name in [
        "symbolon-subject",
        "symbolon-anything",
        "x-user",
        "x-forwarded-user",
        "x-forwarded-email",
        "x-auth-request-user",
        "remote-user",
        "x-ssl-client-verify",
        "forwarded",
        "x-rewrite-url",
    ] {
        let headers = with(GOOD, &[(name, "root")]);
        assert_eq!(
            verdict(&headers, Family::Forwarded),
            Err(Reason::BadForwarding),
            "{name}"
        );
    }
    for name in [
        "x-forwarded-for",
        "x-forwarded-port",
        "x-real-ip",
        "x-request-id",
        "user-agent",
    ] {
        assert_eq!(
            verdict(&with(GOOD, &[(name, "x")]), Family::Forwarded),
            Ok(()),
            "{name}"
        );
    }
}

#[test]
fn a_missing_or_repeated_member_is_refused() {
    for (index, (name, value)) in GOOD.iter().enumerate() {
        let mut lines = GOOD.to_vec();
        lines.remove(index);
        assert_eq!(
            verdict(&map(&lines), Family::Forwarded),
            Err(Reason::BadForwarding),
            "without {name}"
        );
        assert_eq!(
            verdict(&with(GOOD, &[(name, value)]), Family::Forwarded),
            Err(Reason::BadForwarding),
            "{name} x2"
        );
    }
    for (name, value) in ORIGINAL {
        assert_eq!(
            verdict(&with(ORIGINAL, &[(name, value)]), Family::Original),
            Err(Reason::BadForwarding)
        );
        assert_eq!(
            verdict(&map(&[(name, value)]), Family::Original),
            Err(Reason::BadForwarding)
        );
    }
}

#[test]
fn the_other_family_is_refused() {
    for (name, value) in ORIGINAL.iter().chain(&[("x-original-uri", "/public")]) {
        assert_eq!(
            verdict(&with(GOOD, &[(name, value)]), Family::Forwarded),
            Err(Reason::BadForwarding),
            "{name}"
        );
    }
    for (name, value) in GOOD {
        assert_eq!(
            verdict(&with(ORIGINAL, &[(name, value)]), Family::Original),
            Err(Reason::BadForwarding),
            "{name}"
        );
    }
}

#[test]
fn a_protected_name_with_an_underscore_is_refused() {
    for name in [
        "x_forwarded_host",
        "x-forwarded_uri",
        "symbolon_subject",
        "x_user",
        "x_original_url",
    ] {
        assert_eq!(
            verdict(&with(GOOD, &[(name, "x")]), Family::Forwarded),
            Err(Reason::BadForwarding),
            "{name}"
        );
        let headers = map(&[(name, "x")]);
        let direct = DirectRequest {
            method: &Method::GET,
            secure: true,
            authority: "app.example",
            target: "/",
            headers: &headers,
        };
        assert!(JudgedRequest::from_direct(direct).is_err(), "{name}");
    }
    assert_eq!(
        verdict(&with(GOOD, &[("my_own_header", "x")]), Family::Forwarded),
        Ok(())
    );
}

#[test]
fn unreadable_members_are_refused() {
    for (name, value, reason) in [
        ("x-forwarded-method", "GE T", Reason::BadForwarding),
        ("x-forwarded-method", "", Reason::BadForwarding),
        ("x-forwarded-proto", "HTTPS", Reason::BadForwarding),
        ("x-forwarded-proto", "https, http", Reason::BadForwarding),
        ("x-forwarded-proto", "ws", Reason::BadForwarding),
        ("x-forwarded-host", "a.example, b.example", Reason::BadForwarding),
        ("x-forwarded-host", "user@app.example", Reason::BadForwarding),
        ("x-forwarded-host", "", Reason::BadForwarding),
        ("x-forwarded-uri", "", Reason::AmbiguousPath),
        ("x-forwarded-uri", "https://app.example/a", Reason::AmbiguousPath),
        ("x-forwarded-uri", "/public/../admin", Reason::AmbiguousPath),
        ("x-forwarded-uri", "/a#b", Reason::AmbiguousPath),
        ("x-forwarded-uri", "/a?b c", Reason::AmbiguousPath),
    ] {
        let mut headers = map(GOOD);
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
        assert_eq!(
            verdict(&headers, Family::Forwarded),
            Err(reason),
            "{name}: {value}"
        );
    }
    for url in [
        "/a",
        "https://app.example",
        "ftp://app.example/",
        "https:///a",
        "https://app.example?x=/",
    ] {
        let headers = map(&[("x-original-method", "GET"), ("x-original-url", url)]);
        assert!(verdict(&headers, Family::Original).is_err(), "{url}");
    }
}
