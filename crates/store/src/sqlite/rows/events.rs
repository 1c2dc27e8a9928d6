//! The event chain.

use domain::Timestamp;
use domain::digest::Digest;
use domain::event::EventRecord;
use domain::subject::Subject;
use rusqlite::Connection;

use super::meta;
use crate::sqlite::codec::{Columns, Result, Values};

pub(in crate::sqlite) fn head(connection: &Connection) -> Result<(u64, Digest)> {
    let sql = "SELECT number, digest FROM events ORDER BY number DESC LIMIT 1";
    let read = |c: &mut Columns<'_>| Ok((c.number()?, c.digest()?));
    match Values::default().first(connection, sql, read)? {
        Some(last) => Ok(last),
        None => Ok((0, meta::event_genesis(connection)?)),
    }
}

/// When the newest was appended.
pub(in crate::sqlite) fn newest_at(connection: &Connection) -> Result<Option<Timestamp>> {
    let sql = "SELECT at FROM events ORDER BY number DESC LIMIT 1";
    Values::default().first(connection, sql, |c| c.time())
}

pub(in crate::sqlite) fn append(
    connection: &Connection,
    record: &EventRecord,
    told_to: Option<&Subject>,
) -> Result<()> {
    let sql = "INSERT INTO events (number, at, kind, body, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = Values::default().number(record.number).time(record.at);
    let values = values.text(&record.kind).text(&record.body);
    values.digest(&record.digest).run(connection, sql)?;
    if let Some(subject) = told_to {
        let sql = "INSERT INTO events_told (subject, number) VALUES (?1, ?2)";
        let values = Values::default().shown(subject).number(record.number);
        values.run(connection, sql)?;
    }
    Ok(())
}

pub(in crate::sqlite) fn after(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<EventRecord>> {
    let sql = "SELECT number, at, kind, body, digest FROM events WHERE number > ?1 ORDER BY number LIMIT ?2";
    let values = Values::default().number(after).number(limit as u64);
    values.all(connection, sql, read)
}

/// What a subject is told, newest first, below a number.
pub(in crate::sqlite) fn told(
    connection: &Connection,
    subject: &Subject,
    (below, limit): (u64, usize),
) -> Result<Vec<EventRecord>> {
    let sql = "SELECT number, at, kind, body, digest FROM events_told JOIN events USING (number)
        WHERE subject = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    let values = Values::default().shown(subject).number(below);
    values.number(limit as u64).all(connection, sql, read)
}

fn read(c: &mut Columns<'_>) -> Result<EventRecord> {
    Ok(EventRecord {
        number: c.number()?,
        at: c.time()?,
        kind: c.plain()?,
        body: c.plain()?,
        digest: c.digest()?,
    })
}
