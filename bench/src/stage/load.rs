//! A load generator for HTTP/1.1 that costs little and the same for everybody: prepared bytes, no pipelining, each
//! connection with one request under way. It looks for answers without ever sleeping: a server that had to wake it would
//! pay for that, and the slower one more often.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::drawn::Drawn;
use crate::harness::{Contender, Core, Cpu, Fault, Sample, on_core};
use crate::world;

/// Where a server is.
#[derive(Debug, Clone)]
pub(crate) enum Connect {
    Port(u16),
    Socket(PathBuf),
}

/// A byte stream of either kind that never blocks.
pub(crate) trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

/// One connection, and how much of its answer is there.
struct Connection {
    stream: Box<dyn Stream>,
    answer: Box<[u8]>,
    filled: usize,
    asked: bool,
}

/// Requests under way on connections that stay open for a turn: while others have theirs, a server may take them for idle.
pub(crate) struct Load {
    to: Connect,
    drawn: Drawn,
    per_turn: u64,
    connections: usize,
    /// Whether each request is sent once before a turn.
    warms: bool,
    /// How every answer ends.
    end: &'static [u8],
}

/// An answer without a body.
const NO_BODY: &[u8] = b"\r\n\r\n";
/// Connections of one generator: enough for a server never to wait.
const CONNECTIONS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest head of an answer.
const MAX_HEAD: usize = 16 * 1024;

impl Connect {
    pub(crate) fn open(&self) -> Result<Box<dyn Stream>, Fault> {
        let doing = Fault::io("a connection of the load generator");
        let opened = || -> std::io::Result<Box<dyn Stream>> {
            match self {
                Self::Port(port) => {
                    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, *port))?;
                    stream.set_nodelay(true)?;
                    stream.set_nonblocking(true)?;
                    Ok(Box::new(stream))
                }
                Self::Socket(path) => {
                    let stream = UnixStream::connect(path)?;
                    stream.set_nonblocking(true)?;
                    Ok(Box::new(stream))
                }
            }
        };
        opened().map_err(doing)
    }

    /// Whether somebody listens.
    pub(crate) fn answers(&self) -> bool {
        self.open().is_ok()
    }
}

impl Load {
    /// # Errors
    /// No connection.
    pub(crate) fn new(
        to: &Connect,
        requests: Vec<Vec<u8>>,
        order: Vec<u32>,
        per_turn: u64,
    ) -> Result<Self, Fault> {
        to.open()?;
        Ok(Self {
            to: to.clone(),
            drawn: Drawn::new(requests, order),
            per_turn,
            connections: CONNECTIONS,
            warms: false,
            end: NO_BODY,
        })
    }

    /// Whose answers have a body that ends so.
    pub(crate) fn ending(self, end: &'static [u8]) -> Self {
        Self { end, ..self }
    }

    /// Over so many connections.
    pub(crate) fn over(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// Before each turn every request is sent once, so that the server knows them all.
    pub(crate) fn warming(self) -> Self {
        Self { warms: true, ..self }
    }

    /// Sends so many of them and reads all answers.
    fn send(&mut self, count: u64) -> Result<(), Fault> {
        let (mut sent, mut done) = (0, 0);
        let mut connections = (0..self.connections)
            .map(|_| Connection::open(&self.to))
            .collect::<Result<Vec<_>, Fault>>()?;
        let mut patience = Patience::default();
        while done < count {
            let before = done;
            for connection in &mut connections {
                if connection.asked && !connection.is_answered(self.end)? {
                    continue;
                }
                done += u64::from(connection.asked);
                connection.asked = sent < count;
                if connection.asked {
                    write_all(connection.stream.as_mut(), self.drawn.take()?)?;
                    sent += 1;
                }
            }
            patience.after(done > before)?;
        }
        Ok(())
    }
}

impl Connection {
    fn open(to: &Connect) -> Result<Self, Fault> {
        Ok(Self {
            stream: to.open()?,
            answer: vec![0; MAX_HEAD].into(),
            filled: 0,
            asked: false,
        })
    }

    /// Whether the answer has come to its end: 200, and nothing else.
    fn is_answered(&mut self, end: &[u8]) -> Result<bool, Fault> {
        let rest = self.answer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(rest) {
            Ok(0) => return Err(Fault::new("the server closed a connection")),
            Ok(read) => self.filled += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(Fault::io("reading an answer")(error)),
        }
        let answer = self.answer.get(..self.filled).unwrap_or_default();
        if !answer.ends_with(end) {
            return Ok(false);
        }
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(Fault::new(format!(
                "not 200: {}",
                String::from_utf8_lossy(answer)
            )));
        }
        self.filled = 0;
        Ok(true)
    }
}

/// Writes all of it; what is written here fits into a socket's buffer, nearly always.
pub(super) fn write_all(stream: &mut dyn Stream, mut bytes: &[u8]) -> Result<(), Fault> {
    let mut patience = Patience::default();
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => patience.after(false)?,
            Err(error) => return Err(Fault::io("sending a request")(error)),
        }
    }
    Ok(())
}

/// How long nothing may happen.
#[derive(Default)]
pub(super) struct Patience(Option<Instant>);

impl Patience {
    /// Lets others on this core have their turn where nothing happened; a fault once that lasts too long.
    pub(super) fn after(&mut self, something: bool) -> Result<(), Fault> {
        if something {
            self.0 = None;
            return Ok(());
        }
        std::thread::yield_now();
        let since = self.0.get_or_insert_with(world::now);
        if since.elapsed() > PATIENCE {
            return Err(Fault::new("the server does not answer"));
        }
        Ok(())
    }
}

/// What sends load and what it loads.
pub(crate) trait Driving {
    /// Makes the server ready for a turn; not counted.
    fn prepare(&mut self) -> Result<(), Fault>;

    /// Does one turn's work; says how much it was.
    fn drive(&mut self) -> Result<u64, Fault>;
}

impl Driving for Load {
    fn prepare(&mut self) -> Result<(), Fault> {
        if !self.warms {
            return Ok(());
        }
        let next = self.drawn.one_by_one();
        self.send(self.drawn.count())?;
        self.drawn.go_on(next);
        Ok(())
    }

    fn drive(&mut self) -> Result<u64, Fault> {
        self.send(self.per_turn)?;
        Ok(self.per_turn)
    }
}

/// Servers under load, as a contender.
pub(crate) struct Loaded {
    pub(crate) name: &'static str,
    pub(crate) load: Box<dyn Driving>,
    /// Whose CPU time counts.
    pub(crate) cpu: Cpu,
    /// What has to live as long.
    pub(crate) _servers: Vec<Box<dyn std::any::Any>>,
}

impl Contender for Loaded {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        on_core(Core::Load, || {
            self.load.prepare()?;
            let (cpu, began) = (self.cpu.used().map_err(Fault::io("CPU time"))?, world::now());
            let operations = self.load.drive()?;
            let wall = began.elapsed();
            let cpu = self
                .cpu
                .used()
                .map_err(Fault::io("CPU time"))?
                .saturating_sub(cpu);
            Ok(Sample {
                operations,
                wall,
                cpu,
                ..Sample::default()
            })
        })
    }
}
