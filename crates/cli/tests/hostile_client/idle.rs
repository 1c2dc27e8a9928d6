//! Connections that take a place and keep their peer waiting.

use std::io::Write;
use std::net::TcpStream;

use super::connect;

/// What a held connection has said before it fell silent.
pub(crate) const BEGINNINGS: [(&str, &str); 5] = [
    ("nothing said", ""),
    ("half a request line", "GET /heal"),
    (
        "headers that never end",
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-a: ",
    ),
    (
        "a body that never comes",
        "POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"username\":\"a",
    ),
    (
        "answered, then idle",
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ),
];

/// So many connections that say `beginning` and are kept open, from eight threads.
pub(crate) fn hold(port: u16, count: usize, beginning: &str) -> Vec<TcpStream> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                scope.spawn(move || {
                    let share = count / 8 + usize::from(worker < count % 8);
                    let mut held = Vec::with_capacity(share);
                    for _ in 0..share {
                        if let Some(mut stream) = connect(port) {
                            let _ = stream.write_all(beginning.as_bytes());
                            held.push(stream);
                        }
                    }
                    held
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    })
}

/// One more byte on each: a dribble that keeps every timeout of silence away.
pub(crate) fn dribble(held: &mut [TcpStream]) {
    for stream in held {
        let _ = stream.set_nonblocking(true);
        let _ = stream.write(b"a");
    }
}
