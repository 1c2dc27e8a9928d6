//! Wrong passwords in a row. Accounts and places are told apart by the length and the first byte of their keys.

use domain::lockout::{Account, Failures, Place};
use rusqlite::Connection;

use crate::sqlite::codec::{Result, Values};

pub(in crate::sqlite) fn at(
    connection: &Connection,
    account: Account,
    place: Place,
) -> Result<Option<Failures>> {
    let sql = "SELECT count, last_at, locked_at FROM password_failures WHERE account = ?1 AND place = ?2";
    key(account, place).first(connection, sql, |c| {
        Ok(Failures {
            count: c.number()?,
            last_at: c.time()?,
            locked_at: c.optional_time()?,
        })
    })
}

/// Known places alone.
pub(in crate::sqlite) fn places(connection: &Connection, account: Account) -> Result<usize> {
    let sql = "SELECT count(*) FROM password_failures WHERE account = ?1 AND place <> x''";
    let values = Values::default().plain(account_key(account));
    Ok(values.first(connection, sql, |c| c.number())?.unwrap_or(0))
}

pub(in crate::sqlite) fn put(
    connection: &Connection,
    (account, place): (Account, Place),
    failures: &Failures,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO password_failures (account, place, count, last_at, locked_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    key(account, place)
        .number(u64::from(failures.count))
        .time(failures.last_at)
        .optional_time(failures.locked_at)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn clear(
    connection: &Connection,
    account: Account,
    place: Option<Place>,
) -> Result<()> {
    let (values, sql) = match place {
        Some(place) => (
            key(account, place),
            "DELETE FROM password_failures WHERE account = ?1 AND place = ?2",
        ),
        None => (
            Values::default().plain(account_key(account)),
            "DELETE FROM password_failures WHERE account = ?1",
        ),
    };
    values.run(connection, sql)?;
    Ok(())
}

fn key(account: Account, place: Place) -> Values<'static> {
    let place = match place {
        Place::Elsewhere => Vec::new(),
        Place::Known(id) => [b"d", id.as_bytes().as_slice()].concat(),
        Place::Within(id) => [b"s", id.as_bytes().as_slice()].concat(),
    };
    Values::default().plain(account_key(account)).plain(place)
}

fn account_key(account: Account) -> Vec<u8> {
    match account {
        Account::User(id) => id.as_bytes().to_vec(),
        Account::Nobody(unknown) => unknown.number().to_be_bytes().to_vec(),
    }
}
