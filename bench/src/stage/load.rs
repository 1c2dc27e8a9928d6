//! A load generator for HTTP/1.1 that costs little and the same for everybody: prepared bytes, blocking sockets, no
//! pipelining. Each connection has one request under way; they are served in turn.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::harness::{Contender, Core, Cpu, Fault, Sample, on_core};
use crate::world;

/// Where a server is.
#[derive(Debug, Clone)]
pub(crate) enum Connect {
    Port(u16),
    Socket(PathBuf),
}

/// A byte stream of either kind.
pub(crate) trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

/// Requests under way on connections that stay open.
pub(crate) struct Load {
    connections: Vec<Box<dyn Stream>>,
    requests: Vec<Vec<u8>>,
    /// Which request is sent next; begins again at its end.
    order: Vec<u32>,
    next: usize,
    per_turn: u64,
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
                    stream.set_read_timeout(Some(PATIENCE))?;
                    Ok(Box::new(stream))
                }
                Self::Socket(path) => {
                    let stream = UnixStream::connect(path)?;
                    stream.set_read_timeout(Some(PATIENCE))?;
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
        let connections = (0..CONNECTIONS)
            .map(|_| to.open())
            .collect::<Result<_, Fault>>()?;
        Ok(Self {
            connections,
            requests,
            order,
            next: 0,
            per_turn,
            end: NO_BODY,
        })
    }

    /// Whose answers have a body that ends so.
    pub(crate) fn ending(self, end: &'static [u8]) -> Self {
        Self { end, ..self }
    }

    /// Sends every request once, so that the server knows them all.
    pub(crate) fn warm(&mut self) -> Result<(), Fault> {
        let all = (0..u32::try_from(self.requests.len()).unwrap_or(u32::MAX)).collect();
        let order = std::mem::replace(&mut self.order, all);
        let done = self.send(self.requests.len() as u64);
        self.order = order;
        self.next = 0;
        done
    }

    /// Sends so many of them and reads all answers.
    fn send(&mut self, count: u64) -> Result<(), Fault> {
        let (mut sent, mut done) = (0, 0);
        let mut connections = std::mem::take(&mut self.connections);
        let mut buffer = vec![0u8; MAX_HEAD];
        for stream in &mut connections {
            if sent < count {
                stream
                    .write_all(self.take()?)
                    .map_err(Fault::io("sending a request"))?;
                sent += 1;
            }
        }
        while done < count {
            for stream in &mut connections {
                if done == count {
                    break;
                }
                read_answer(stream.as_mut(), &mut buffer, self.end)?;
                done += 1;
                if sent < count {
                    stream
                        .write_all(self.take()?)
                        .map_err(Fault::io("sending a request"))?;
                    sent += 1;
                }
            }
        }
        self.connections = connections;
        Ok(())
    }

    fn take(&mut self) -> Result<&[u8], Fault> {
        let at = self
            .order
            .get(self.next % self.order.len().max(1))
            .copied()
            .unwrap_or_default();
        self.next += 1;
        let request = self.requests.get(at as usize);
        request
            .map(Vec::as_slice)
            .ok_or_else(|| Fault::new("there is no request to send"))
    }
}

/// One answer: 200, to its end. Answers are small and come in one piece, nearly always.
fn read_answer(stream: &mut dyn Stream, buffer: &mut [u8], end: &[u8]) -> Result<(), Fault> {
    let mut filled = 0;
    loop {
        let rest = buffer.get_mut(filled..).unwrap_or_default();
        let read = stream.read(rest).map_err(Fault::io("reading an answer"))?;
        filled += read;
        let answer = buffer.get(..filled).unwrap_or_default();
        match answer {
            _ if read == 0 => return Err(Fault::new("the server closed a connection")),
            whole if whole.ends_with(end) => {
                let good = whole.starts_with(b"HTTP/1.1 200 ");
                let head = || String::from_utf8_lossy(whole).into_owned();
                return if good {
                    Ok(())
                } else {
                    Err(Fault::new(format!("not 200: {}", head())))
                };
            }
            _ => {}
        }
    }
}

/// What sends load and what it loads.
pub(crate) trait Driving {
    /// Does one turn's work; says how much it was.
    fn drive(&mut self) -> Result<u64, Fault>;
}

impl Driving for Load {
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
                value: 0.0,
            })
        })
    }
}
