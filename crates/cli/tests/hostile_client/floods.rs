//! HTTP/1.1: more than anybody asked for, and breaking off at every stage.

use std::io::{Read, Write};
use std::net::Shutdown;

use super::connect;

/// An attack by one connection; repeated by the one who runs it.
pub(crate) type Attack = fn(u16);

/// Name and attack.
pub(crate) const ALL: [(&str, Attack); 9] = [
    ("endless headers", |port| {
        endless(
            port,
            b"GET / HTTP/1.1\r\nhost: localhost\r\n",
            b"x-a: bbbbbbbbbbbbbbbbbbbbbbbb\r\n",
        )
    }),
    ("one endless header", |port| {
        endless(port, b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ", &[b'b'; 8192])
    }),
    ("endless request line", |port| {
        endless(port, b"GET /", &[b'a'; 8192])
    }),
    ("endless body", |port| {
        endless(port, b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n", &chunk());
    }),
    ("endless chunk extension", |port| {
        endless(port, b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5;", &[b'e'; 8192]);
    }),
    ("endless trailers", |port| {
        endless(port, b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"x-trailer: aaaaaaaaaaaaaaaaaaaa\r\n");
    }),
    ("pipelining, nothing read", |port| {
        endless(
            port,
            b"",
            &b"GET /login HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100),
        );
    }),
    ("pipelined bodies, nothing read", |port| {
        let one = b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        endless(port, b"", &one.repeat(50));
    }),
    ("resets and half-closes", broken_off),
];

fn chunk() -> Vec<u8> {
    let mut chunk = b"2000\r\n".to_vec();
    chunk.extend([b'a'; 0x2000]);
    chunk.extend(b"\r\n");
    chunk
}

/// Says one thing over and over until nobody listens: 32 MiB, or a write that finds no room.
fn endless(port: u16, head: &[u8], piece: &[u8]) {
    let Some(mut stream) = connect(port) else { return };
    if stream.write_all(head).is_err() {
        return;
    }
    let mut sent = 0;
    while sent < 32 << 20 && stream.write_all(piece).is_ok() {
        sent += piece.len();
    }
}

/// A request cut at every one of some places: by a reset, by a half-close, by an end.
fn broken_off(port: u16) {
    let whole = b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n{\"username\":\"a\",\"password\":";
    for at in (0..=whole.len()).step_by(9) {
        let Some(mut stream) = connect(port) else { return };
        let _ = stream.write_all(&whole[..at]);
        match at % 3 {
            // Unread bytes at the close make the kernel send a reset.
            0 => {
                let _ = stream.write_all(b"\r\n\r\n");
                let _ = stream.set_nonblocking(true);
                let _ = stream.read(&mut [0u8; 1]);
            }
            1 => drop(stream.shutdown(Shutdown::Write)),
            _ => drop(stream.shutdown(Shutdown::Read)),
        }
    }
}
