//! Exchanges that outlive their check: WebSocket, server-sent events and HTTP/2 streams through real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Span;
use domain::access_token::AccessClaims;
use domain::id::Id;
use domain::revocation::Target;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::world::*;
use crate::body::Body;
use crate::config::RawEdge;
use crate::edge::Edge;

/// RFC 6455 section 1.3: a key and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A masked text frame of a client ("Hello"; section 5.7).
const HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

/// The upstream's session is over: it answers who asked for that.
static ENDED: tokio::sync::Notify = tokio::sync::Notify::const_new();

/// An upstream that echoes what a WebSocket brings, says "slow" after a while, and streams events without end.
async fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let head = head(&mut stream).await?;
    if head.starts_with("GET /ws") {
        let asked = head.contains("upgrade: websocket") && head.contains("connection: upgrade");
        assert!(
            asked && head.contains(KEY) && !head.contains("authorization"),
            "{head}"
        );
        let switched = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
            sec-websocket-accept: {ACCEPT}\r\nset-cookie: __Host-symbolon=evil\r\n\r\n"
        );
        stream.write_all(switched.as_bytes()).await?;
        let (mut from, mut to) = stream.split();
        return tokio::io::copy(&mut from, &mut to).await.map(drop);
    }
    if head.starts_with("POST /logout") {
        ENDED.notified().await;
        let answer: &[u8] = if head.contains("/logout/at-length") {
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nbye\r\n"
        } else {
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbye"
        };
        return stream.write_all(answer).await;
    }
    if head.starts_with("GET /never") {
        return std::future::pending().await;
    }
    let quiet = head.contains("/quiet");
    let begun = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(begun.as_bytes()).await?;
    loop {
        stream.write_all(b"8\r\ndata: 1\n\r\n").await?;
        if quiet {
            return std::future::pending().await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

async fn proxied(world: &World, raw: &RawEdge) -> Arc<Edge> {
    let address = upstream().await;
    let routes = format!(
        r#"[{{"name":"asks","match":{{"path":"/asks"}},"on_stale":"ask","upstream":"http://{address}"}},
            {{"name":"excused","match":{{"path":"/excused"}},"beyond_lease":"1m","upstream":"http://{address}"}},
            {{"name":"open","match":{{"path":"/open/*"}},"public":true,"upstream":"http://{address}"}},
            {{"name":"all","upstream":"http://{address}"}}]"#
    );
    world.edge_with(&routes, raw).await
}

/// A listener in front of an edge, with upgrades and HTTP/2.
async fn front(edge: &Arc<Edge>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let edge = Arc::clone(edge);
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let edge = Arc::clone(&edge);
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let edge = Arc::clone(&edge);
                async move { Ok::<_, std::convert::Infallible>(edge.handle(peer, true, request).await) }
            });
            tokio::spawn(async move {
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = builder
                    .serve_connection_with_upgrades(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

/// Opens a WebSocket: the answer's head, and the connection after it.
async fn websocket(address: SocketAddr, credential: &str, origin: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: {APP}\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n{origin}\
        sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n{credential}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = head(&mut stream).await.unwrap();
    (head, stream)
}

const OWN: &str = "origin: https://app.example\r\n";

async fn echoes(stream: &mut TcpStream) -> bool {
    let mut back = [0; HELLO.len()];
    stream.write_all(&HELLO).await.is_ok() && stream.read_exact(&mut back).await.is_ok() && back == HELLO
}

/// Whether it ends, for whatever cause, within the patience of a test.
async fn ends(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
    read.await.is_ok()
}

/// Reads a body until it breaks off: what broke it.
async fn broken(body: &mut Body) -> String {
    let reading = async {
        loop {
            match body.frame().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.to_string(),
                None => return "over".to_owned(),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .expect("it goes on and on")
}

fn claims(world: &World, n: u8) -> AccessClaims {
    AccessClaims {
        jti: Id::from_bytes([n; 16]),
        ..world.claims()
    }
}

fn bearer(world: &World, claims: &AccessClaims) -> String {
    format!("Bearer {}", world.token(claims))
}

async fn open(edge: &Arc<Edge>, path: &str, bearer: &str) -> Response<Body> {
    send(edge, (Method::GET, APP), path, &[("authorization", bearer)]).await
}

/// Its first event has come.
async fn begun(edge: &Arc<Edge>, path: &str, bearer: &str) -> Body {
    let response = open(edge, path, bearer).await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    body
}

fn open_streams(edge: &Arc<Edge>) -> usize {
    edge.judge.follow.streams.count()
}

#[tokio::test]
async fn a_websocket_ends_when_its_credential_is_revoked_and_others_go_on() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let address = front(&edge).await;
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("cookie: __Host-symbolon={cookie}");
    let other = format!(
        "authorization: {}",
        bearer(
            &world,
            &AccessClaims {
                sid: None,
                ..claims(&world, 9)
            }
        )
    );
    let (head, mut mine) = websocket(address, &cookie, OWN).await;
    let lower = head.to_ascii_lowercase();
    assert!(
        head.starts_with("HTTP/1.1 101") && lower.contains(&ACCEPT.to_ascii_lowercase()),
        "{head}"
    );
    assert!(
        lower.contains("upgrade: websocket") && !lower.contains("set-cookie"),
        "{head}"
    );
    let (_, mut theirs) = websocket(address, &other, "").await;
    assert!(echoes(&mut mine).await && echoes(&mut theirs).await);
    world.authority.revoke(Target::Session(session.id));
    assert!(ends(&mut mine).await);
    assert!(echoes(&mut theirs).await, "another credential's goes on");
    drop(theirs);
    until(|| open_streams(&edge) == 0).await;
}

#[tokio::test]
async fn events_and_quiet_streams_end_when_the_entry_is_applied() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let (dies, lives) = (
        bearer(&world, &claims(&world, 1)),
        bearer(&world, &claims(&world, 2)),
    );
    for path in ["/events", "/quiet"] {
        let (mut mine, mut theirs) = (
            begun(&edge, path, &dies).await,
            begun(&edge, "/events", &lives).await,
        );
        let waiting = tokio::spawn({
            let (edge, dies) = (Arc::clone(&edge), dies.clone());
            async move { told(&open(&edge, "/never", &dies).await).0 }
        });
        until(|| open_streams(&edge) == 3).await;
        world.authority.revoke(Target::Jti(Id::from_bytes([1; 16])));
        assert_eq!(
            broken(&mut mine).await,
            "its credential is no longer good: revoked",
            "{path}"
        );
        assert_eq!(
            waiting.await.unwrap(),
            401,
            "an answer that has not begun is a refusal"
        );
        assert!(theirs.frame().await.unwrap().is_ok());
        drop((mine, theirs));
        until(|| open_streams(&edge) == 0).await;
        let after = open(&edge, path, &dies).await;
        assert_eq!(told(&after), (401, "revoked"));
        if path == "/events" {
            return again_after_a_gap(&world, &edge).await;
        }
    }
}

#[tokio::test]
async fn whoever_asked_for_the_end_of_a_session_is_answered_and_nobody_at_length() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    for (n, path, expected) in [(1, "/logout", 200), (2, "/logout/at-length", 401)] {
        let token = bearer(&world, &claims(&world, n));
        let asked = tokio::spawn({
            let (edge, token) = (Arc::clone(&edge), token.clone());
            async move { send(&edge, (Method::POST, APP), path, &[("authorization", &token)]).await }
        });
        until(|| open_streams(&edge) == 1).await;
        world.authority.revoke(Target::Jti(Id::from_bytes([n; 16])));
        until_refused(&edge, &token).await;
        ENDED.notify_one();
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
        if expected == 200 {
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "bye");
        }
        until(|| open_streams(&edge) == 0).await;
    }
}

async fn until_refused(edge: &Arc<Edge>, token: &str) {
    while told(&open(edge, "/quiet", token).await) != (401, "revoked") {
        tokio::task::yield_now().await;
    }
}

/// What a snapshot brings ends streams too.
async fn again_after_a_gap(world: &World, edge: &Arc<Edge>) {
    let mut body = begun(edge, "/quiet", &bearer(world, &claims(world, 3))).await;
    let snapshots = world.authority.state().snapshots;
    world.authority.state().hole = true;
    world.authority.revoke(Target::Client("nobody".parse().unwrap()));
    world.authority.revoke(Target::Jti(Id::from_bytes([3; 16])));
    assert!(!broken(&mut body).await.is_empty());
    until(|| world.authority.state().snapshots > snapshots).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_opened_while_the_entry_is_applied_never_lives_on() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let mut opened = 0;
    for n in 0..200u8 {
        let token = bearer(&world, &claims(&world, n));
        let racer = tokio::spawn({
            let (edge, token) = (Arc::clone(&edge), token.clone());
            async move { open(&edge, "/quiet", &token).await }
        });
        if n % 2 == 0 {
            tokio::task::yield_now().await;
        }
        world.authority.revoke(Target::Jti(Id::from_bytes([n; 16])));
        let response = racer.await.unwrap();
        match response.status().as_u16() {
            401 => {}
            200 => {
                opened += 1;
                assert_ne!(broken(&mut response.into_body()).await, "over");
            }
            other => panic!("{other}"),
        }
        until(|| open_streams(&edge) == 0).await;
    }
    assert!(opened < 200, "some must have met the entry");
}

#[tokio::test]
async fn an_http2_stream_is_reset_and_its_connection_stays() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let stream = TcpStream::connect(front(&edge).await).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let ask = |n: u8| {
        let request = Request::builder().uri(format!("https://{APP}/events"));
        let request = request.header("authorization", bearer(&world, &claims(&world, n)));
        request.body(Full::<Bytes>::default()).unwrap()
    };
    let (one, two) = (sender.send_request(ask(1)), sender.clone().send_request(ask(2)));
    let (mut one, mut two) = (one.await.unwrap().into_body(), two.await.unwrap().into_body());
    assert!(one.frame().await.unwrap().is_ok() && two.frame().await.unwrap().is_ok());
    world.authority.revoke(Target::Jti(Id::from_bytes([1; 16])));
    let reset = loop {
        match one.frame().await {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    assert!(
        matches!(reset, Some(Err(_))),
        "it does not end as if it were whole"
    );
    assert!(two.frame().await.unwrap().is_ok());
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let exp = world.claims().iat + 2;
    let short = AccessClaims {
        exp,
        ..claims(&world, 1)
    };
    let mut body = begun(&edge, "/quiet", &bearer(&world, &short)).await;
    // Two seconds, and the five by which clocks may differ.
    world.clock.advance(Span::from_secs(7));
    assert_eq!(
        broken(&mut body).await,
        "its credential is no longer good: expired"
    );
}

#[tokio::test]
async fn at_a_cut_off_edge_streams_end_with_the_lease_unless_a_written_exception_says_more() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let token = bearer(&world, &claims(&world, 1));
    let mut plain = begun(&edge, "/quiet", &token).await;
    let mut busy = begun(&edge, "/events", &token).await;
    let mut asks = begun(&edge, "/asks", &token).await;
    let mut excused = begun(&edge, "/excused", &token).await;
    world.authority.state().down = true;
    world.clock.advance(Span::from_secs(9));
    for body in [&mut busy, &mut asks, &mut excused] {
        assert!(body.frame().await.unwrap().is_ok(), "the lease runs");
    }
    world.clock.advance(Span::from_secs(2));
    for body in [&mut plain, &mut busy, &mut asks] {
        assert_eq!(broken(body).await, "its credential is no longer good: stale");
    }
    for _ in 0..20 {
        assert!(excused.frame().await.unwrap().is_ok());
    }
    world.clock.advance(Span::from_secs(60));
    assert_eq!(
        broken(&mut excused).await,
        "its credential is no longer good: stale"
    );
}

#[tokio::test]
async fn an_exception_that_a_reload_takes_away_ends_with_it_for_open_streams_too() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let token = bearer(&world, &claims(&world, 1));
    let mut excused = begun(&edge, "/excused", &token).await;
    world.authority.state().down = true;
    world.clock.advance(Span::from_secs(11));
    assert!(excused.frame().await.unwrap().is_ok(), "beyond the lease");
    let issuer = edge.judge.follow.checker.routes().issuer().clone();
    let without = verifier::Routes::from_raw(Vec::new(), issuer).unwrap();
    edge.install_routes(&Arc::new(without)).unwrap();
    assert_eq!(
        broken(&mut excused).await,
        "its credential is no longer good: stale"
    );
}

#[tokio::test]
async fn the_authoritys_own_word_carries_an_answer_for_as_long_as_it_says() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    world.authority.state().feed_cut = true;
    world.clock.advance(Span::from_secs(1));
    let seq = world.authority.revoke(Target::Client("nobody".parse().unwrap()));
    world.clock.advance(Span::from_secs(20));
    assert!(edge.state().frontier < seq && !edge.ready());
    let mut body = begun(
        &edge,
        "/asks",
        &bearer(
            &world,
            &AccessClaims {
                rs: edge.state().frontier,
                ..claims(&world, 1)
            },
        ),
    )
    .await;
    world.clock.advance(Span::from_ms(2999));
    assert!(body.frame().await.unwrap().is_ok());
    world.clock.advance(Span::from_ms(1));
    assert_eq!(broken(&mut body).await, "its credential is no longer good: stale");
}

#[tokio::test]
async fn streams_are_bounded_in_number_and_life_and_end_with_the_edge() {
    let world = World::new();
    let raw = RawEdge {
        max_open_streams: Some(16),
        max_stream_life: Some("1m".into()),
        ..RawEdge::default()
    };
    let edge = proxied(&world, &raw).await;
    let token = bearer(&world, &claims(&world, 1));
    let mut bodies = Vec::new();
    for _ in 0..16 {
        bodies.push(begun(&edge, "/quiet", &token).await);
    }
    assert_eq!(told(&open(&edge, "/quiet", &token).await), (503, "unavailable"));
    drop(bodies.pop());
    bodies.push(begun(&edge, "/quiet", &token).await);
    drop(bodies);
    until(|| open_streams(&edge) == 0).await;
    // Nobody's credential, so that nothing but its age ends it.
    let mut aged = begun(&edge, "/open/quiet", "Basic dTpw").await;
    world.clock.advance(Span::from_ms(59_999));
    edge.judge.follow.streams.sweep();
    let early = tokio::time::timeout(Duration::ZERO, aged.frame()).await;
    assert!(early.is_err(), "it is quiet, and its time is not over");
    world.clock.advance(Span::from_ms(1));
    assert_eq!(
        broken(&mut aged).await,
        "it was open for as long as a stream may be"
    );
    drop(aged);
    until(|| edge.ready()).await;
    let mut body = begun(&edge, "/quiet", &token).await;
    edge.shutdown().await;
    assert_eq!(broken(&mut body).await, "the edge stops");
}

#[tokio::test]
async fn only_the_hosts_own_pages_open_a_websocket_on_a_session() {
    let world = World::new();
    let edge = proxied(&world, &RawEdge::default()).await;
    let address = front(&edge).await;
    let (_, cookie, _) = world.sign_in(&app());
    let cookie = format!("cookie: __Host-symbolon={cookie}");
    for origin in [
        "",
        "origin: null\r\n",
        "origin: https://evil.example\r\n",
        "origin: http://app.example\r\n",
        "origin: https://app.example\r\norigin: https://app.example\r\n",
    ] {
        let (head, _) = websocket(address, &cookie, origin).await;
        assert!(
            head.starts_with("HTTP/1.1 403") && head.contains("csrf"),
            "{origin}: {head}"
        );
    }
    let token = format!("authorization: {}", bearer(&world, &claims(&world, 1)));
    let (head, _) = websocket(address, &token, "origin: https://evil.example\r\n").await;
    assert!(
        head.starts_with("HTTP/1.1 101"),
        "no browser sends a token unasked: {head}"
    );
    assert_eq!(open_streams(&edge), 1);
}
