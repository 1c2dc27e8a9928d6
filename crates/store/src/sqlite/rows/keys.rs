//! Signing and sealing keys.

use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use rusqlite::Connection;

use crate::sqlite::codec::{Columns, Result, Values};

pub(in crate::sqlite) fn all(connection: &Connection) -> Result<Vec<KeyRow>> {
    let sql =
        "SELECT id, usage, state, sealed, public, announced_at, since FROM keys ORDER BY announced_at, id";
    Values::default().all(connection, sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, key: &KeyRow) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO keys (id, usage, state, sealed, public, announced_at, since)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    Values::default()
        .shown(&key.id)
        .text(key.usage.as_str())
        .text(key.state.as_str())
        .blob(&key.sealed)
        .plain(key.public.clone())
        .time(key.announced_at)
        .time(key.since)
        .run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<KeyRow> {
    let (id, usage, state): (String, String, String) = (c.plain()?, c.plain()?, c.plain()?);
    Ok(KeyRow {
        id: KeyId::new(&id).map_err(|_| c.wrong("a key id"))?,
        usage: KeyUse::parse(&usage).ok_or_else(|| c.wrong("a key's use"))?,
        state: KeyState::parse(&state).ok_or_else(|| c.wrong("a key's state"))?,
        sealed: c.plain()?,
        public: c.plain()?,
        announced_at: c.time()?,
        since: c.time()?,
    })
}
