//! The check service.

use std::sync::Arc;

use bytes::Bytes;
use domain::revocation::Target;
use domain::{Clock, Seq, Span};
use http::Request;
use http_body_util::Full;
use jose::{AudienceSet, JwkSet, KeySet, Limits, TokenKind, Verifier};

use super::world::*;
use crate::config::RawEdge;

const APPS: &str = r#"[
    {"name":"api","match":{"path":"/api/*"},"accept":["bearer"],"audience":"api","scopes":["read","write"]},
    {"name":"ask","match":{"path":"/ask"},"max_staleness":"1s","on_stale":"ask"},
    {"name":"all"}]"#;

#[tokio::test]
async fn a_session_and_a_token_pass_with_all_headers() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("a=b; __Host-symbolon={cookie}");
    let response = check(&edge, "GET", "/x?y=z", &[("cookie", &cookie)]).await;
    assert_eq!(told(&response), (200, ""));
    assert_eq!(header(&response, "symbolon-subject"), session.subject.to_string());
    assert_eq!(header(&response, "symbolon-session"), session.id.to_string());
    assert_eq!(header(&response, "symbolon-assurance"), "aal1");
    assert_eq!(header(&response, "symbolon-staleness"), "0");
    assert_eq!(
        header(&response, "symbolon-frontier"),
        world.authority.head().seq.to_string()
    );
    assert_eq!(header(&response, "symbolon-client"), "");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let response = check(&edge, "POST", "/x", &[("authorization", &bearer)]).await;
    assert_eq!(told(&response), (200, ""));
    assert_eq!(
        (
            header(&response, "symbolon-client"),
            header(&response, "symbolon-scope")
        ),
        ("web", "read")
    );
}

#[tokio::test]
async fn what_was_told_of_a_credential_is_let_go_when_it_is_told_no_more() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let response = check(&edge, "GET", "/x", &[("authorization", &bearer)]).await;
    assert_eq!(told(&response), (200, ""));
    let now_s = world.clock.now().as_secs();
    edge.identity.let_go(now_s + 29);
    assert_eq!(edge.identity.kept(), 1);
    edge.identity.let_go(now_s + 30);
    assert_eq!(edge.identity.kept(), 0);
}

#[tokio::test]
async fn the_identity_is_a_token_for_this_upstream_alone() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let ask = async || check(&edge, "GET", "/x", &[("authorization", &bearer)]).await;
    let first = ask().await;
    let keys = send(&edge, (http::Method::GET, APP), "/.symbolon/jwks", &[]).await;
    let keys = http_body_util::BodyExt::collect(keys.into_body())
        .await
        .unwrap()
        .to_bytes();
    let keys = KeySet::from_jwk_set(&JwkSet::parse(&keys).unwrap()).unwrap();
    let verifier = |audience: &str, kind: &str| {
        Verifier::builder()
            .issuer("urn:symbolon:edge:edge")
            .audiences(AudienceSet::new([audience]).unwrap())
            .kind(TokenKind::new(kind).unwrap())
            .keys(keys.clone())
            .limits(Limits::default())
            .build()
    };
    let (token, now) = (
        header(&first, "symbolon-identity").as_bytes().to_vec(),
        world.clock.now().as_secs(),
    );
    let good = verifier(APP, "symbolon-identity+jwt")
        .verify::<serde_json::Value>(&token, now)
        .unwrap();
    assert_eq!(
        (&good.claims()["scope"], &good.claims()["sid"]),
        (&"read".into(), &serde_json::Value::Null)
    );
    assert_eq!(good.expires_at_s(), now + 60);
    assert!(
        verifier("other.example", "symbolon-identity+jwt")
            .verify::<serde_json::Value>(&token, now)
            .is_err()
    );
    assert!(
        verifier(APP, "at+jwt")
            .verify::<serde_json::Value>(&token, now)
            .is_err()
    );
    let elsewhere = check_at(&edge, ("GET", "b.example"), "/x", &[("authorization", &bearer)]).await;
    let elsewhere = header(&elsewhere, "symbolon-identity").as_bytes().to_vec();
    let theirs = verifier("b.example", "symbolon-identity+jwt");
    assert!(
        theirs.verify::<serde_json::Value>(&elsewhere, now).is_ok(),
        "minted for each audience"
    );
    assert_eq!(header(&ask().await, "symbolon-subject"), good.claims()["sub"]);
    let (token, again) = (
        header(&ask().await, "symbolon-identity").as_bytes().to_vec(),
        ask().await,
    );
    assert_eq!(
        header(&again, "symbolon-identity").as_bytes(),
        token,
        "minted once"
    );
    world.clock.advance(Span::from_secs(30));
    until(|| edge.ready()).await;
    assert_ne!(header(&ask().await, "symbolon-identity").as_bytes(), token);
    let replayed = format!("Bearer {}", String::from_utf8(token).unwrap());
    let replayed = check(&edge, "GET", "/x", &[("authorization", &replayed)]).await;
    assert_eq!(
        told(&replayed),
        (401, "wrong_type"),
        "an identity is no access token"
    );
}

type Headers<'a> = &'a [(&'a str, &'a str)];
/// Method, target, headers, status and reason, error of the challenge.
type Row<'a> = (&'a str, &'a str, Headers<'a>, (u16, &'a str), &'a str);

#[tokio::test]
async fn refusals_have_their_status_reason_and_challenge() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let mut claims = world.claims();
    claims.aud = domain::access_token::Audience::One("api".into());
    let weak = format!("Bearer {}", world.token(&claims));
    let good = format!("Bearer {}", world.token(&world.claims()));
    let (_, value, _) = world.sign_in(&app());
    let value = format!("__Host-symbolon={value}");
    let (weak, good) = (("authorization", weak.as_str()), ("authorization", good.as_str()));
    let (cookie, junk) = (("cookie", value.as_str()), ("authorization", "Bearer x"));
    let rows: [Row<'_>; 7] = [
        ("GET", "/x", &[], (401, "missing_credential"), ""),
        ("GET", "/x", &[junk], (401, "malformed"), "invalid_token"),
        ("GET", "/api/x", &[weak], (403, "scope"), "insufficient_scope"),
        ("GET", "/api/x", &[good], (401, "wrong_audience"), "invalid_token"),
        ("GET", "/api/x", &[cookie], (401, "missing_credential"), ""),
        (
            "GET",
            "/x",
            &[cookie, good],
            (400, "ambiguous_credential"),
            "invalid_request",
        ),
        ("POST", "/x", &[cookie], (403, "csrf"), "none"),
    ];
    for (method, target, headers, expected, error) in rows {
        let response = check(&edge, method, target, headers).await;
        assert_eq!(told(&response), expected, "{method} {target} {headers:?}");
        let challenge = match error {
            "none" => String::new(),
            "" => "Bearer".into(),
            "insufficient_scope" => "Bearer error=\"insufficient_scope\", scope=\"read write\"".into(),
            other => format!("Bearer error=\"{other}\""),
        };
        assert_eq!(
            header(&response, "www-authenticate"),
            challenge,
            "{method} {target}"
        );
        assert_eq!(header(&response, "symbolon-subject"), "");
    }
    let counted = edge.take_refusals();
    assert!(
        counted
            .iter()
            .any(|row| row.route == "api" && row.reason.as_str() == "scope" && row.count == 1)
    );
}

#[tokio::test]
async fn a_description_that_can_be_doubted_is_refused() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let (_, value, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={value}");
    for target in [
        "/x/../api",
        "/api%2fx",
        "/api/..;/x",
        "//x",
        "/%252e%252e/x",
        "/x\\y",
        "https://app.example/x",
    ] {
        let response = check(&edge, "GET", target, &[("cookie", &cookie)]).await;
        assert_eq!(told(&response), (400, "ambiguous_path"), "{target}");
    }
    for more in [
        ("x-original-url", "/public"),
        ("x-original-method", "GET"),
        ("x-forwarded-uri", "/x"),
        ("x-forwarded-host", "b.example"),
        ("x_forwarded_host", "b.example"),
        ("x_user", "root"),
        ("x-user", "root"),
        ("symbolon-subject", "user:root"),
        ("symbolon_identity", "forged"),
    ] {
        let response = check(&edge, "GET", "/x", &[("cookie", &cookie), more]).await;
        assert_eq!(told(&response), (400, "bad_forwarding"), "{more:?}");
    }
    assert_eq!(
        check(&edge, "GET", "/x", &[("cookie", &cookie)]).await.status(),
        200
    );
}

#[tokio::test]
async fn only_gateways_are_answered() {
    let world = World::new();
    let raw = RawEdge {
        peers: vec!["10.0.0.0/24".into()],
        ..RawEdge::default()
    };
    let edge = world.edge_with(APPS, &raw).await;
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    for (peer, status) in [
        ("10.0.0.9:1", 200),
        ("[::1]:1", 200),
        ("10.0.1.9:1", 403),
        ("192.0.2.1:1", 403),
    ] {
        let request = Request::builder()
            .uri("/check")
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", APP)
            .header("x-forwarded-uri", "/")
            .header("authorization", &bearer);
        let request = request.body(Full::<Bytes>::default()).unwrap();
        assert_eq!(
            edge.handle(peer.parse().unwrap(), false, request).await.status(),
            status,
            "{peer}"
        );
    }
}

#[tokio::test]
async fn a_revoked_session_is_refused_as_soon_as_the_entry_is_applied() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    assert_eq!(
        check(&edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    let seq = world.authority.revoke(Target::Session(session.id));
    until(|| edge.state().frontier == seq).await;
    assert_eq!(
        told(&check(&edge, "GET", "/", &[("cookie", &cookie)]).await),
        (401, "revoked")
    );
}

#[tokio::test]
async fn a_cut_edge_stops_by_itself_and_a_route_may_ask() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let ask = async |target| check(&edge, "GET", target, &[("authorization", &bearer)]).await;
    assert_eq!(ask("/x").await.status(), 200);
    world.authority.state().feed_cut = true;
    world.clock.advance(Span::from_secs(2));
    let answered = ask("/ask").await;
    assert_eq!(
        (
            answered.status().as_u16(),
            header(&answered, "symbolon-staleness")
        ),
        (200, "0")
    );
    world.authority.revoke(Target::Subject(world.claims().sub));
    assert_eq!(
        told(&ask("/ask").await),
        (401, "revoked"),
        "the primary knows before this edge does"
    );
    assert_eq!(ask("/x").await.status(), 200, "within the lease");
    world.authority.state().down = true;
    assert_eq!(told(&ask("/ask").await), (503, "unavailable"));
    world.clock.advance(Span::from_secs(8));
    let stale = ask("/x").await;
    assert_eq!(told(&stale), (503, "stale"));
    assert!(header(&stale, "retry-after").parse::<u64>().unwrap() >= 1);
    assert!(!edge.ready());
}

#[tokio::test]
async fn a_newer_credential_makes_the_edge_pull_and_an_impossible_one_is_forged() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    // Appended without a word to those who wait: only a pull finds it.
    let head = world.authority.head();
    let seq = head.seq.next().unwrap();
    let target = Target::Client("other".parse().unwrap());
    let entry = domain::revocation::LogEntry::following(&head.digest, seq, target, world.clock.now());
    world.authority.state().entries.push(entry);
    let bearer = |claims: &_| format!("Bearer {}", world.token(claims));
    let newer = world.claims();
    assert_eq!(newer.rs, seq);
    assert_eq!(
        check(&edge, "GET", "/", &[("authorization", &bearer(&newer))])
            .await
            .status(),
        200
    );
    assert_eq!(edge.state().frontier, seq);
    let mut forged = world.claims();
    forged.rs = Seq::from_u64(seq.as_u64() + 1).unwrap();
    assert_eq!(
        told(&check(&edge, "GET", "/", &[("authorization", &bearer(&forged))]).await),
        (401, "forged")
    );
    world.authority.state().down = true;
    forged.jti = domain::Id::from_bytes([6; 16]);
    assert_eq!(
        told(&check(&edge, "GET", "/", &[("authorization", &bearer(&forged))]).await),
        (503, "unavailable")
    );
}

#[tokio::test]
async fn many_cold_requests_ask_once_and_a_warm_one_not_at_all() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let (_, cookie, _) = world.sign_in(&app());
    let cookie: Arc<str> = format!("__Host-symbolon={cookie}").into();
    assert_eq!(
        check(&edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    assert_eq!(world.authority.state().session_questions, 1);
    world.authority.state().down = true;
    for _ in 0..10 {
        assert_eq!(
            check(&edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
            200,
            "memory is enough"
        );
    }
    let (_, other, _) = world.sign_in(&domain::cookie::Purpose::Application(APP.parse().unwrap()));
    let other = format!("__Host-symbolon={other}");
    assert_eq!(
        told(&check(&edge, "GET", "/", &[("cookie", &other)]).await),
        (503, "unavailable")
    );
}

#[tokio::test]
async fn activity_is_kept_until_the_authority_has_it() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    assert_eq!(
        check(&edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    world.clock.advance(Span::from_secs(3));
    assert_eq!(
        check(&edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    world.authority.state().down = true;
    edge.judge.activity.report().await.unwrap_err();
    world.authority.state().down = false;
    edge.judge.activity.report().await.unwrap();
    assert_eq!(
        world.authority.state().activity,
        [(session.id, world.clock.now())]
    );
}

#[tokio::test]
async fn a_credential_of_a_later_epoch_makes_the_edge_join_again() {
    let world = World::new();
    let edge = world.edge(APPS).await;
    let old = edge.state().frontier;
    world.authority.state().epochs = 1;
    let claims = world.claims();
    assert!(claims.rs > old);
    let bearer = format!("Bearer {}", world.token(&claims));
    assert_eq!(
        check(&edge, "GET", "/", &[("authorization", &bearer)])
            .await
            .status(),
        200
    );
    assert_eq!(edge.state().frontier, claims.rs);
}
