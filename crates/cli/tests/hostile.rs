//! A hostile client against the real binary: bounded memory, no wrong accept, honest clients still served, everything
//! given back. Small by itself; `SYMBOLON_HOSTILE=full` holds 10,000 connections and floods for longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the attacks come at real moments; no verdict depends on time"
)]

mod hostile_client;
mod stage;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hostile_client::watch::{Honest, Process, honest};
use hostile_client::{connect, exchange, floods, http2, idle, raise_descriptors, shapes};
use stage::server::{Plan, Server};
use stage::{free_port, wait_for};

/// How much of everything.
struct Scale {
    held: usize,
    connections: usize,
    rounds: usize,
    at_once: usize,
}

/// What the server may need at the worst moment, in MiB: 1,024 connections of each of three listeners, with 16 KiB of
/// headers and some buffers each, above what it needs at rest.
const MOST_MIB: u64 = 512;

fn scale() -> Scale {
    let full = std::env::var("SYMBOLON_HOSTILE").is_ok_and(|word| word == "full");
    if full {
        return Scale {
            held: 10_000,
            connections: 1024,
            rounds: 4,
            at_once: 32,
        };
    }
    Scale {
        held: 300,
        connections: 64,
        rounds: 1,
        at_once: 4,
    }
}

struct Ground {
    server: Server,
    process: Process,
    report: Vec<String>,
    /// Every request line that reached the upstream behind the edge.
    upstream: Arc<Mutex<Vec<String>>>,
}

fn ground(scale: &Scale) -> Ground {
    let port = free_port();
    let upstream = recording(port);
    let extra = format!(
        "[limits]\nconnections = {}\nheader_timeout = \"2m\"\nkeep_alive = \"10m\"\nstall_timeout = \"10m\"\n\
         [[route]]\nname = \"open\"\nmatch = {{ path = \"/open/*\" }}\npublic = true\nupstream = \"http://127.0.0.1:{port}\"\n\
         [[route]]\nname = \"closed\"\nupstream = \"http://127.0.0.1:{port}\"",
        scale.connections
    );
    let server = Plan::new("hostile", "http://localhost:{public}", &extra).start();
    let process = Process(server.pid());
    Ground {
        server,
        process,
        report: Vec::new(),
        upstream,
    }
}

/// An upstream that answers everything and writes down what it was asked.
fn recording(port: u16) -> Arc<Mutex<Vec<String>>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&seen);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let written = Arc::clone(&written);
            std::thread::spawn(move || {
                let mut piece = [0u8; 65_536];
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    let text = String::from_utf8_lossy(&piece[..count]).into_owned();
                    written.lock().unwrap().push(text);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                }
            });
        }
    });
    seen
}

impl Ground {
    /// Honest clients ask every listener while an attack runs; then everything has to be as before.
    fn under(&mut self, name: &str, attack: impl FnOnce(&Server)) {
        let targets = [
            (self.server.public, "GET /healthz HTTP/1.1", 200),
            (self.server.admin, "GET /admin/v1/status HTTP/1.1", 401),
            (self.server.edge, "GET /open/x HTTP/1.1", 200),
            (self.server.edge, "GET /closed HTTP/1.1", 401),
        ];
        let before = self.process.descriptors();
        self.process.forget_peak();
        let stop = AtomicBool::new(false);
        let seen: Honest = std::thread::scope(|scope| {
            let honest = scope.spawn(|| honest(&targets, &stop));
            attack(&self.server);
            stop.store(true, Ordering::Relaxed);
            honest.join().unwrap()
        });
        let peak = self.process.peak_mib();
        wait_for("the connections to be given back", || {
            self.process.descriptors() <= before + 16
        });
        self.report.push(format!(
            "{name:<42} honest {:>5} ok {:>2} wrong, median {:>7.1} ms, p99 {:>8.1} ms | peak {peak:>4} MiB, fds {before} -> {}",
            seen.answered, seen.wrong.len(), seen.quantile_ms(0.5), seen.quantile_ms(0.99), self.process.descriptors(),
        ));
        println!("{}", self.report.last().unwrap());
        assert!(
            seen.wrong.is_empty(),
            "{name}: an honest client was not served: {:?}",
            seen.wrong
        );
        assert!(peak <= MOST_MIB, "{name}: {peak} MiB");
    }

    fn ports(&self) -> [u16; 3] {
        [self.server.public, self.server.admin, self.server.edge]
    }
}

#[test]
fn a_hostile_client_gets_nothing_and_costs_nobody() {
    let scale = scale();
    let files = raise_descriptors();
    assert!(
        files > scale.held as u64 + 500,
        "only {files} open files are allowed here"
    );
    let mut ground = ground(&scale);
    println!(
        "at rest: {} MiB, {} fds",
        ground.process.resident_mib(),
        ground.process.descriptors()
    );
    for (name, beginning) in idle::BEGINNINGS {
        ground.under(&format!("{} held: {name}", scale.held), |server| {
            let mut held = idle::hold(server.public, scale.held, beginning);
            if beginning.contains("login") {
                idle::dribble(&mut held);
            }
        });
    }
    let three = ground.ports();
    ground.under("held on all listeners at once", |_| {
        let held: Vec<_> = three
            .iter()
            .map(|port| idle::hold(*port, scale.held / 3, "GET / HTTP/1.1\r\nhost: "))
            .collect();
        drop(held);
    });
    for (name, attack) in floods::ALL.into_iter().chain(http2::ALL) {
        ground.under(name, |server| {
            for _ in 0..scale.rounds {
                std::thread::scope(|scope| {
                    for _ in 0..scale.at_once {
                        scope.spawn(|| attack(server.public));
                    }
                });
            }
        });
    }
    nothing_is_smuggled(&ground);
    println!(
        "at the end: {} MiB, {} fds",
        ground.process.resident_mib(),
        ground.process.descriptors()
    );
    assert!(ground.server.stop(), "it still stops in order");
}

/// A shape that two readers could take for two things is refused, or is one request and the last of its connection.
fn nothing_is_smuggled(ground: &Ground) {
    let patience = Duration::from_millis(300);
    let mut tried = 0;
    for (port, path) in [
        (ground.server.public, "/api/session"),
        (ground.server.admin, "/admin/v1/users"),
        (ground.server.edge, "/closed"),
        (ground.server.edge, "/open/x"),
    ] {
        for shape in shapes::all(path) {
            let said = exchange(port, &shape.bytes, patience);
            let statuses = shapes::statuses(&said);
            tried += 1;
            let public = path == "/open/x";
            assert!(
                public && shape.may_pass || !statuses.contains(&200),
                "{} at {path}: {said}",
                shape.name
            );
            assert!(
                statuses.len() <= 1,
                "{} at {path} was two requests: {said}",
                shape.name
            );
            if !shape.may_pass {
                assert!(
                    statuses.iter().all(|status| (400..600).contains(status)),
                    "{} at {path}: {said}",
                    shape.name
                );
            }
        }
        // The prober itself is honest: two plain requests in one write are two answers.
        let twice = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2);
        if port == ground.server.public {
            assert_eq!(shapes::statuses(&exchange(port, &twice, patience)), [200, 200]);
        }
    }
    let seen = ground.upstream.lock().unwrap();
    assert!(!seen.is_empty() && connect(ground.server.edge).is_some());
    let smuggled = seen
        .iter()
        .filter(|text| text.starts_with("GET /smuggled") || text.contains("/closed"))
        .count();
    println!(
        "{tried} ambiguous shapes: none accepted where closed, none was two requests; upstream saw {} requests, {smuggled} smuggled",
        seen.len()
    );
    assert_eq!(smuggled, 0, "{seen:?}");
}
