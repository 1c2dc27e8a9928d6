//! The two chains of a store: every entry follows the one before it.

use domain::digest::Digest;
use domain::event::EventRecord;
use domain::revocation::LogEntry;
use rusqlite::Connection;

use super::codec::{Result, Values};
use super::rows::{events, log, meta};
use crate::error::StoreError;

const PAGE: usize = 1000;

/// Walks the events, and the log of the present epoch. Earlier epochs are judged by nobody any more.
pub(super) fn verify_chains(connection: &Connection) -> Result<()> {
    verify_events(connection)?;
    verify_log(connection)?;
    verify_marks(connection)
}

fn verify_events(connection: &Connection) -> Result<()> {
    let (mut number, mut digest) = (0, meta::event_genesis(connection)?);
    loop {
        let page: Vec<EventRecord> = events::after(connection, number, PAGE)?;
        if page.is_empty() {
            return Ok(());
        }
        for record in page {
            if record.number != number + 1 || !record.follows(&digest) {
                return Err(broken("event", record.number));
            }
            (number, digest) = (record.number, record.digest);
        }
    }
}

fn verify_log(connection: &Connection) -> Result<()> {
    let start = log::epoch_start(connection)?;
    let (mut seq, mut digest): (_, Digest) = (start.seq, start.digest);
    loop {
        let page: Vec<LogEntry> = log::entries_after(connection, seq, PAGE)?;
        if page.is_empty() {
            return Ok(());
        }
        for entry in page {
            if !entry.follows(seq, &digest) {
                return Err(broken("log entry", entry.seq.as_u64()));
            }
            (seq, digest) = (entry.seq, entry.digest);
        }
    }
}

/// No entry without its watermark: a mark that was lowered or removed would let the dead live.
fn verify_marks(connection: &Connection) -> Result<()> {
    let sql = "SELECT l.seq FROM log l LEFT JOIN watermarks w ON w.class = l.class AND w.key =
            CASE l.class WHEN 'session_secret' THEN substr(l.key, 1, instr(l.key, '@') - 1) ELSE coalesce(l.key, '') END
        WHERE w.mark IS NULL OR w.mark < l.seq LIMIT 1";
    match Values::default().first(connection, sql, |c| c.number())? {
        Some(seq) => Err(broken("watermark of log entry", seq)),
        None => Ok(()),
    }
}

fn broken(what: &str, number: u64) -> StoreError {
    StoreError::Corrupt(format!("{what} {number} does not fit the chain"))
}

#[cfg(test)]
mod tests;
