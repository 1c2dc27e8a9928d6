//! Clients.

use domain::client::{BackchannelLogout, Client, RefreshPolicy, RegisteredSecret};
use domain::name::ClientId;
use rusqlite::Connection;

use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! client_columns {
    () => {
        concat!(
            "id, name, tenant, public, grants, redirect_uris, audiences, scopes, consent, access_token_life_ms, ",
            "refresh_absolute_ms, refresh_idle_ms, refresh_retry_window_ms, refresh_rotate, created_at, ",
            "logout_uri, logout_session"
        )
    };
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: &ClientId) -> Result<Option<Client>> {
    let sql = concat!("SELECT ", client_columns!(), " FROM clients WHERE id = ?1");
    let found = Values::default().shown(id).first(connection, sql, read)?;
    found.map(|client| with_secrets(connection, client)).transpose()
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
    let found = values.all(connection, sql, read)?;
    let complete = |client| with_secrets(connection, client);
    found.into_iter().map(complete).collect()
}

pub(in crate::sqlite) fn put(connection: &Connection, client: &Client) -> Result<()> {
    let sql = concat!(
        "INSERT OR REPLACE INTO clients (",
        client_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    );
    let grants: Vec<String> = client.grants.iter().map(ToString::to_string).collect();
    Values::default()
        .shown(&client.id)
        .text(&client.name)
        .optional_shown(client.tenant.as_ref())
        .flag(client.public)
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
        .optional_shown(client.logout.as_ref().map(|logout| &logout.uri))
        .flag(
            client
                .logout
                .as_ref()
                .is_some_and(|logout| logout.session_required),
        )
        .run(connection, sql)?;
    delete_secrets(connection, &client.id)?;
    client
        .secrets
        .iter()
        .try_for_each(|secret| put_secret(connection, &client.id, secret))
}

pub(in crate::sqlite) fn delete(connection: &Connection, id: &ClientId) -> Result<()> {
    let values = Values::default().shown(id);
    values.run(connection, "DELETE FROM clients WHERE id = ?1")?;
    delete_secrets(connection, id)
}

fn put_secret(connection: &Connection, client: &ClientId, secret: &RegisteredSecret) -> Result<()> {
    let sql = "INSERT INTO client_secrets (client, id, digest, created_at, ends_at, used_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    Values::default()
        .shown(client)
        .id(secret.id)
        .digest(&secret.digest)
        .time(secret.created_at)
        .optional_time(secret.ends_at)
        .optional_time(secret.used_at)
        .run(connection, sql)?;
    Ok(())
}

fn delete_secrets(connection: &Connection, client: &ClientId) -> Result<()> {
    let values = Values::default().shown(client);
    values.run(connection, "DELETE FROM client_secrets WHERE client = ?1")?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<Client> {
    Ok(Client {
        id: c.parsed()?,
        name: c.plain()?,
        tenant: c.optional_parsed()?,
        public: c.flag()?,
        secrets: Vec::new(),
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
        logout: {
            let (uri, session_required): (Option<String>, _) = (c.plain()?, c.flag()?);
            uri.map(|uri| BackchannelLogout {
                uri,
                session_required,
            })
        },
    })
}

fn with_secrets(connection: &Connection, client: Client) -> Result<Client> {
    let sql = "SELECT id, digest, created_at, ends_at, used_at FROM client_secrets WHERE client = ?1
        ORDER BY created_at, id";
    let read = |c: &mut Columns<'_>| {
        Ok(RegisteredSecret {
            id: c.id()?,
            digest: c.digest()?,
            created_at: c.time()?,
            ends_at: c.optional_time()?,
            used_at: c.optional_time()?,
        })
    };
    let secrets = Values::default().shown(&client.id).all(connection, sql, read)?;
    Ok(Client { secrets, ..client })
}
