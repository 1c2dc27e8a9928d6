//! The sample application behind the gateway: it keeps every request that reaches it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What reached the application.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: Vec<(String, String)>,
    /// Length of the body.
    pub body: usize,
}

/// Listens on loopback until the test ends.
pub struct App {
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    go_on: Sender<()>,
}

impl App {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let (go_on, waits) = channel();
        let waits = Arc::new(Mutex::new(waits));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, waits) = (Arc::clone(&kept), Arc::clone(&waits));
                std::thread::spawn(move || answer(stream, &kept, &waits));
            }
        });
        Self { port, seen, go_on }
    }

    /// Lets the stream at `/stream` send the rest of its answer.
    pub fn go_on(&self) {
        self.go_on.send(()).unwrap();
    }

    /// Takes all that was seen since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
    pub fn text(&self) -> String {
        self.headers.iter().map(|(n, v)| format!("{n}: {v}\n")).collect()
    }
}

fn answer(stream: TcpStream, kept: &Mutex<Vec<Seen>>, waits: &Mutex<Receiver<()>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = header.trim_end().split_once(':') {
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        let mut seen = Seen {
            line: line.trim().to_owned(),
            headers,
            body: 0,
        };
        seen.body = body_length(&mut reader, &seen);
        let user = seen.header("symbolon-subject").unwrap_or("nobody").to_owned();
        let (path, upgrades) = (seen.line.clone(), seen.header("upgrade").is_some());
        kept.lock().unwrap().push(seen);
        if path.starts_with("GET /stream ") {
            return flow(stream, waits);
        }
        if upgrades {
            return echo(reader, stream);
        }
        let text = format!("hello {user}\n");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        if (&stream).write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads the body, chunked or not.
fn body_length(reader: &mut impl BufRead, seen: &Seen) -> usize {
    let mut read = |length: usize| {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).map_or(0, |()| length)
    };
    if !seen
        .header("transfer-encoding")
        .is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
    {
        let length = seen.header("content-length").and_then(|l| l.parse().ok());
        return read(length.unwrap_or(0));
    }
    let mut whole = 0;
    loop {
        let mut size = String::new();
        let _ = reader.read_line(&mut size);
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let mut chunk = vec![0; size + 2];
        if reader.read_exact(&mut chunk).is_err() || size == 0 {
            return whole;
        }
        whole += size;
    }
}

/// An answer whose second half waits for the test.
fn flow(mut stream: TcpStream, waits: &Mutex<Receiver<()>>) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let _ = stream.write_all(format!("{head}d\r\ndata: first\n\n\r\n").as_bytes());
    let _ = waits.lock().unwrap().recv();
    let _ = stream.write_all(b"e\r\ndata: second\n\n\r\n0\r\n\r\n");
}

/// Another protocol, which says what it hears.
fn echo(mut reader: impl Read, mut stream: TcpStream) {
    // The answer to the key of RFC 6455 section 1.3, which the tests send.
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let _ = stream.write_all(head.as_bytes());
    let mut heard = [0; 1024];
    while let Ok(length @ 1..) = reader.read(&mut heard) {
        if stream.write_all(&heard[..length]).is_err() {
            return;
        }
    }
}
