//! Authorization codes and host codes.

use domain::code::{IssuedCode, IssuedHostCode};
use domain::digest::Digest;
use rusqlite::Connection;

use super::position::{self, position_columns};
use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! code_columns {
    () => {
        concat!(
            "digest, client, session, redirect_uri, challenge, scope, audience, nonce, authenticated_at, ",
            "expires_at, redeemed, ",
            position_columns!()
        )
    };
}

pub(in crate::sqlite) fn by_digest(connection: &Connection, digest: &Digest) -> Result<Option<IssuedCode>> {
    let sql = concat!("SELECT ", code_columns!(), " FROM codes WHERE digest = ?1");
    Values::default().digest(digest).first(connection, sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, code: &IssuedCode) -> Result<()> {
    let sql = concat!(
        "INSERT OR REPLACE INTO codes (",
        code_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
    );
    let values = Values::default()
        .digest(&code.digest)
        .shown(&code.client)
        .id(code.session)
        .text(&code.redirect_uri)
        .digest(&code.challenge)
        .list(&code.scope)
        .list(&code.audience)
        .plain(code.nonce.clone())
        .time(code.authenticated_at)
        .time(code.expires_at)
        .optional_id(code.redeemed);
    position::write(values, &code.position).run(connection, sql)?;
    Ok(())
}

/// Reads and removes in one statement.
pub(in crate::sqlite) fn take_host_code(
    connection: &Connection,
    digest: &Digest,
) -> Result<Option<IssuedHostCode>> {
    let sql = "DELETE FROM host_codes WHERE digest = ?1
        RETURNING digest, session, generation, host, challenge, expires_at";
    let values = Values::default().digest(digest);
    let mut taken = values.all(connection, sql, |c| {
        Ok(IssuedHostCode {
            digest: c.digest()?,
            session: c.id()?,
            generation: c.number()?,
            host: c.parsed()?,
            challenge: c.digest()?,
            expires_at: c.time()?,
        })
    })?;
    Ok(taken.pop())
}

pub(in crate::sqlite) fn put_host_code(connection: &Connection, code: &IssuedHostCode) -> Result<()> {
    let sql = "INSERT INTO host_codes (digest, session, generation, host, challenge, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = Values::default().digest(&code.digest).id(code.session);
    let values = values.number(u64::from(code.generation));
    let values = values.shown(&code.host).digest(&code.challenge);
    values.time(code.expires_at).run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<IssuedCode> {
    Ok(IssuedCode {
        digest: c.digest()?,
        client: c.parsed()?,
        session: c.id()?,
        redirect_uri: c.plain()?,
        challenge: c.digest()?,
        scope: c.set()?,
        audience: c.list()?,
        nonce: c.plain()?,
        authenticated_at: c.time()?,
        expires_at: c.time()?,
        redeemed: c.optional_id()?,
        position: position::read(c)?,
    })
}
