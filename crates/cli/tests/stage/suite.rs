//! What every gateway must keep: from login to revocation, with the attacks that a gateway invites.

use super::guarded::World;
use super::http::Request;

pub fn from_anonymous_to_signed_in_to_revoked(w: &World) {
    let plain = w.send(&Request::get("/home"));
    assert_eq!(plain.status, 401, "a script's call gets its 401");
    assert_eq!(plain.header("symbolon-reason"), Some("missing_credential"));
    assert!(
        w.app.take().is_empty(),
        "nothing anonymous reaches the application"
    );

    let mut browser = w.sign_in();
    let seen = w.app.take().pop().unwrap();
    assert!(seen.header("symbolon-subject").unwrap().starts_with("user:"));
    assert!(seen.header("symbolon-identity").unwrap().split('.').count() == 3);
    assert!(
        !seen.text().contains("__Host-symbolon"),
        "the application never sees the session cookie: {}",
        seen.text()
    );

    let host = format!("app.localhost:{}", w.port);
    browser.jar.set(&host, "theme", "dark");
    let (_, page) = browser.visit(&w.app_url("/home"));
    assert_eq!(page.status, 200);
    let seen = w.app.take().pop().unwrap();
    assert_eq!(
        seen.header("cookie"),
        Some("theme=dark"),
        "other cookies pass, ours does not"
    );

    let sessions = w.server.json(&["session", "list"], "");
    let id = sessions["items"][0]["id"].as_str().unwrap().to_owned();
    let receipt = w
        .server
        .json(&["revoke", "session", &id, "--wait", "enforced"], "");
    assert_eq!(receipt["level"], "enforced", "{receipt}");
    assert!(
        !receipt["acknowledged"].as_array().unwrap().is_empty(),
        "{receipt}"
    );
    let refused = w.send(&Request::get("/home").header("Cookie", w.cookie(&browser)));
    assert_eq!(
        (refused.status, refused.header("symbolon-reason")),
        (401, Some("revoked"))
    );
    let (url, _) = browser.visit(&w.app_url("/home"));
    assert!(
        url.contains("/login"),
        "a navigation is sent to sign in again: {url}"
    );
    assert!(w.app.take().is_empty());
}

pub fn a_token_passes_where_it_is_accepted_and_not_after_revocation(w: &World) {
    let token = w.service_token("billing");
    let bearer = |path: &str| w.send(&Request::get(path).header("Authorization", format!("Bearer {token}")));
    let answer = bearer("/api/things");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "hello client:billing\n")
    );
    let seen = w.app.take().pop().unwrap();
    assert_eq!(seen.header("symbolon-client"), Some("billing"));
    assert_eq!(
        seen.header("authorization"),
        None,
        "the token stays at the gateway"
    );
    assert_eq!(bearer("/home").status, 401, "this route takes sessions only");
    w.server
        .json(&["revoke", "client", "billing", "--wait", "enforced"], "");
    let refused = bearer("/api/things");
    assert_eq!(
        (refused.status, refused.header("symbolon-reason")),
        (401, Some("revoked"))
    );
    assert!(w.app.take().is_empty());
}

pub fn forged_identity_headers_never_get_through(w: &World) {
    let browser = w.sign_in();
    w.app.take();
    let names = [
        "Symbolon-Subject",
        "symbolon-subject",
        "SYMBOLON-SUBJECT",
        "Symbolon_Subject",
        "symbolon_subject",
        "Symbolon-Client",
        "Symbolon-Scope",
        "Symbolon-Session",
        "Symbolon-Assurance",
        "Symbolon-Identity",
        "Symbolon-Staleness",
        "Symbolon-Frontier",
        "Symbolon-Cookie",
        "Symbolon-Anything",
        "X-User",
        "x_user",
        "X_User",
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Forwarded-Email",
        "X-Forwarded-Groups",
        "X-Auth-Request-User",
        "Remote-User",
        "remote_user",
        "X-Remote-User",
        "X-Authenticated-User",
        "X-WEBAUTH-USER",
        "X-SSL-Client-Verify",
        "X-Client-Cert",
    ];
    for name in names {
        for cookie in [Some(w.cookie(&browser)), None] {
            let mut request = Request::get("/home").header(name, "forged-root");
            if let Some(cookie) = &cookie {
                request = request.header("Cookie", cookie.clone());
            }
            let answer = w.send(&request);
            for seen in w.app.take() {
                assert!(cookie.is_some(), "{name}: anonymous reached the application");
                assert!(
                    !seen.text().contains("forged-root"),
                    "{name} got through: {}",
                    seen.text()
                );
            }
            assert!(cookie.is_some() || answer.status != 200, "{name}");
        }
    }
}

pub fn the_other_family_of_forwarded_headers_is_denied(w: &World) {
    let browser = w.sign_in();
    w.app.take();
    for (name, value) in [
        ("X-Original-URL", "/api/things"),
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/api/things"),
        ("X-Rewrite-URL", "/api/things"),
        ("x_original_url", "/api/things"),
        ("x_forwarded_uri", "/api/things"),
        ("Forwarded", "host=id.localhost;proto=https"),
    ] {
        let answer = w.send(
            &Request::get("/home")
                .header("Cookie", w.cookie(&browser))
                .header(name, value),
        );
        // Denied; or the gateway took it off before it asked, as some do with such spellings of their own names.
        for seen in w.app.take() {
            assert_eq!(
                answer.status, 200,
                "{name}: denied, and yet it reached the application"
            );
            assert!(seen.header(name).is_none(), "{name} reached the application");
        }
    }
    // Members of the gateway's own family that a client sends are replaced by the gateway.
    for (name, value) in [
        ("X-Forwarded-Uri", "/api/things"),
        ("X-Forwarded-Host", "id.localhost"),
        ("X-Forwarded-Method", "OPTIONS"),
    ] {
        let answer = w.send(&Request::get("/home").header(name, value));
        assert_eq!(answer.status, 401, "{name}");
        assert!(w.app.take().is_empty(), "{name}");
    }
}

pub fn confusing_paths_do_not_borrow_another_routes_rules(w: &World) {
    let token = w.service_token("paths");
    // A token opens /api/* alone. None of these may reach /home (or anything outside /api) with it.
    for path in [
        "/home",
        "/api/../home",
        "/api/%2e%2e/home",
        "/api/..%2fhome",
        "/api/%2e%2e%2fhome",
        "/api/..%5chome",
        "/api/..\\home",
        "/api/..;/home",
        "/api;/../home",
        "//home",
        "/api//../home",
        "/api/%252e%252e/home",
        "/api%2f..%2fhome",
        "/./api/../home",
        "/api/%00",
        "/api/..%00/home",
        "/home?x=/api/",
        "/home#/api/",
        "/API/things",
        "/api%2fthings",
        "/%61pi/../home",
        "/api/.%2e/home",
    ] {
        let answer = w.send(&Request::get(path).header("Authorization", format!("Bearer {token}")));
        let reached = w.app.take();
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        assert!(
            reached.is_empty(),
            "{path} reached the application as {:?}",
            reached[0].line
        );
    }
    let fine =
        w.send(&Request::get("/api/things/1?next=/home").header("Authorization", format!("Bearer {token}")));
    assert_eq!(fine.status, 200);
}

pub fn credentials_do_not_mix_and_do_not_travel(w: &World) {
    let browser = w.sign_in();
    w.app.take();
    let (app, token) = (w.cookie(&browser), w.service_token("mix"));
    let id_host = format!("id.localhost:{}", w.port);
    let authority = format!(
        "__Host-symbolon={}",
        browser.jar.value(&id_host, "__Host-symbolon").unwrap()
    );
    let cases: Vec<(&str, Request)> = vec![
        (
            "the authority's cookie at the application",
            Request::get("/home").header("Cookie", authority),
        ),
        (
            "two cookies in one header",
            Request::get("/home").header("Cookie", format!("{app}; {app}")),
        ),
        (
            "two cookie headers",
            Request::get("/home")
                .header("Cookie", app.clone())
                .header("Cookie", app.clone()),
        ),
        (
            "cookie and token",
            Request::get("/api/x")
                .header("Cookie", app.clone())
                .header("Authorization", format!("Bearer {token}")),
        ),
        (
            "a token in the query",
            Request::get(&format!("/api/x?access_token={token}")),
        ),
        (
            "a token as a cookie",
            Request::get("/api/x").header("Cookie", format!("__Host-symbolon={token}")),
        ),
        (
            "a token with another scheme",
            Request::get("/api/x").header("Authorization", format!("Basic {token}")),
        ),
        (
            "an unsigned token",
            Request::get("/api/x").header("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
        ),
        (
            "a cookie cut short",
            Request::get("/home").header("Cookie", app[..app.len() - 8].to_owned()),
        ),
    ];
    for (what, request) in cases {
        let answer = w.send(&request);
        assert!(answer.status >= 400, "{what}: {}", answer.status);
        assert!(w.app.take().is_empty(), "{what} reached the application");
    }
}

pub fn unsafe_methods_need_the_sessions_own_proof(w: &World) {
    let browser = w.sign_in();
    w.app.take();
    let cookie = w.cookie(&browser);
    let origin = format!("http://app.localhost:{}", w.port);
    let session = w
        .send(&Request::get("/.symbolon/session").header("Cookie", cookie.clone()))
        .json();
    let csrf = session["csrf_token"].as_str().expect("a CSRF token").to_owned();
    let post = || Request::new("POST", "/home").header("Cookie", cookie.clone());
    for (what, request) in [
        ("nothing", post()),
        ("no token", post().header("Sec-Fetch-Site", "same-origin")),
        (
            "cross-site",
            post()
                .header("Sec-Fetch-Site", "cross-site")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        (
            "same-site",
            post()
                .header("Sec-Fetch-Site", "same-site")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        ("no site, no origin", post().header("X-CSRF-Token", csrf.clone())),
        (
            "a foreign origin",
            post()
                .header("Origin", "http://evil.localhost")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        (
            "another token",
            post()
                .header("Sec-Fetch-Site", "same-origin")
                .header("X-CSRF-Token", "x".repeat(43)),
        ),
    ] {
        let answer = w.send(&request);
        assert_eq!(answer.status, 403, "{what}");
        assert!(w.app.take().is_empty(), "{what} reached the application");
    }
    for request in [
        post()
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-CSRF-Token", csrf.clone()),
        post()
            .header("Origin", origin)
            .header("X-CSRF-Token", csrf.clone()),
    ] {
        assert_eq!(w.send(&request).status, 200);
    }
}

/// What the application sends now, the client has now; and while it is open, the gateway serves others.
pub fn streams_flow(w: &World) {
    let browser = w.sign_in();
    let cookie = w.cookie(&browser);
    let mut stream = w.open("/stream", &[("Cookie", &cookie)]);
    stream.read_until("first");
    assert_eq!(
        w.send(&Request::get("/home").header("Cookie", cookie)).status,
        200
    );
    w.app.go_on();
    stream.read_until("second");
    w.app.take();
}

/// A body is none of the question's, and all of the application's.
pub fn bodies_arrive_whole(w: &World) {
    let browser = w.sign_in();
    let cookie = w.cookie(&browser);
    let session = w
        .send(&Request::get("/.symbolon/session").header("Cookie", cookie.clone()))
        .json();
    w.app.take();
    for length in [1, 300_000] {
        let mut request = Request::new("POST", "/upload")
            .header("Cookie", cookie.clone())
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-CSRF-Token", session["csrf_token"].as_str().unwrap());
        request.body = "x".repeat(length);
        assert_eq!(w.send(&request).status, 200);
        let seen = w.app.take();
        assert_eq!((seen.len(), seen[0].body), (1, length));
    }
}

/// An upgraded connection carries bytes both ways.
pub fn upgrades_pass(w: &World) {
    let browser = w.sign_in();
    let upgrade = [
        ("Cookie", w.cookie(&browser)),
        ("Connection", "Upgrade".to_owned()),
        ("Upgrade", "websocket".to_owned()),
        ("Sec-WebSocket-Version", "13".to_owned()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
        ("Sec-Fetch-Site", "same-origin".to_owned()),
    ];
    let with = upgrade.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut socket = w.open("/socket", &with);
    socket.read_until("101 ");
    socket.read_until("\r\n\r\n");
    socket.write("ping");
    socket.read_until("ping");
    w.app.take();
    let mut anonymous = w.open("/socket", &with[1..]);
    anonymous.read_until("401 ");
    assert!(w.app.take().is_empty());
}

/// What Connection names for one connection is neither kept from the edge nor from the application.
pub fn connection_names_nothing_of_ours(w: &World) {
    let browser = w.sign_in();
    let cookie = w.cookie(&browser);
    w.app.take();
    for name in [
        "Symbolon-Subject",
        "symbolon-identity",
        "Cookie",
        "X-Forwarded-Uri",
        "X-Forwarded-Host",
    ] {
        for forged in [true, false] {
            let mut request = Request::get("/home").header("Cookie", cookie.clone());
            request.headers.push(("Connection".into(), name.into()));
            if forged && !name.starts_with("Cookie") {
                request = request.header(name, "forged-root");
            }
            let answer = w.send(&request);
            let seen = w.app.take();
            assert_eq!(seen.len(), usize::from(answer.status == 200), "{name}");
            for seen in seen {
                assert!(!seen.text().contains("forged-root"), "{name}: {}", seen.text());
                assert!(!seen.text().contains("__Host-symbolon"), "{name}");
                let subject = seen.header("symbolon-subject").unwrap_or_default();
                assert!(subject.starts_with("user:"), "{name}: {}", seen.text());
                assert!(seen.header("symbolon-identity").is_some(), "{name}");
            }
        }
    }
}

/// Every one of them, for a gateway that passes whatever refuses on to the client.
pub fn all(w: &World) {
    from_anonymous_to_signed_in_to_revoked(w);
    a_token_passes_where_it_is_accepted_and_not_after_revocation(w);
    forged_identity_headers_never_get_through(w);
    the_other_family_of_forwarded_headers_is_denied(w);
    confusing_paths_do_not_borrow_another_routes_rules(w);
    credentials_do_not_mix_and_do_not_travel(w);
    unsafe_methods_need_the_sessions_own_proof(w);
    connection_names_nothing_of_ours(w);
    streams_flow(w);
    bodies_arrive_whole(w);
    upgrades_pass(w);
}
