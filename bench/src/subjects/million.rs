//! A data directory with a million sessions: real schema and real values, put there in bulk. Watermarks come from real
//! revocations. Made once a run.

use std::path::Path;

use domain::id::{Id, Session, User};
use domain::revocation::Target;
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Clock, Entropy, Seq, Span, Subject, Timestamp};
use rusqlite::{Connection, params};
use store::intent::{Actor, Revoke, RevokeOutcome};

use super::durable::{World, engine, open, runtime};
use crate::harness::Fault;
use crate::world;

/// Sessions of one subject: most people have few.
const PER_SUBJECT: u64 = 4;
/// Rows per transaction while seeding.
const CHUNK: u64 = 50_000;
/// What a browser says of itself, of usual length.
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";

/// Bytes in the data file, after a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    /// Sessions with their index and faces.
    pub(super) session: f64,
    /// The watermarks' table.
    pub(super) watermark: f64,
    /// What else a revocation leaves: log entry and event.
    pub(super) record: f64,
}

/// Puts sessions and watermarks into a store that exists and is closed, and weighs them.
pub(super) fn fill(data: &Path, sessions: u64, watermarks: u64) -> Result<Weight, Fault> {
    let before = insert_sessions(data, sessions).map_err(|error| engine(&error))?;
    revoke(data, watermarks)?;
    let connection = Connection::open(data.join(store::sqlite::DATA_FILE)).map_err(|error| engine(&error))?;
    let of = |names: &str| -> Result<f64, Fault> {
        let sql = format!(
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE
                AND name IN (SELECT name FROM sqlite_schema WHERE tbl_name IN ({names}))"
        );
        connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(|error| engine(&error))
    };
    Ok(Weight {
        session: before / count(sessions),
        watermark: of("'watermarks'")? / count(watermarks),
        record: of("'log', 'events'")? / count(watermarks),
    })
}

/// Bytes that the file grew by.
fn insert_sessions(data: &Path, sessions: u64) -> rusqlite::Result<f64> {
    let mut connection = Connection::open(data.join(store::sqlite::DATA_FILE))?;
    connection.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA wal_autocheckpoint = 0;",
    )?;
    let pages = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.query_row("PRAGMA page_count", [], |row| row.get(0))
    };
    let before = pages(&connection)?;
    let start = Timestamp::from_ms(world::unix_time_s().saturating_mul(1000).saturating_sub(sessions));
    let (clock, entropy) = (ManualClock::new(start), SeededEntropy::new(11));
    let subjects: Vec<String> = (0..sessions.div_ceil(PER_SUBJECT))
        .map(|_| Subject::User(Id::<User>::generate(start, &entropy)).to_string())
        .collect();
    let mut done = 0;
    while done < sessions {
        let transaction = connection.transaction()?;
        for number in done..sessions.min(done + CHUNK) {
            clock.advance(Span::from_ms(1));
            let id = Id::<Session>::generate(clock.now(), &entropy);
            // One subject's sessions lie far apart in time.
            let at = usize::try_from(number % (subjects.len() as u64).max(1)).unwrap_or(0);
            let subject = subjects.get(at).map_or("", String::as_str);
            insert(&transaction, (&id, subject), (clock.now(), &entropy))?;
        }
        transaction.commit()?;
        connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .or_else(ignore_rows)?;
        done += CHUNK;
    }
    #[allow(clippy::cast_precision_loss, reason = "a file far below 2^52 bytes")]
    Ok((pages(&connection)? - before) as f64 * 4096.0)
}

fn insert(
    connection: &Connection,
    (id, subject): (&Id<Session>, &str),
    (now, entropy): (Timestamp, &SeededEntropy),
) -> rusqlite::Result<()> {
    let mut digest = [0u8; 32];
    entropy.fill(&mut digest);
    let at = i64::try_from(now.as_ms()).unwrap_or(i64::MAX);
    let [a, b, ..] = digest;
    let network = format!("198.{}.{b}.0/24", a % 64 + 18);
    let rs = i64::try_from(Seq::default().as_u64()).unwrap_or(0);
    let (fortnight, month) = (14 * 86_400_000_i64, at + 30 * 86_400_000);
    let sql =
        "INSERT INTO sessions (id, subject, tenant, device, rs, generation, assurance, amr, authenticated_at,
            created_at, active_at, idle_ms, expires_at, network, agent)
        VALUES (?1, ?2, NULL, NULL, ?3, 1, 1, '[\"pwd\"]', ?4, ?4, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        id.as_bytes(),
        subject,
        rs,
        at,
        fortnight,
        month,
        network,
        AGENT
    ])?;
    let sql = "INSERT INTO faces (session, host, digest, generation, previous, previous_until)
        VALUES (?1, '', ?2, 1, NULL, NULL)";
    connection
        .prepare_cached(sql)?
        .execute(params![id.as_bytes(), digest])?;
    Ok(())
}

/// `PRAGMA wal_checkpoint` answers with a row, which `execute_batch` may refuse.
fn ignore_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::ExecuteReturnedResults => Ok(()),
        other => Err(other),
    }
}

fn revoke(data: &Path, watermarks: u64) -> Result<(), Fault> {
    let World { store, bench } = open(data)?;
    let runtime = runtime()?;
    let mut left = watermarks;
    while left > 0 {
        let some = left.min(1000);
        let targets = (0..some).map(|_| Target::Session(bench.id())).collect();
        let intent = Revoke {
            targets,
            reason: "bench".to_owned(),
            actor: Actor::new("bench"),
            receipt: None,
        };
        let outcome = runtime.block_on(bench.store.revoke(intent));
        if !matches!(outcome, Ok(RevokeOutcome::Committed(_))) {
            return Err(Fault::new(format!("seeding watermarks: {outcome:?}")));
        }
        left -= some;
    }
    store.close();
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(super) const fn count(number: u64) -> f64 {
    number as f64
}
