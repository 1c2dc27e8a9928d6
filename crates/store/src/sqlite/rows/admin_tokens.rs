//! Tokens of the admin API.

use domain::admin_token::AdminToken;
use domain::digest::Digest;
use domain::id::{AdminToken as AdminTokenKind, Id};
use rusqlite::Connection;

use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! token_columns {
    () => {
        "id, name, digest, scopes, made_by, created_at, expires_at, used_at"
    };
}

pub(in crate::sqlite) fn all(connection: &Connection) -> Result<Vec<AdminToken>> {
    let sql = concat!("SELECT ", token_columns!(), " FROM admin_tokens ORDER BY id");
    Values::default().all(connection, sql, read)
}

pub(in crate::sqlite) fn by_digest(connection: &Connection, digest: &Digest) -> Result<Option<AdminToken>> {
    let sql = concat!(
        "SELECT ",
        token_columns!(),
        " FROM admin_tokens WHERE digest = ?1"
    );
    Values::default().digest(digest).first(connection, sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, token: &AdminToken) -> Result<()> {
    let sql = concat!(
        "INSERT INTO admin_tokens (",
        token_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at"
    );
    let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
    Values::default()
        .id(token.id)
        .shown(&token.name)
        .digest(&token.digest)
        .list(&scopes)
        .optional_id(token.made_by)
        .time(token.created_at)
        .time(token.expires_at)
        .optional_time(token.used_at)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn delete(connection: &Connection, id: Id<AdminTokenKind>) -> Result<()> {
    let values = Values::default().id(id);
    values.run(connection, "DELETE FROM admin_tokens WHERE id = ?1")?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<AdminToken> {
    Ok(AdminToken {
        id: c.id()?,
        name: c.parsed()?,
        digest: c.digest()?,
        scopes: {
            let words = c.list()?;
            let parse = |word: String| word.parse().map_err(|_| c.wrong("a scope"));
            words.into_iter().map(parse).collect::<Result<_>>()?
        },
        made_by: c.optional_id()?,
        created_at: c.time()?,
        expires_at: c.time()?,
        used_at: c.optional_time()?,
    })
}
