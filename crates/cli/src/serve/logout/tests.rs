//! The carrier against real sockets.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use domain::network::Network;

use super::*;

fn terms(networks: &[&str]) -> LogoutTerms {
    LogoutTerms {
        private: networks
            .iter()
            .map(|text| Network::parse(text).unwrap())
            .collect(),
    }
}

/// A client that gives this answer to one request; gives back what it was sent.
fn party(answer: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/logout?from=sso", listener.local_addr().unwrap());
    let handle = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut part = [0u8; 4096];
        while !seen.ends_with(b"logout_token=abc") {
            let count = stream.read(&mut part).unwrap();
            seen.extend_from_slice(&part[..count]);
        }
        let _ = stream.write_all(answer.as_bytes());
        String::from_utf8(seen).unwrap()
    });
    (uri, handle)
}

async fn told(answer: &'static str) -> (Result<(), Unheard>, String) {
    let (uri, party) = party(answer);
    let carrier = Carrier::new(terms(&["127.0.0.1"]));
    let heard = carrier.carry(&uri, "logout_token=abc".to_owned()).await;
    (heard, party.join().unwrap())
}

#[tokio::test]
async fn it_posts_the_token_as_a_form() {
    let (heard, seen) = told("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(heard, Ok(()));
    let seen = seen.to_ascii_lowercase();
    assert!(seen.starts_with("post /logout?from=sso http/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(seen.contains("host: 127.0.0.1:"));
    assert_eq!(told("HTTP/1.1 204 No Content\r\n\r\n").await.0, Ok(()));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_yes() {
    // Where it would lead, nobody listens: a follower would say `Unreachable`.
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(told(answer).await.0, Err(Unheard::Refused));
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(told(answer).await.0, Err(Unheard::Refused));
    assert_eq!(told("nonsense\r\n\r\n").await.0, Err(Unheard::Unreachable));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let line = format!("x-more: {}\r\n", "a".repeat(1000));
    let long: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(17)).into_boxed_str());
    assert_eq!(told(long).await.0, Err(Unheard::Unreachable));
    let short: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(9)).into_boxed_str());
    assert_eq!(told(short).await.0, Ok(()));
    // The body is not waited for.
    assert_eq!(
        told("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nabc")
            .await
            .0,
        Ok(())
    );
}

#[tokio::test]
async fn private_addresses_are_reached_only_where_they_are_listed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for (networks, uri) in [
        (&[][..], format!("http://127.0.0.1:{port}/")),
        (&[], format!("https://127.0.0.1:{port}/")),
        (&[], format!("https://localhost:{port}/")),
        (&[], format!("https://[::ffff:127.0.0.1]:{port}/")),
        (&[], format!("https://2130706433:{port}/")),
        (&["10.0.0.0/8"], format!("https://127.0.0.1:{port}/")),
        (
            &["127.0.0.0/8"],
            "http://169.254.169.254/latest/meta-data/".to_owned(),
        ),
        (&["127.0.0.0/8"], "https://[fd00:ec2::254]/".to_owned()),
    ] {
        let carrier = Carrier::new(terms(networks));
        let heard = carrier.carry(&uri, "logout_token=abc".to_owned()).await;
        assert_eq!(heard, Err(Unheard::Forbidden), "{uri}");
    }
    let nobody = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(
        nobody,
        Err(std::io::ErrorKind::WouldBlock),
        "not even a connection"
    );
}

#[test]
fn plain_http_goes_to_listed_addresses_alone() {
    let carrier = Carrier::new(terms(&["10.1.0.0/16"]));
    let public: IpAddr = "1.1.1.1".parse().unwrap();
    let listed: IpAddr = "10.1.2.3".parse().unwrap();
    let other: IpAddr = "10.2.0.1".parse().unwrap();
    assert!(carrier.may_reach(public, "https") && !carrier.may_reach(public, "http"));
    assert!(carrier.may_reach(listed, "https") && carrier.may_reach(listed, "http"));
    assert!(!carrier.may_reach(other, "https") && !carrier.may_reach(other, "http"));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_patience() {
    // A listener that accepts in its backlog and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    let carrier = Carrier::new(terms(&["127.0.0.1"]));
    assert_eq!(
        carrier.carry(&uri, "logout_token=abc".to_owned()).await,
        Err(Unheard::Late)
    );
    assert_eq!(
        carrier.carry("nowhere", String::new()).await,
        Err(Unheard::Unreachable)
    );
}
