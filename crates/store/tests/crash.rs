//! `kill -9` under load: what was acknowledged is there, and nothing is half-written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code; the child is told by its environment what to do"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use domain::testing::{ManualClock, SeededEntropy};
use domain::{Entropy, Seq, Span};
use store::contract::Bench;
use store::sqlite::SqliteStore;
use support::{Scratch, load, raw};

const DIRECTORY: &str = "SYMBOLON_TEST_CRASH_DIRECTORY";
const ROUND: &str = "SYMBOLON_TEST_CRASH_ROUND";
const ROUNDS: u64 = 20;
const WRITERS: usize = 8;

/// A store as one round of the child, or the parent after it, sees it.
fn bench(directory: &Path, round: u64, reader: u64) -> (Arc<SqliteStore>, Bench) {
    let clock = Arc::new(ManualClock::default());
    clock.advance(Span::from_secs(round));
    let entropy = Arc::new(SeededEntropy::new((round << 32) + (reader << 31)));
    let store = SqliteStore::open(directory, clock.clone(), entropy.clone()).unwrap();
    let bench = Bench {
        store: store.clone(),
        clock,
        entropy,
    };
    (store, bench)
}

/// Tells the parent, after the store has answered. One write, so that no line is cut by another.
fn acknowledge(what: String) {
    let line = format!("ack {what}\n");
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// One of the writers, until killed.
async fn write_without_end(bench: Bench, name: String) {
    for turn in 0u64.. {
        load::turn(&bench, &format!("{name}-{turn}"), &acknowledge).await;
    }
}

/// The child's part. Started by the parent with a directory; without one there is nothing to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_writes_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let (_store, bench) = bench(Path::new(&directory), round, 0);
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| tokio::spawn(write_without_end(bench.clone(), format!("w{round}-{n}"))))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// Starts the child, kills it after so many acknowledgements, and returns all that it got out before it died.
fn killed_after(directory: &Path, round: u64, acknowledgements: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        // A line that the kill cut short acknowledges nothing.
        if let Some(ack) = line.strip_prefix("ack ").and_then(|l| l.strip_suffix('\n')) {
            lines.push(ack.to_owned());
        }
        line.clear();
        if lines.len() == acknowledgements {
            child.kill().unwrap();
        }
    }
    let died = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&died),
        Some(9),
        "{died:?}"
    );
    assert!(lines.len() >= acknowledgements);
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let scratch = Scratch::new();
    let draw = SeededEntropy::new(u64::from(std::process::id()));
    let mut acks = Vec::new();
    for round in 1..=ROUNDS {
        let mut bytes = [0; 2];
        draw.fill(&mut bytes);
        let least = 20 + usize::from(u16::from_be_bytes(bytes)) % 400;
        acks.extend(killed_after(&scratch.data(), round, least));

        let (store, bench) = bench(&scratch.data(), round, 1);
        let rows = raw(&scratch.database());
        load::assert_kept(&bench, &rows, &acks).await;
        load::assert_nothing_half_written(&rows);
        bench.audit().await;
        let start = Seq::start_of(domain::Epoch::FIRST);
        assert_eq!(
            bench.head().await.epoch(),
            start.epoch(),
            "a crash is no journey back in time"
        );
        drop(rows);
        store.close();
    }
    assert!(acks.len() >= 20 * 20, "{}", acks.len());
}
