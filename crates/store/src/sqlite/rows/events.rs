//! The event chain.

use domain::digest::Digest;
use domain::event::EventRecord;
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

pub(in crate::sqlite) fn append(connection: &Connection, record: &EventRecord) -> Result<()> {
    let sql = "INSERT INTO events (number, at, kind, body, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = Values::default().number(record.number).time(record.at);
    let values = values.text(&record.kind).text(&record.body);
    values.digest(&record.digest).run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn after(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<EventRecord>> {
    let sql = "SELECT number, at, kind, body, digest FROM events WHERE number > ?1 ORDER BY number LIMIT ?2";
    let values = Values::default().number(after).number(limit as u64);
    values.all(connection, sql, |c| {
        Ok(EventRecord {
            number: c.number()?,
            at: c.time()?,
            kind: c.plain()?,
            body: c.plain()?,
            digest: c.digest()?,
        })
    })
}
