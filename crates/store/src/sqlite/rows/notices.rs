//! Whom to tell that sessions end.

use domain::id::{Id, Session as SessionKind};
use domain::{ClientId, Timestamp};
use rusqlite::Connection;

use crate::intent::{LogoutScan, Notice};
use crate::sqlite::codec::{Columns, Result, Values};

const COLUMNS: &str = "number, client, subject, session, at, due_at, tries";

pub(in crate::sqlite) fn put_party(
    connection: &Connection,
    session: Id<SessionKind>,
    client: &ClientId,
) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO logout_parties (session, client) VALUES (?1, ?2)";
    Values::default().id(session).shown(client).run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn parties_of(
    connection: &Connection,
    session: Id<SessionKind>,
) -> Result<Vec<ClientId>> {
    let sql = "SELECT client FROM logout_parties WHERE session = ?1 ORDER BY client";
    Values::default().id(session).all(connection, sql, |c| c.parsed())
}

pub(in crate::sqlite) fn take_party(
    connection: &Connection,
    session: Id<SessionKind>,
    client: &ClientId,
) -> Result<bool> {
    let sql = "DELETE FROM logout_parties WHERE session = ?1 AND client = ?2";
    let taken = Values::default().id(session).shown(client).run(connection, sql)?;
    Ok(taken > 0)
}

/// An id of nothing is below every other.
pub(in crate::sqlite) fn parties_after(
    connection: &Connection,
    client: &ClientId,
    (after, limit): (Option<Id<SessionKind>>, usize),
) -> Result<Vec<Id<SessionKind>>> {
    let sql =
        "SELECT session FROM logout_parties WHERE client = ?1 AND session > ?2 ORDER BY session LIMIT ?3";
    let after = after.unwrap_or(Id::from_bytes([0; 16]));
    let values = Values::default().shown(client).id(after).number(limit as u64);
    values.all(connection, sql, |c| c.id())
}

pub(in crate::sqlite) fn told_clients(connection: &Connection) -> Result<Vec<ClientId>> {
    let sql = "SELECT id FROM clients WHERE logout_uri IS NOT NULL ORDER BY id";
    Values::default().all(connection, sql, |c| c.parsed())
}

pub(in crate::sqlite) fn scan(connection: &Connection, client: &ClientId) -> Result<Option<LogoutScan>> {
    let sql = "SELECT client, since, after, again FROM logout_scans WHERE client = ?1";
    Values::default().shown(client).first(connection, sql, |c| {
        Ok(LogoutScan {
            client: c.parsed()?,
            since: c.time()?,
            after: c.optional_id()?,
            again: c.flag()?,
        })
    })
}

pub(in crate::sqlite) fn put_scan(connection: &Connection, scan: &LogoutScan) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO logout_scans (client, since, after, again) VALUES (?1, ?2, ?3, ?4)";
    Values::default()
        .shown(&scan.client)
        .time(scan.since)
        .optional_id(scan.after)
        .flag(scan.again)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn delete_scan(connection: &Connection, client: &ClientId) -> Result<()> {
    let sql = "DELETE FROM logout_scans WHERE client = ?1";
    Values::default().shown(client).run(connection, sql)?;
    Ok(())
}

/// Also where it is gone: a number is never used twice.
pub(in crate::sqlite) fn last(connection: &Connection) -> Result<u64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'logout_notices'";
    let found = Values::default().first(connection, sql, |c| c.number())?;
    Ok(found.unwrap_or(0))
}

pub(in crate::sqlite) fn count(connection: &Connection, client: &ClientId, bound: u64) -> Result<u64> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM logout_notices WHERE client = ?1 LIMIT ?2)";
    let values = Values::default().shown(client).number(bound);
    let found = values.first(connection, sql, |c| c.number())?;
    Ok(found.unwrap_or(0))
}

pub(in crate::sqlite) fn by_number(connection: &Connection, number: u64) -> Result<Option<Notice>> {
    let sql = format!("SELECT {COLUMNS} FROM logout_notices WHERE number = ?1");
    Values::default().number(number).first(connection, &sql, read)
}

/// Clients for whom something is due, longest due first. It hops from client to client: a client with very many notices
/// costs no more than one with a single one.
pub(in crate::sqlite) fn clients(
    connection: &Connection,
    now: Timestamp,
    (limit, passing_over): (usize, &[String]),
) -> Result<Vec<ClientId>> {
    let sql = "WITH RECURSIVE
        waiting (client) AS (
            SELECT min(client) FROM logout_notices
            UNION ALL
            SELECT (SELECT min(client) FROM logout_notices WHERE client > waiting.client)
            FROM waiting WHERE waiting.client IS NOT NULL),
        due (client, at) AS (
            SELECT client, (SELECT min(due_at) FROM logout_notices WHERE client = waiting.client)
            FROM waiting WHERE client IS NOT NULL
            UNION ALL
            SELECT client, since FROM logout_scans)
        SELECT client FROM due WHERE at <= ?1 AND client NOT IN (SELECT value FROM json_each(?3))
        GROUP BY client ORDER BY min(at), client LIMIT ?2";
    let values = Values::default()
        .time(now)
        .number(limit as u64)
        .list(passing_over);
    values.all(connection, sql, |c| c.parsed())
}

/// A client's that are due, longest due first.
pub(in crate::sqlite) fn due(
    connection: &Connection,
    now: Timestamp,
    (client, limit): (&ClientId, usize),
) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM logout_notices
        WHERE client = ?1 AND due_at <= ?2 ORDER BY due_at, number LIMIT ?3"
    );
    let values = Values::default().shown(client).time(now).number(limit as u64);
    values.all(connection, &sql, read)
}

/// Those that were tried most often.
pub(in crate::sqlite) fn failing(connection: &Connection, limit: usize) -> Result<Vec<Notice>> {
    let sql =
        format!("SELECT {COLUMNS} FROM logout_notices WHERE tries > 0 ORDER BY tries DESC, number LIMIT ?1");
    Values::default().number(limit as u64).all(connection, &sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, notice: &Notice) -> Result<()> {
    let sql = "INSERT INTO logout_notices (number, client, subject, session, at, due_at, tries)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (number) DO UPDATE SET due_at = excluded.due_at, tries = excluded.tries";
    Values::default()
        .number(notice.number)
        .shown(&notice.client)
        .shown(&notice.subject)
        .id(notice.session)
        .time(notice.at)
        .time(notice.due_at)
        .number(u64::from(notice.tries))
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn delete(connection: &Connection, number: u64) -> Result<()> {
    let sql = "DELETE FROM logout_notices WHERE number = ?1";
    Values::default().number(number).run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<Notice> {
    Ok(Notice {
        number: c.number()?,
        client: c.parsed()?,
        subject: c.parsed()?,
        session: c.id()?,
        at: c.time()?,
        due_at: c.time()?,
        tries: c.number()?,
    })
}
