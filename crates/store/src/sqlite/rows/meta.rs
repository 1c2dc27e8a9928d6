//! What there is one of: the installation's own row, the set-up code.

use domain::digest::Digest;
use domain::event::EventKey;
use domain::{Entropy, Span, Timestamp};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::intent::SetupCode;
use crate::sqlite::codec::{Columns, Result, Values};

/// The row of a new store.
pub(in crate::sqlite) fn create(
    connection: &Connection,
    instance: &[u8; 16],
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO meta (one, instance, created_at, event_key, event_genesis, largest_lease_ms, longest_exception_ms)
        VALUES (1, ?1, ?2, ?3, ?4, 0, 0)";
    Values::default()
        .blob(instance)
        .time(now)
        .blob(EventKey::generate(entropy).as_bytes())
        .digest(&random_digest(entropy))
        .run(connection, sql)?;
    Ok(())
}

/// Where the event chain starts.
pub(in crate::sqlite) fn event_genesis(connection: &Connection) -> Result<Digest> {
    required(connection, "SELECT event_genesis FROM meta", |c| c.digest())
}

pub(in crate::sqlite) fn event_key(connection: &Connection) -> Result<EventKey> {
    required(connection, "SELECT event_key FROM meta", |c| c.bytes()).map(EventKey::from_bytes)
}

pub(in crate::sqlite) fn instance(connection: &Connection) -> Result<[u8; 16]> {
    required(connection, "SELECT instance FROM meta", |c| c.bytes())
}

pub(in crate::sqlite) fn put_instance(connection: &Connection, instance: &[u8; 16]) -> Result<()> {
    let values = Values::default().blob(instance);
    values.run(connection, "UPDATE meta SET instance = ?1")?;
    Ok(())
}

pub(in crate::sqlite) fn largest_lease(connection: &Connection) -> Result<Span> {
    required(connection, "SELECT largest_lease_ms FROM meta", |c| c.span())
}

pub(in crate::sqlite) fn raise_largest_lease(connection: &Connection, lease: Span) -> Result<()> {
    let sql = "UPDATE meta SET largest_lease_ms = ?1 WHERE largest_lease_ms < ?1";
    Values::default().span(lease).run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn setup_code(connection: &Connection) -> Result<Option<(SetupCode, u32)>> {
    let sql = "SELECT digest, expires_at, tries FROM setup_code";
    Values::default().first(connection, sql, |c| {
        let code = SetupCode {
            digest: c.digest()?,
            expires_at: c.time()?,
        };
        Ok((code, c.number()?))
    })
}

pub(in crate::sqlite) fn put_setup_code(
    connection: &Connection,
    code: Option<(SetupCode, u32)>,
) -> Result<()> {
    let Some((code, tries)) = code else {
        Values::default().run(connection, "DELETE FROM setup_code")?;
        return Ok(());
    };
    let sql = "INSERT OR REPLACE INTO setup_code (one, digest, expires_at, tries) VALUES (1, ?1, ?2, ?3)";
    let values = Values::default().digest(&code.digest).time(code.expires_at);
    values.number(u64::from(tries)).run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn longest_exception(connection: &Connection) -> Result<Span> {
    required(connection, "SELECT longest_exception_ms FROM meta", |c| c.span())
}

pub(in crate::sqlite) fn put_longest_exception(connection: &Connection, beyond: Span) -> Result<()> {
    let sql = "UPDATE meta SET longest_exception_ms = ?1";
    Values::default().span(beyond).run(connection, sql)?;
    Ok(())
}

fn required<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnOnce(&mut Columns<'_>) -> Result<T>,
) -> Result<T> {
    Values::default()
        .first(connection, sql, read)?
        .ok_or_else(|| StoreError::Corrupt("the row of the installation is missing".to_owned()))
}

/// 32 random bytes where a chain starts.
pub(in crate::sqlite) fn random_digest(entropy: &dyn Entropy) -> Digest {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    Digest::from_bytes(bytes)
}
