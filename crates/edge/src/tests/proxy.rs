//! The reverse proxy, with a real upstream on a socket that tells what it got.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::revocation::Target;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::world::*;
use crate::config::RawEdge;

type Seen = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// An upstream that notes every request and answers with cookies of ours and of its own.
async fn upstream() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen: Seen = Seen::default();
    let notes = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let notes = Arc::clone(&notes);
            let service = service_fn(move |request: Request<Incoming>| {
                let notes = Arc::clone(&notes);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    notes.lock().unwrap().push((
                        format!("{} {}", parts.method, parts.uri),
                        parts.headers,
                        body,
                    ));
                    let answer = Response::builder()
                        .header("set-cookie", "__Host-symbolon=evil; Path=/")
                        .header("set-cookie", "__host-SYMBOLON=evil")
                        .header("set-cookie", "=__Host-symbolon=evil")
                        .header("set-cookie", "own=1")
                        .header("symbolon-subject", "user:evil")
                        .header("x-own", "1");
                    Ok::<_, hyper::Error>(answer.body(Full::<Bytes>::from("hello")).unwrap())
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (address, seen)
}

async fn proxied(world: &World) -> (Arc<crate::Edge>, Seen) {
    let (address, seen) = upstream().await;
    let routes = format!(
        r#"[{{"name":"open","match":{{"path":"/open"}},"public":true,"upstream":"http://{address}"}},
            {{"name":"api","match":{{"path":"/api/*"}},"accept":["bearer"],"upstream":"http://{address}"}},
            {{"name":"none","match":{{"path":"/none"}},"public":true}},
            {{"name":"gone","match":{{"path":"/gone"}},"public":true,"upstream":"http://127.0.0.1:1"}},
            {{"name":"all","upstream":"http://{address}"}}]"#
    );
    let raw = RawEdge {
        max_body_kib: Some(1),
        ..RawEdge::default()
    };
    (world.edge_with(&routes, &raw).await, seen)
}

#[tokio::test]
async fn an_upstream_gets_the_identity_and_neither_credential_nor_forgery() {
    let world = World::new();
    let (edge, seen) = proxied(&world).await;
    let (session, cookie, csrf) = world.sign_in(&app());
    let cookie = format!("theme=dark; __Host-symbolon={cookie}; __Host-symbolon-flow=f");
    let headers = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("x-csrf-token", &csrf),
        ("symbolon-subject", "user:root"),
        ("Symbolon-Identity", "forged"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
        ("x-user", "root"),
        ("x-original-url", "/admin"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("authorization", "Basic dTpw"),
        ("x-http-method-override", "DELETE"),
        ("x-kept", "1"),
    ];
    let response = send_body(&edge, (Method::POST, APP), "/a/b?c=%2F..%2F", &headers, "payload").await;
    assert_eq!(response.status(), 200);
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["own=1"], "no upstream sets a cookie of ours");
    assert_eq!(
        (header(&response, "symbolon-subject"), header(&response, "x-own")),
        ("", "1")
    );
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    let (line, got, body) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(
        (line.as_str(), body.as_ref()),
        ("POST /a/b?c=%2F..%2F", &b"payload"[..])
    );
    for (name, value) in [
        ("symbolon-subject", session.subject.to_string().as_str()),
        ("symbolon-session", &session.id.to_string()),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", APP),
        ("x-forwarded-proto", "https"),
        ("cookie", "theme=dark"),
        ("authorization", "Basic dTpw"),
        ("x-kept", "1"),
    ] {
        assert_eq!(got.get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
    }
    assert!(got["symbolon-identity"] != "forged");
    for name in [
        "x-real-ip",
        "forwarded",
        "x-user",
        "x-original-url",
        "x-hop",
        "x-http-method-override",
        "x-csrf-token",
    ] {
        assert!(!got.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_token_does_not_travel_on_and_an_unaccepted_cookie_neither() {
    let world = World::new();
    let (edge, seen) = proxied(&world).await;
    let (_, cookie, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let headers = [("authorization", bearer.as_str()), ("cookie", cookie.as_str())];
    assert_eq!(
        send(&edge, (Method::GET, APP), "/api/x", &headers).await.status(),
        200
    );
    assert_eq!(
        send(&edge, (Method::GET, APP), "/open", &headers).await.status(),
        200
    );
    for (line, got, _) in seen.lock().unwrap().iter() {
        assert!(
            !got.contains_key("authorization") && !got.contains_key("cookie"),
            "{line}"
        );
        assert_eq!(
            got.contains_key("symbolon-subject"),
            line.contains("/api/"),
            "a public route names nobody"
        );
    }
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_refused_never_reaches_an_upstream() {
    let world = World::new();
    let (edge, seen) = proxied(&world).await;
    let html = ("accept", "text/html,*/*");
    for (method, target, headers, expected) in [
        (Method::GET, "/x", &[][..], (401, "missing_credential")),
        (
            Method::GET,
            "/x",
            &[("sec-fetch-mode", "cors"), html],
            (401, "missing_credential"),
        ),
        (Method::POST, "/x", &[html], (401, "missing_credential")),
        (Method::GET, "/api/x", &[html], (401, "missing_credential")),
        (
            Method::GET,
            "/x",
            &[("authorization", "Bearer x"), html],
            (401, "malformed"),
        ),
        (Method::GET, "/open/..%2f", &[], (400, "ambiguous_path")),
        (Method::GET, "/open/../x", &[], (400, "ambiguous_path")),
        (Method::GET, "/open;/x", &[], (400, "ambiguous_path")),
        (Method::GET, "/%2esymbolon/login", &[], (400, "ambiguous_path")),
        (Method::GET, "//open", &[], (400, "ambiguous_path")),
        (
            Method::GET,
            "/open",
            &[("host", "second.example")],
            (400, "bad_forwarding"),
        ),
        (
            Method::GET,
            "/open",
            &[("symbolon_subject", "user:root")],
            (400, "bad_forwarding"),
        ),
        (Method::GET, "/none", &[], (403, "no_route")),
        (Method::TRACE, "/open", &[], (405, "")),
        (Method::GET, "/gone", &[], (502, "")),
    ] {
        let response = send(&edge, (method.clone(), APP), target, headers).await;
        assert_eq!(told(&response), expected, "{method} {target}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_persons_browser_is_sent_to_sign_in() {
    let world = World::new();
    let (edge, seen) = proxied(&world).await;
    for headers in [
        &[("sec-fetch-mode", "navigate")][..],
        &[("accept", "text/html")],
        &[("accept", "text/html"), ("cookie", "__Host-symbolon=old")],
    ] {
        let response = send(&edge, (Method::GET, APP), "/x?y=z", headers).await;
        assert_eq!(response.status(), 302, "{headers:?}");
        assert_eq!(
            header(&response, "location"),
            "/.symbolon/login?return_to=%2Fx%3Fy%3Dz"
        );
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Signing out at the authority cannot take the cookie of an application's host: its next use does, and nothing else.
#[tokio::test]
async fn a_navigation_with_a_session_that_is_over_loses_its_cookie() {
    let world = World::new();
    let (edge, _) = proxied(&world).await;
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    let navigation = [("sec-fetch-mode", "navigate"), ("cookie", cookie.as_str())];
    let script = [("sec-fetch-mode", "cors"), ("cookie", cookie.as_str())];
    let opened = send(&edge, (Method::GET, APP), "/x", &navigation).await;
    assert_eq!(
        (opened.status().as_u16(), header(&opened, "set-cookie")),
        (200, "own=1")
    );
    let seq = world.authority.revoke(Target::Session(session.id));
    until(|| edge.state().frontier == seq).await;
    let stranger = send(&edge, (Method::GET, APP), "/x", &navigation[..1]).await;
    assert_eq!(
        (stranger.status().as_u16(), header(&stranger, "set-cookie")),
        (302, "")
    );
    let called = send(&edge, (Method::GET, APP), "/x", &script).await;
    assert_eq!(
        (called.status().as_u16(), header(&called, "set-cookie")),
        (401, "")
    );
    let gone = send(&edge, (Method::GET, APP), "/x", &navigation).await;
    assert_eq!(gone.status(), 302);
    assert_eq!(
        header(&gone, "set-cookie"),
        "__Host-symbolon=; HttpOnly; Secure; Path=/; SameSite=Strict; Max-Age=0"
    );
}

#[tokio::test]
async fn bodies_are_bounded_and_connections_are_used_again() {
    let world = World::new();
    let (edge, seen) = proxied(&world).await;
    let long: &'static str = "x".repeat(1025).leak();
    let declared = [("content-length", "1025")];
    assert_eq!(
        send_body(&edge, (Method::POST, APP), "/open", &declared, long)
            .await
            .status(),
        413
    );
    let whole = send_body(&edge, (Method::POST, APP), "/open", &[], &long[..1024]).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(
        send_body(&edge, (Method::POST, APP), "/open", &[], long)
            .await
            .status(),
        413
    );
    for _ in 0..3 {
        let response = send(&edge, (Method::GET, APP), "/open", &[]).await;
        response.into_body().collect().await.unwrap();
    }
    assert_eq!(seen.lock().unwrap().len(), 4);
}
