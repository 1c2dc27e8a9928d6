//! Clients.

use domain::client::{Client, RefreshPolicy};
use domain::digest::Digest;
use domain::name::ClientId;
use rusqlite::Connection;

use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! client_columns {
    () => {
        concat!(
            "id, name, tenant, secrets, grants, redirect_uris, audiences, scopes, consent, access_token_life_ms, ",
            "refresh_absolute_ms, refresh_idle_ms, refresh_retry_window_ms, refresh_rotate, created_at"
        )
    };
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: &ClientId) -> Result<Option<Client>> {
    let sql = concat!("SELECT ", client_columns!(), " FROM clients WHERE id = ?1");
    Values::default().shown(id).first(connection, sql, read)
}

pub(in crate::sqlite) fn page(
    connection: &Connection,
    after: Option<&ClientId>,
    limit: usize,
) -> Result<Vec<Client>> {
    let sql = concat!(
        "SELECT ",
        client_columns!(),
        " FROM clients WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2"
    );
    let values = Values::default().optional_shown(after).number(limit as u64);
    values.all(connection, sql, read)
}

pub(in crate::sqlite) fn put(connection: &Connection, client: &Client) -> Result<()> {
    let sql = concat!(
        "INSERT OR REPLACE INTO clients (",
        client_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    );
    let secrets: Vec<u8> = client
        .secrets
        .iter()
        .flat_map(|digest| *digest.as_bytes())
        .collect();
    let grants: Vec<String> = client.grants.iter().map(ToString::to_string).collect();
    Values::default()
        .shown(&client.id)
        .text(&client.name)
        .optional_shown(client.tenant.as_ref())
        .blob(&secrets)
        .list(&grants)
        .list(&client.redirect_uris)
        .list(&client.audiences)
        .list(&client.scopes)
        .flag(client.consent)
        .span(client.access_token_life)
        .span(client.refresh.absolute)
        .span(client.refresh.idle)
        .span(client.refresh.retry_window)
        .flag(client.refresh.rotate)
        .time(client.created_at)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn delete(connection: &Connection, id: &ClientId) -> Result<()> {
    let values = Values::default().shown(id);
    values.run(connection, "DELETE FROM clients WHERE id = ?1")?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<Client> {
    Ok(Client {
        id: c.parsed()?,
        name: c.plain()?,
        tenant: c.optional_parsed()?,
        secrets: read_secrets(c)?,
        grants: {
            let words = c.list()?;
            let parse = |word: String| word.parse().map_err(|_| c.wrong("a grant type"));
            words.into_iter().map(parse).collect::<Result<_>>()?
        },
        redirect_uris: c.list()?,
        audiences: c.list()?,
        scopes: c.set()?,
        consent: c.flag()?,
        access_token_life: c.span()?,
        refresh: RefreshPolicy {
            absolute: c.span()?,
            idle: c.span()?,
            retry_window: c.span()?,
            rotate: c.flag()?,
        },
        created_at: c.time()?,
    })
}

/// Digests of 32 bytes, one after the other.
fn read_secrets(c: &mut Columns<'_>) -> Result<Vec<Digest>> {
    let bytes: Vec<u8> = c.plain()?;
    let (digests, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() {
        Ok(digests.iter().copied().map(Digest::from_bytes).collect())
    } else {
        // A client with a cut secret must not turn into a public one.
        Err(c.wrong("the digests of its secrets"))
    }
}
