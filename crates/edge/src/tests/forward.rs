//! The check service as gateways ask it that pass every answer but 200 on to the client.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;

use super::world::*;
use crate::Edge;
use crate::body::Body;

const ROUTES: &str = r#"[
    {"name":"admin","match":{"path":"/admin/*"},"accept":["session"],"assurance":"aal2"},
    {"name":"api","match":{"path":"/api/*"},"accept":["bearer"],"audience":"api"},
    {"name":"all","accept":["session"]}]"#;

/// Asks at a path, at once if that is possible, as the listener does.
async fn ask(
    edge: &Arc<Edge>,
    at: &str,
    (method, target): (&str, &str),
    more: &[(&str, &str)],
) -> Response<Body> {
    let mut request = Request::builder()
        .uri(at)
        .header("x-forwarded-method", method)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", APP)
        .header("x-forwarded-uri", target);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    match edge.answer_at_once(peer(), &request) {
        Some(answer) => answer.map(|()| crate::body::empty()),
        None => edge.handle(peer(), false, request).await,
    }
}

const FORWARD: &str = "/check/forward";
const NAVIGATES: (&str, &str) = ("sec-fetch-mode", "navigate");

/// Where it is asked, the request that is described, and its other fields.
type Row = (
    &'static str,
    (&'static str, &'static str),
    &'static [(&'static str, &'static str)],
);

#[tokio::test]
async fn a_refused_navigation_is_sent_to_sign_in_and_a_script_gets_its_401() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let page = ask(&edge, FORWARD, ("GET", "/x?y=z"), &[NAVIGATES]).await;
    assert_eq!(page.status(), 302);
    assert!(
        header(&page, "location").starts_with(&format!("{ISSUER}/session/join?origin=https%3A%2F%2F{APP}&")),
        "{}",
        header(&page, "location")
    );
    let flow = header(&page, "set-cookie");
    let path = flow.split(';').next().unwrap().rsplit('.').next().unwrap();
    assert_eq!(path, jose::base64url::encode(b"/x?y=z"), "back to the very page");
    assert_eq!(header(&page, "cache-control"), "no-store");
    let rows: [Row; 5] = [
        (FORWARD, ("GET", "/x"), &[]),
        (FORWARD, ("GET", "/x"), &[("sec-fetch-mode", "cors")]),
        (FORWARD, ("POST", "/x"), &[NAVIGATES]),
        (FORWARD, ("HEAD", "/x"), &[NAVIGATES]),
        // Who goes by the status alone is never answered with anything else.
        ("/check", ("GET", "/x"), &[NAVIGATES]),
    ];
    for (at, asked, more) in rows {
        let answer = ask(&edge, at, asked, more).await;
        assert_eq!(
            told(&answer),
            (401, "missing_credential"),
            "{at} {asked:?} {more:?}"
        );
        assert_eq!(header(&answer, "location"), "");
    }
}

#[tokio::test]
async fn what_signing_in_would_not_mend_is_told_also_to_a_navigation() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let doubted = ask(&edge, FORWARD, ("GET", "/x/../api"), &[NAVIGATES]).await;
    assert_eq!(told(&doubted), (400, "ambiguous_path"));
    let forged = ask(
        &edge,
        FORWARD,
        ("GET", "/x"),
        &[NAVIGATES, ("symbolon-subject", "user:root")],
    )
    .await;
    assert_eq!(told(&forged), (400, "bad_forwarding"));
    let (_, value, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={value}");
    let warm = ask(&edge, FORWARD, ("GET", "/x"), &[NAVIGATES, ("cookie", &cookie)]).await;
    assert_eq!(told(&warm), (200, ""));
    world.authority.state().down = true;
    world.clock.advance(domain::Span::from_secs(60));
    let stale = ask(&edge, FORWARD, ("GET", "/x"), &[NAVIGATES, ("cookie", &cookie)]).await;
    assert_eq!(told(&stale), (503, "stale"));
    assert_ne!(header(&stale, "retry-after"), "");
}

#[tokio::test]
async fn the_cookies_that_remain_come_under_the_name_that_the_request_has_for_them() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (session, value, _) = world.sign_in(&app());
    let cookie = format!("theme=dark; __Host-symbolon={value}; a=b");
    let passes = ask(&edge, FORWARD, ("GET", "/x"), &[NAVIGATES, ("cookie", &cookie)]).await;
    assert_eq!(told(&passes), (200, ""));
    assert_eq!(header(&passes, "symbolon-subject"), session.subject.to_string());
    assert_eq!(header(&passes, "cookie"), "theme=dark; a=b");
    assert_eq!(header(&passes, "symbolon-cookie"), "theme=dark; a=b");
    let alone = format!("__Host-symbolon={value}");
    let alone = ask(&edge, FORWARD, ("GET", "/x"), &[("cookie", &alone)]).await;
    assert_eq!(told(&alone), (200, ""));
    assert!(
        !alone.headers().contains_key("cookie"),
        "the gateway removes the field then"
    );
    let by_status = ask(&edge, "/check", ("GET", "/x"), &[("cookie", &cookie)]).await;
    assert!(!by_status.headers().contains_key("cookie"));
}

#[tokio::test]
async fn only_the_path_itself_asks() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    for path in ["/check/forward/", "/check/", "/Check", "/check/forwarded"] {
        let answer = ask(&edge, path, ("GET", "/x"), &[]).await;
        assert_ne!(told(&answer), (401, "missing_credential"), "{path}");
    }
}

/// `/.symbolon/login` through a reverse proxy that says no more than the scheme.
#[tokio::test]
async fn a_gateway_says_by_which_scheme_the_browser_came_and_nobody_else_does() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let origin = async |peer: &str, schemes: &[&str]| {
        let mut request = Request::builder()
            .method(Method::GET)
            .uri("/.symbolon/login")
            .header("host", APP);
        for scheme in schemes {
            request = request.header("x-forwarded-proto", *scheme);
        }
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let answer = edge.handle(peer.parse().unwrap(), false, request).await;
        let location = header(&answer, "location").to_owned();
        location
            .split("origin=")
            .nth(1)
            .unwrap()
            .split("%3A")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(origin("127.0.0.1:1", &["https"]).await, "https");
    for (peer, schemes) in [
        ("127.0.0.1:1", &[][..]),
        ("127.0.0.1:1", &["http"]),
        ("127.0.0.1:1", &["https", "https"]),
        ("127.0.0.1:1", &["https, http"]),
        ("192.0.2.1:1", &["https"]),
    ] {
        assert_eq!(origin(peer, schemes).await, "http", "{peer} {schemes:?}");
    }
}
