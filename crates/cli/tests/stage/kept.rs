//! Somebody who asks an edge again and again on one connection, and knows when: by `CLOCK_BOOTTIME`, as edges do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::edge_node::check;

/// Where an edge is asked.
#[derive(Clone, Debug)]
pub enum Door {
    Port(u16),
    Socket(PathBuf),
}

/// A stream of either kind.
trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

/// The connection.
pub struct Kept {
    door: Door,
    stream: Option<Box<dyn Stream>>,
}

/// What was said of a token, and when.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub reason: Option<String>,
    /// How old the edge says that its knowledge is.
    pub staleness: Option<Duration>,
    /// Before the question was sent.
    pub asked_at: Duration,
    /// After the answer had come.
    pub answered_at: Duration,
}

/// Time since the machine started, its sleep counted in.
pub fn boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

impl Kept {
    pub fn to(door: Door) -> Self {
        Self { door, stream: None }
    }

    /// What the edge says of a bearer token; nothing while nobody answers there.
    pub fn judge(&mut self, token: &str) -> Option<Said> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open().ok()?,
        };
        let asked_at = boot();
        let answer = check(token)
            .send_on(&mut stream, "localhost", "keep-alive")
            .ok()?;
        let answered_at = boot();
        self.stream = Some(stream);
        let staleness = answer.header("symbolon-staleness");
        Some(Said {
            status: answer.status,
            reason: answer.header("symbolon-reason").map(str::to_owned),
            staleness: staleness.map(|ms| Duration::from_millis(ms.parse().unwrap())),
            asked_at,
            answered_at,
        })
    }

    fn open(&self) -> std::io::Result<Box<dyn Stream>> {
        let patience = Some(Duration::from_secs(90));
        Ok(match &self.door {
            Door::Port(port) => {
                let stream = TcpStream::connect(("127.0.0.1", *port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(patience)?;
                Box::new(stream)
            }
            Door::Socket(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(patience)?;
                Box::new(stream)
            }
        })
    }
}
