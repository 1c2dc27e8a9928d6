use std::io::Write;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::testing::{RawServer, Server, bounded_client, client, reply};

/// A server that says `words` and then holds the connection.
async fn saying(words: Vec<u8>) -> Server {
    RawServer::start(move |_, mut stream: TcpStream| {
        let words = words.clone();
        async move {
            let _ = stream.write_all(&words).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn asked(server: &Server) -> Result<Answer, Stop> {
    client(&[server.url()])
        .send(&Request::get(server.url().clone()))
        .await
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let server = Server::start(Arc::new(|ask| {
        reply(
            200,
            &[("x-seen", "1")],
            format!("{:?} {}", ask.version(), ask.uri().path()),
        )
    }))
    .await;
    let url = server.url().join("a?b=c").unwrap();
    let client = client(&[server.url()]);
    let one = client.send(&Request::get(url.clone())).await.unwrap();
    let two = client
        .send(&Request::get(url).over(Protocol::Http2))
        .await
        .unwrap();
    assert_eq!(
        (one.text().as_str(), two.text().as_str()),
        ("HTTP/1.1 /a", "HTTP/2.0 /a")
    );
    assert_eq!((one.field("X-Seen"), client.sent()), (Some("1"), 2));
}

#[tokio::test]
async fn bodies_heads_and_nonsense_are_bounded() {
    let endless = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n{}",
        "a".repeat(3 * 1024 * 1024)
    );
    let answer = asked(&saying(endless.into_bytes()).await).await.unwrap();
    assert!(answer.is_cut && answer.body.len() == Limits::default().body_bytes);

    let many: String = (0..500).map(|at| format!("x-{at}: 1\r\n")).collect();
    let long = format!("x: {}\r\n", "a".repeat(300_000));
    for head in [many, long] {
        let server = saying(format!("HTTP/1.1 200 OK\r\n{head}content-length: 0\r\n\r\n").into_bytes()).await;
        assert!(matches!(asked(&server).await, Err(Stop::Broken(_))));
    }
    for nonsense in [
        &b"SSH-2.0-OpenSSH_9\r\n"[..],
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
        b"\x16\x03\x01\x00\x00",
    ] {
        assert!(matches!(
            asked(&saying(nonsense.to_vec()).await).await,
            Err(Stop::Broken(_))
        ));
    }
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_the_limit() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 20 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    let packed = move |body: Vec<u8>| {
        Server::start(Arc::new(move |_| {
            reply(200, &[("content-encoding", "gzip")], body.clone())
        }))
    };
    let answer = asked(&packed(bomb).await).await.unwrap();
    assert!(answer.is_cut && answer.body.len() == Limits::default().body_bytes);
    let answer = asked(&packed(b"not gzip".to_vec()).await).await.unwrap();
    assert!(answer.is_garbled && answer.body == b"not gzip");
}

#[tokio::test]
async fn a_silent_server_is_left_after_its_time() {
    let server = RawServer::start(|_, stream: TcpStream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let limits = Limits {
        request_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let client = bounded_client(&[server.url()], limits);
    assert_eq!(
        client
            .send(&Request::get(server.url().clone()))
            .await
            .unwrap_err(),
        Stop::Slow(0)
    );
    assert_eq!(
        client
            .raw(server.url(), b"GET / HTTP/1.1\r\n\r\n")
            .await
            .unwrap_err(),
        Stop::Slow(0)
    );
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_said() {
    let named = Server::start(Arc::new(|_| reply(200, &[], ""))).await;
    let other = Server::start(Arc::new(|_| panic!("it was not named"))).await;
    let client = client(&[named.url()]);
    for stop in [
        client.send(&Request::get(other.url().clone())).await.err(),
        client.raw(other.url(), b"x").await.err(),
    ] {
        assert!(matches!(stop, Some(Stop::Scope(ScopeError::NotNamed(_)))));
    }
    assert_eq!(client.sent(), 0);
}

#[tokio::test]
async fn a_dry_run_lists_everything_and_connects_to_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}/a")).unwrap();
    let scope = Scope::of([&url]).unwrap();
    let client = Client::new(Setup {
        scope,
        limits: Limits::default(),
        trust: Trust::default(),
        is_dry: true,
    })
    .unwrap();
    let request = Request::get(url.clone()).bearer("secret-of-the-run");
    assert_eq!(client.send(&request).await.unwrap().status, 200);
    client.raw(&url, b"GET /b HTTP/1.1\r\n\r\n").await.unwrap();
    let planned = client.planned();
    assert!(planned[0].as_str().starts_with(&format!("GET {url}")) && planned[1].as_str().contains("GET /b"));
    assert!(!format!("{planned:?}").contains("secret-of-the-run"));
    assert!(
        std::future::poll_fn(|context| std::task::Poll::Ready(listener.poll_accept(context).is_pending()))
            .await
    );
}

#[tokio::test]
async fn raw_bytes_go_out_as_they_are() {
    let server = RawServer::start(|head, mut stream: TcpStream| async move {
        let _ = stream
            .write_all(format!("HTTP/1.1 200 OK\r\n\r\n{head}").as_bytes())
            .await;
    })
    .await;
    let odd = b"GET / HTTP/1.1\r\nhost:x\r\nContent-Length : 0\r\n\r\n";
    let got = client(&[server.url()]).raw(server.url(), odd).await.unwrap();
    assert!(String::from_utf8(got).unwrap().contains("Content-Length : 0"));
}
