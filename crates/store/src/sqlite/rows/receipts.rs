//! Receipts of revocations.

use domain::Digest;
use rusqlite::Connection;

use crate::intent::{KeptReceipt, RequestMark};
use crate::sqlite::codec::{Columns, Result, Values};

const COLUMNS: &str = "number, seq, at, ends_at, key, request, body";

/// Also where it is gone: a number is never used twice.
pub(in crate::sqlite) fn last(connection: &Connection) -> Result<u64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'receipts'";
    let found = Values::default().first(connection, sql, |c| c.number())?;
    Ok(found.unwrap_or(0))
}

pub(in crate::sqlite) fn by_number(connection: &Connection, number: u64) -> Result<Option<KeptReceipt>> {
    let sql = format!("SELECT {COLUMNS} FROM receipts WHERE number = ?1");
    Values::default().number(number).first(connection, &sql, read)
}

pub(in crate::sqlite) fn by_key(connection: &Connection, key: &Digest) -> Result<Option<KeptReceipt>> {
    let sql = format!("SELECT {COLUMNS} FROM receipts WHERE key = ?1");
    Values::default().digest(key).first(connection, &sql, read)
}

/// Newest first, below a number.
pub(in crate::sqlite) fn newest(
    connection: &Connection,
    (below, limit): (u64, usize),
) -> Result<Vec<KeptReceipt>> {
    let sql = format!("SELECT {COLUMNS} FROM receipts WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
    let values = Values::default().number(below).number(limit as u64);
    values.all(connection, &sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, receipt: &KeptReceipt) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO receipts (number, seq, at, ends_at, key, request, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (key, request) = (
        receipt.repeats.map(|mark| mark.key),
        receipt.repeats.map(|mark| mark.request),
    );
    let bytes = |digest: &Option<Digest>| digest.as_ref().map(|d| d.as_bytes().to_vec());
    let body = serde_json::to_string(&receipt.body).map_err(|_| unwritable())?;
    Values::default()
        .number(receipt.number)
        .seq(receipt.seq)
        .time(receipt.at)
        .time(receipt.ends_at)
        .plain(bytes(&key))
        .plain(bytes(&request))
        .text(&body)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn forget(connection: &Connection, up_to: u64) -> Result<()> {
    let sql = "DELETE FROM receipts WHERE number <= ?1";
    Values::default().number(up_to).run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<KeptReceipt> {
    let (number, seq, at, ends_at) = (c.number()?, c.seq()?, c.time()?, c.time()?);
    let (key, request) = (c.optional_digest()?, c.optional_digest()?);
    let body: String = c.plain()?;
    Ok(KeptReceipt {
        number,
        seq,
        at,
        ends_at,
        repeats: key
            .zip(request)
            .map(|(key, request)| RequestMark { key, request }),
        body: serde_json::from_str(&body).map_err(|_| c.wrong("a receipt"))?,
    })
}

fn unwritable() -> crate::StoreError {
    crate::StoreError::Corrupt("a receipt that cannot be written".to_owned())
}
