//! The client against real sockets.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

/// Answers one connection with these bytes; gives back what it was sent.
fn peer(answer: Vec<u8>) -> (Url, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let handle = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0u8; 4096];
        let count = stream.read(&mut seen).unwrap();
        let _ = stream.write_all(&answer);
        String::from_utf8_lossy(&seen[..count]).into_owned()
    });
    (url, handle)
}

async fn asked(answer: &str) -> Result<Answer, Failure> {
    let (url, _peer) = peer(answer.as_bytes().to_vec());
    HttpClient::new(&url, None)?.send(&Ask::read("/x")).await
}

#[tokio::test]
async fn it_sends_the_token_and_reads_the_answer() {
    let (url, peer) = peer(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec());
    let ask = Ask {
        bearer: Some("sy_at_1"),
        ..Ask::read("/admin/v1/users?limit=1")
    };
    let answer = HttpClient::new(&url, None).unwrap().send(&ask).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..]),
        (StatusCode::OK, b"{}".as_slice())
    );
    let seen = peer.join().unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get /admin/v1/users?limit=1 http/1.1\r\n"));
    assert!(seen.contains("authorization: bearer sy_at_1\r\n") && seen.contains("host: 127.0.0.1:"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let answer =
        asked("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(answer.unwrap().status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_cut_answer_is_a_fault() {
    let failure = asked("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}")
        .await
        .unwrap_err();
    assert_eq!(failure.exit_code(), 2);
    assert!(asked("nonsense\r\n\r\n").await.is_err());
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    // A listener that accepts in its backlog and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let ask = Ask {
        timeout: Duration::from_millis(50),
        ..Ask::read("/")
    };
    let failure = HttpClient::new(&url, None).unwrap().send(&ask).await.unwrap_err();
    assert!(failure.message.contains("no answer within"));
}

#[tokio::test]
async fn nobody_there_is_a_fault() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}")).unwrap();
    let failure = HttpClient::new(&url, None)
        .unwrap()
        .send(&Ask::read("/"))
        .await
        .unwrap_err();
    assert!(failure.message.contains("cannot be reached"));
}
