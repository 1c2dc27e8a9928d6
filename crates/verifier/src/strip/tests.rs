use super::*;

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

#[test]
fn every_spelling_of_an_identity_header_is_removed() {
    let mut headers = map(&[
        ("Symbolon-Subject", "user:root"),
        ("SYMBOLON-SCOPE", "admin"),
        ("symbolon_subject", "x"),
        ("Symbolon_Identity", "x"),
        ("symbolon-new-thing", "x"),
        ("X-Forwarded-For", "1.2.3.4"),
        ("X-Forwarded-Host", "x"),
        ("x_forwarded_for", "x"),
        ("Forwarded", "for=x"),
        ("X-Real-IP", "x"),
        ("X-Original-URL", "/admin"),
        ("X-Rewrite-URL", "/admin"),
        ("x_user", "root"),
        ("X-User", "root"),
        ("X-Remote-User", "root"),
        ("Remote-User", "root"),
        ("REMOTE_USER", "root"),
        ("X-Auth-Request-Email", "x"),
        ("Client-Cert", "x"),
        ("X-SSL-Client-Verify", "SUCCESS"),
        ("X-Client-Cert", "x"),
        ("ssl_client_s_dn", "x"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Goog-Authenticated-User-Email", "x"),
        ("accept", "text/html"),
    ]);
    strip_identity(&mut headers);
    assert_eq!(
        headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
        ["accept"]
    );
}

#[test]
fn fields_of_one_connection_and_those_it_names_are_removed() {
    let mut headers = map(&[
        ("connection", "close, X-Secret-Check"),
        ("connection", "x-other"),
        ("x-secret-check", "1"),
        ("x-other", "1"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("keep-alive", "x"),
        ("proxy-authorization", "x"),
        ("x-kept", "1"),
    ]);
    strip_identity(&mut headers);
    assert_eq!(
        headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
        ["x-kept"]
    );
}

#[test]
fn our_credentials_are_removed_and_others_stay() {
    for (lines, kept) in [
        (&["__Host-symbolon=s"][..], &[][..]),
        (&["a=1; __Host-symbolon=s; b=2"], &["a=1; b=2"]),
        (&["a=1", "__host-symbolon=s", "b=\"x\""], &["a=1", "b=\"x\""]),
        (&["__Host-symbolon-flow=f; __Host-symbolon-pre=p; c=3"], &["c=3"]),
        (&["=__Host-symbolon=s; plain"], &["plain"]),
        (&["a=1;b=2"], &["a=1;b=2"]),
        (&["=a=1; __Host-symbolon=s;b=2"], &["=a=1; b=2"]),
        (&["==__Host-symbolon=s; b=2"], &["b=2"]),
    ] {
        let cookies: Vec<(&str, &str)> = lines.iter().map(|line| ("cookie", *line)).collect();
        let mut headers = map(&cookies);
        strip_credentials(&mut headers);
        let left: Vec<&str> = headers
            .get_all("cookie")
            .iter()
            .map(|v| v.to_str().unwrap())
            .collect();
        assert_eq!(left, kept, "{lines:?}");
    }
    for (value, stays) in [
        ("Bearer t", false),
        ("bEARER t", false),
        ("DPoP t", false),
        ("Basic dTpw", true),
    ] {
        let mut headers = map(&[("authorization", value), ("dpop", "proof")]);
        strip_credentials(&mut headers);
        assert_eq!(
            (
                headers.contains_key("authorization"),
                headers.contains_key("dpop")
            ),
            (stays, false),
            "{value}"
        );
    }
    let mut headers = map(&[("authorization", "Basic dTpw"), ("authorization", "Bearer t")]);
    strip_credentials(&mut headers);
    assert!(headers.is_empty());
}
