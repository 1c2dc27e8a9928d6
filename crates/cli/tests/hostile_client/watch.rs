//! The server's process from outside, and the honest clients that must not notice.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Memory and descriptors of a process, from `/proc`.
pub(crate) struct Process(pub(crate) u32);

impl Process {
    fn status(&self, key: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Resident now, in MiB.
    pub(crate) fn resident_mib(&self) -> u64 {
        self.status("VmRSS:") / 1024
    }

    /// The most since [`Process::forget_peak`], in MiB.
    pub(crate) fn peak_mib(&self) -> u64 {
        self.status("VmHWM:") / 1024
    }

    pub(crate) fn forget_peak(&self) {
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.0), "5");
    }

    /// Open files.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap().count()
    }
}

/// What honest clients met.
#[derive(Default, Debug)]
pub(crate) struct Honest {
    pub(crate) answered: usize,
    pub(crate) wrong: Vec<String>,
    latencies: Vec<Duration>,
}

impl Honest {
    /// The latency that this share of the requests stayed below, in milliseconds.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted
            .get(at)
            .map_or(f64::NAN, |span| span.as_secs_f64() * 1000.0)
    }
}

/// Asks every listener in turn from an address of its own, each time on a new connection, until told to stop.
pub(crate) fn honest(targets: &[(u16, &str, u16)], stop: &AtomicBool) -> Honest {
    let mut seen = Honest::default();
    while !stop.load(Ordering::Relaxed) || seen.answered + seen.wrong.len() < targets.len() {
        for (port, request, wanted) in targets {
            let began = Instant::now();
            match ask(*port, request) {
                Ok(status) if status == *wanted => {
                    seen.answered += 1;
                    seen.latencies.push(began.elapsed());
                }
                other => seen.wrong.push(format!("{request:?} at {port}: {other:?}")),
            }
        }
    }
    seen
}

fn ask(port: u16, request: &str) -> Result<u16, String> {
    let told = |error: std::io::Error| error.to_string();
    let mut stream = connect_from([127, 0, 0, 77].into(), port).map_err(told)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .map_err(told)?;
    let whole = format!("{request}\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(whole.as_bytes()).map_err(told)?;
    let mut said = Vec::new();
    stream.read_to_end(&mut said).map_err(told)?;
    let text = String::from_utf8_lossy(&said);
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| format!("no answer: {text:?}"))
}

/// A connection from a source address of this machine.
fn connect_from(source: IpAddr, port: u16) -> std::io::Result<std::net::TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(source, 0))?;
        let connecting = socket.connect(SocketAddr::from(([127, 0, 0, 1], port)));
        let stream = tokio::time::timeout(Duration::from_secs(20), connecting).await??;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    })
}
