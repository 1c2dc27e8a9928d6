//! A load of every kind of intent, and what must be left of it after a crash.

use domain::cookie::Purpose;
use domain::key::{Algorithm, KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use domain::{Digest, Seq};
use rusqlite::Connection;
use store::contract::Bench;
use store::intent::{Actor, EndSession, Ending, KeyChange, KeyStep, RenewSecret, Renewal, Revoke, Rotation};

use super::{BOUND, number};

/// One user's way through every kind of intent. `acknowledge` hears of each one after the store has answered.
pub(crate) async fn turn(bench: &Bench, name: &str, acknowledge: &(dyn Fn(String) + Sync)) {
    let user = bench.user(name).await;
    acknowledge(format!("user {}", user.id));
    let session = bench.signed_in(&user).await;
    acknowledge(format!("session {}", session.id));
    let mut held = bench.granted(&session, BOUND).await;
    acknowledge(format!("grant {}", held.grant.id));
    for _ in 0..3 {
        let (rotation, successor) = bench.refresh(&held.token).await;
        assert!(matches!(rotation, Rotation::Rotated(_)), "{rotation:?}");
        held.token = successor;
        let (generation, digest) = (held.token.generation(), held.token.digest());
        acknowledge(format!("rotated {} {} {}", held.family, generation, digest));
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
    acknowledge(format!("renewed {} {} {}", session.id, generation, seq));
    let revoked = bench.revoke(Target::Grant(held.grant.id)).await;
    acknowledge(format!(
        "revoked {} {}",
        Target::Grant(held.grant.id).watermark_key(),
        revoked.seq
    ));
    let ending = EndSession {
        session: session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::new("test"),
    };
    let ended = bench.store.end_session(ending).await.unwrap();
    let Ending::Ended(seq) = ended else {
        panic!("{ended:?}")
    };
    acknowledge(format!(
        "revoked {} {}",
        Target::Session(session.id).watermark_key(),
        seq
    ));
}

/// A key that takes over from the one before, as the key schedule does it.
pub(crate) async fn new_key(bench: &Bench, number: u64, acknowledge: &(dyn Fn(String) + Sync)) {
    let id = |n: u64| KeyId::new(&format!("key-{n}")).unwrap();
    let row = KeyRow {
        id: id(number),
        usage: KeyUse::Signing(Algorithm::Es256),
        state: KeyState::Announced,
        sealed: vec![7; 600],
        public: Some("{}".to_owned()),
        announced_at: bench.now(),
        since: bench.now(),
    };
    let promotion = KeyStep::Promote {
        next: id(number),
        retire: number.checked_sub(1).map(id),
        cause: "schedule",
    };
    for (step, state) in [(KeyStep::Announce(row), "announced"), (promotion, "signing")] {
        let changed = bench.store.change_key(step, Actor::system()).await;
        assert_eq!(changed, Ok(KeyChange::Done));
        acknowledge(format!("key {} {state}", id(number)));
    }
}

/// Everything that was acknowledged, looked up through the port.
pub(crate) async fn assert_kept(bench: &Bench, rows: &Connection, acks: &[String]) {
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
            ["key", id, state] => {
                let sql = format!(
                    "SELECT count(*) FROM keys WHERE id = '{id}' AND (state = '{state}' OR '{state}' = 'announced' OR state = 'retiring')"
                );
                number(rows, &sql) == 1
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
pub(crate) fn assert_nothing_half_written(rows: &Connection) {
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
            "SELECT count(*) FROM log WHERE class NOT IN ('session_secret', 'subject')",
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

/// A revocation of one target.
pub(crate) fn revocation(target: Target) -> Revoke {
    Revoke {
        targets: vec![target],
        reason: "test".to_owned(),
        actor: Actor::new("cli"),
        receipt: None,
    }
}
