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

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use domain::cookie::Purpose;
use domain::revocation::Target;
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Digest, Entropy, Seq, Span};
use rusqlite::Connection;
use store::contract::Bench;
use store::intent::{EndSession, Ending, RenewSecret, Renewal, Rotation};
use store::sqlite::SqliteStore;
use support::{BOUND, Scratch, number, raw};

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
fn acknowledge(what: &str, parts: &[&dyn Display]) {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    let line = format!("ack {what} {}\n", parts.join(" "));
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// One of the writers: every kind of intent, again and again, until killed.
async fn write_without_end(bench: Bench, name: String) {
    for turn in 0u64.. {
        let user = bench.user(&format!("{name}-{turn}")).await;
        acknowledge("user", &[&user.id]);
        let session = bench.signed_in(&user).await;
        acknowledge("session", &[&session.id]);
        let mut held = bench.granted(&session, BOUND).await;
        acknowledge("grant", &[&held.grant.id]);
        for _ in 0..3 {
            let (rotation, successor) = bench.refresh(&held.token).await;
            assert!(matches!(rotation, Rotation::Rotated(_)), "{rotation:?}");
            held.token = successor;
            let (generation, digest) = (held.token.generation(), held.token.digest());
            acknowledge("rotated", &[&held.family, &generation, &digest]);
        }
        let renewal = RenewSecret {
            session: session.id,
            generation: 1,
            secret: bench.digest(),
            authenticated: None,
            credential_version: None,
            idle: None,
            cause: "step_up",
        };
        let renewed = bench.store.renew_secret(renewal).await.unwrap();
        let Renewal::Renewed { generation, seq } = renewed else {
            panic!("{renewed:?}")
        };
        acknowledge("renewed", &[&session.id, &generation, &seq]);
        let revoked = bench.revoke(Target::Grant(held.grant.id)).await;
        acknowledge(
            "revoked",
            &[&Target::Grant(held.grant.id).watermark_key(), &revoked.seq],
        );
        let ending = EndSession {
            session: session.id,
            offline_too: false,
            cause: "logout",
            actor: store::intent::Actor::new("test"),
        };
        let ended = bench.store.end_session(ending).await.unwrap();
        let Ending::Ended(seq) = ended else {
            panic!("{ended:?}")
        };
        acknowledge("revoked", &[&Target::Session(session.id).watermark_key(), &seq]);
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

/// Everything that was acknowledged, looked up through the port.
async fn assert_kept(bench: &Bench, rows: &Connection, acks: &[String]) {
    let head = bench.head().await;
    for ack in acks {
        let words: Vec<&str> = ack.split(' ').collect();
        let store = &bench.store;
        let kept = match words[..] {
            ["user", id] => store.user(id.parse().unwrap()).await.unwrap().is_some(),
            ["session", id] => {
                let found = store
                    .session(id.parse().unwrap(), &Purpose::Authority)
                    .await
                    .unwrap();
                found.is_some_and(|(_, face)| face.is_some())
            }
            ["grant", id] => store.grant(id.parse().unwrap()).await.unwrap().is_some(),
            ["rotated", id, generation, digest] => family_reached(rows, id, generation, digest),
            ["renewed", id, generation, seq] => {
                let found = store
                    .session(id.parse().unwrap(), &Purpose::Authority)
                    .await
                    .unwrap();
                let generation: u32 = generation.parse().unwrap();
                found.is_some_and(|(session, _)| session.generation >= generation) && in_log(head, seq)
            }
            ["revoked", key, seq] => {
                let sql = format!("SELECT count(*) FROM watermarks WHERE key = '{key}' AND mark >= {seq}");
                number(rows, &sql) == 1 && in_log(head, seq)
            }
            _ => panic!("{ack}"),
        };
        assert!(kept, "lost: {ack}");
    }
}

fn in_log(head: Seq, seq: &str) -> bool {
    seq.parse().is_ok_and(|seq: u64| seq <= head.as_u64())
}

/// The family stands at that generation with that very token, or is further on.
fn family_reached(rows: &Connection, id: &str, generation: &str, digest: &str) -> bool {
    let id: domain::Id<domain::id::Family> = id.parse().unwrap();
    let (found, current): (i64, Vec<u8>) = rows
        .query_row(
            "SELECT generation, current FROM families WHERE id = ?1",
            [id.as_bytes().as_slice()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let generation: i64 = generation.parse().unwrap();
    let current = Digest::from_bytes(current.try_into().unwrap()).to_string();
    found > generation || (found == generation && current == digest)
}

/// Every intent writes rows, log and events together: each count has its counterpart.
fn assert_nothing_half_written(rows: &Connection) {
    let none = [
        "SELECT count(*) FROM sessions s WHERE NOT EXISTS
            (SELECT 1 FROM faces f WHERE f.session = s.id AND f.host = '' AND f.generation = s.generation)",
        "SELECT count(*) FROM faces WHERE session NOT IN (SELECT id FROM sessions)",
        "SELECT count(*) FROM grants WHERE id NOT IN (SELECT \"grant\" FROM families)",
        "SELECT count(*) FROM grants WHERE id NOT IN (SELECT redeemed FROM codes WHERE redeemed IS NOT NULL)",
        "SELECT count(*) FROM families WHERE generation > 1 AND previous IS NULL",
        "SELECT count(*) FROM pragma_foreign_key_check",
    ];
    for sql in none {
        assert_eq!(number(rows, sql), 0, "{sql}");
    }
    let pairs = [
        ("SELECT count(*) FROM users", "user.added"),
        ("SELECT count(*) FROM sessions", "session.created"),
        ("SELECT count(*) FROM grants", "grant.created"),
        (
            "SELECT coalesce(sum(generation - 1), 0) FROM families",
            "token.refreshed",
        ),
        (
            "SELECT coalesce(sum(generation - 1), 0) FROM sessions",
            "session.secret_renewed",
        ),
        (
            "SELECT count(*) FROM log WHERE class = 'session_secret'",
            "session.secret_renewed",
        ),
        (
            "SELECT count(*) FROM log WHERE class = 'session'",
            "session.ended",
        ),
        (
            "SELECT count(*) FROM log WHERE class <> 'session_secret'",
            "revocation.committed",
        ),
        (
            "SELECT count(*) FROM watermarks WHERE class = 'session'",
            "session.ended",
        ),
    ];
    for (sql, kind) in pairs {
        let events = number(
            rows,
            &format!("SELECT count(*) FROM events WHERE kind = '{kind}'"),
        );
        assert_eq!(number(rows, sql), events, "{sql} and events {kind}");
    }
    let said: String = rows
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok");
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
        assert_kept(&bench, &rows, &acks).await;
        assert_nothing_half_written(&rows);
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
