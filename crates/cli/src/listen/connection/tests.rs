//! A connection over a pipe, so that its clock can be moved.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::listen::bodies::Bodies;
use crate::listen::{RequestBody, Responding};
use domain::Span;

struct Hello;

impl HttpService for Hello {
    fn call(&self, _peer: SocketAddr, _tls: bool, _request: Request<RequestBody>) -> Responding {
        let body = Full::new(Bytes::from_static(b"hello")).map_err(|never| match never {});
        Box::pin(async { Response::new(body.boxed_unsync()) })
    }
}

fn shared() -> (Arc<Shared>, watch::Sender<bool>) {
    let (stop, shutdown) = watch::channel(false);
    let limits = Limits {
        header_timeout: Span::from_secs(10),
        keep_alive: Span::from_secs(60),
        ..Limits::default()
    };
    let shared = Shared {
        service: Arc::new(Hello),
        certificate: None,
        hosts: AllowedHosts::new([], true),
        limits,
        shutdown,
    };
    (Arc::new(shared), stop)
}

fn connect(shared: &Arc<Shared>) -> DuplexStream {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let peer = "192.0.2.1:1".parse().unwrap();
        exchange(&shared, far, peer, &Flights::new(Bodies::new(1 << 20).share())).await;
    });
    near
}

/// Whether it answers a request.
async fn answers(stream: &mut DuplexStream) -> bool {
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    if asked.await.is_err() {
        return false;
    }
    let mut said = Vec::new();
    while !said.ends_with(b"hello") {
        if stream.read_buf(&mut said).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

#[tokio::test(start_paused = true)]
async fn a_connection_waits_for_its_next_request_as_long_as_keep_alive_says() {
    let (shared, _stop) = shared();
    let mut stream = connect(&shared);
    for wait in [0, 9, 11, 50] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        assert!(answers(&mut stream).await, "after {wait} s");
    }
    tokio::time::sleep(Duration::from_secs(63)).await;
    assert!(!answers(&mut stream).await, "after more than keep-alive");
}

#[tokio::test(start_paused = true)]
async fn a_later_header_section_by_drops_keeps_nothing_longer() {
    let (shared, _stop) = shared();
    let mut stream = connect(&shared);
    assert!(answers(&mut stream).await);
    let began = tokio::time::Instant::now();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ")
        .await
        .unwrap();
    while stream.write_all(b"a").await.is_ok() {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(began.elapsed() < Duration::from_secs(100), "it is still open");
    }
}
