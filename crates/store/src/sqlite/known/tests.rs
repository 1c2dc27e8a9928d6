use std::sync::Arc;

use domain::id::Id;
use domain::revocation::Target;
use domain::{Clock, Seq, Timestamp};
use rusqlite::Connection;

use super::*;
use crate::error::StoreError;
use crate::intent::{Actor, Committed, Revoke, RevokeOutcome};
use crate::intents;
use crate::sqlite::codec::Values;
use crate::sqlite::counters::Counters;
use crate::sqlite::engine::Writer;
use crate::sqlite::open::connect;
use crate::sqlite::reserve::Reserve;
use crate::sqlite::rows::SqliteRows;
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::Scratch;
use crate::sqlite::verify::verify_chains;

fn session(n: u8) -> Target {
    Target::Session(Id::from_bytes([n; 16]))
}

fn revoke(rows: &mut SqliteRows<'_>, now: Timestamp, n: u8) -> Result<Seq> {
    let intent = Revoke {
        targets: vec![session(n)],
        reason: "test".to_owned(),
        actor: Actor::system(),
        receipt: None,
    };
    match intents::revoke(rows, now, &intent)? {
        RevokeOutcome::Committed(Committed { seq, .. }) => Ok(seq),
        other => panic!("{other:?}"),
    }
}

fn writer(scratch: &Scratch) -> Writer {
    let clock: Arc<dyn Clock> = scratch.clock.clone();
    Writer::start(
        (
            scratch.writer(&SCHEMA).unwrap(),
            connect(&scratch.place().data).unwrap(),
        ),
        clock,
        (
            Arc::new(Counters::default()),
            Arc::new(Reserve::new(&scratch.place(), 0)),
            Arc::default(),
        ),
    )
    .unwrap()
}

fn reader(scratch: &Scratch) -> Connection {
    crate::sqlite::open::open_reader(&scratch.place().data).unwrap()
}

#[tokio::test]
async fn the_chains_go_on_after_a_job_that_was_undone() {
    let scratch = Scratch::new();
    let writer = writer(&scratch);
    let first = writer.write(1, |rows, now| revoke(rows, now, 1)).await.unwrap();
    let undone = writer.write(1, |rows, now| {
        revoke(rows, now, 2)?;
        Err::<(), _>(StoreError::Limit("after the entry"))
    });
    assert!(undone.await.is_err());
    let next = writer.write(1, |rows, now| revoke(rows, now, 3)).await.unwrap();
    assert_eq!(Some(next), first.next(), "its position is used again");
    assert_eq!(verify_chains(&reader(&scratch)), Ok(()));
}

#[tokio::test]
async fn the_chains_go_on_after_a_commit_that_failed() {
    let scratch = Scratch::new();
    let writer = writer(&scratch);
    let first = writer.write(1, |rows, now| revoke(rows, now, 1)).await.unwrap();
    // A foreign key that is only checked at the commit.
    let lost = writer.write(1, |rows, now| {
        rows.connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        let sql = "INSERT INTO faces (session, host, digest, generation) VALUES (x'00', '', x'00', 1)";
        Values::default().run(rows.connection, sql)?;
        revoke(rows, now, 2)
    });
    assert!(lost.await.is_err());
    let next = writer.write(1, |rows, now| revoke(rows, now, 3)).await.unwrap();
    assert_eq!(Some(next), first.next(), "its position is used again");
    assert_eq!(verify_chains(&reader(&scratch)), Ok(()));
}

#[test]
fn no_mark_is_missed_whether_it_was_there_or_came_later() {
    let scratch = Scratch::new();
    let connection = scratch.writer(&SCHEMA).unwrap();
    let now = scratch.clock.now();
    let mut known = Known::default();
    assert_eq!(known.may_be_marked(&connection, &session(1)), Ok(false));
    revoke(&mut SqliteRows::of_writer(&connection, &mut known), now, 1).unwrap();
    assert_eq!(known.may_be_marked(&connection, &session(1)), Ok(true));
    assert_eq!(known.may_be_marked(&connection, &session(2)), Ok(false));
    let mut later = Known::default();
    assert_eq!(later.may_be_marked(&connection, &session(1)), Ok(true));
    assert_eq!(later.may_be_marked(&connection, &session(2)), Ok(false));
}

#[test]
fn the_writer_and_a_reader_see_the_same_ends_and_marks() {
    let scratch = Scratch::new();
    let connection = scratch.writer(&SCHEMA).unwrap();
    let now = scratch.clock.now();
    let mut known = Known::default();
    for n in 0..3 {
        let seq = revoke(&mut SqliteRows::of_writer(&connection, &mut known), now, n).unwrap();
        assert_eq!(known.head(&connection), log::head(&connection));
        assert_eq!(known.event_head(&connection), events::head(&connection));
        let mut rows = SqliteRows::of_writer(&connection, &mut known);
        let mark = crate::rows::Rows::watermark(&mut rows, &session(n));
        assert_eq!(mark, Ok(Some(seq.as_u64())));
    }
}

#[test]
fn what_a_transaction_appended_is_known_up_to_a_bound_and_until_something_is_undone() {
    let entry = LogEntry {
        seq: Seq::default(),
        target: Target::All,
        at: Timestamp::from_ms(1),
        digest: Digest::of(b"entry"),
    };
    let mut known = Known::default();
    let mut appended = |count, undone| {
        known.begin();
        for _ in 0..count {
            known.appended(&entry);
        }
        if undone {
            known.forget_ends();
            known.appended(&entry);
        }
        known.take_fresh().map(|fresh| fresh.len())
    };
    assert_eq!(appended(0, false), Some(0));
    assert_eq!(appended(MOST_HANDED, false), Some(MOST_HANDED));
    assert_eq!(appended(MOST_HANDED + 1, false), None);
    assert_eq!(appended(MOST_HANDED + 2, false), None);
    assert_eq!(appended(1, true), None);
    assert_eq!(appended(1, false), Some(1), "a transaction begins anew");
}
