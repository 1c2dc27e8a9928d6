//! Whether the data is whole, by SQLite's own check of pages, records and indexes. It reads everything. A large file is
//! therefore opened once those tables are whole that say who is revoked, and which keys there are; the rest is read while
//! the store runs, and whoever runs it stops when that finds damage.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};

use super::refusal::OpenError;
use super::{SqliteStore, open};
use crate::error::StoreError;

type Result<T> = std::result::Result<T, OpenError>;

/// Up to here, a file is read at once: about a second of a slow disk.
pub(super) const AT_ONCE_BYTES: u64 = 32 << 20;

/// The tables whose damage could let the dead live, or forge.
const FIRST: [&str; 7] = [
    "PRAGMA quick_check('meta')",
    "PRAGMA quick_check('epochs')",
    "PRAGMA quick_check('watermarks')",
    "PRAGMA quick_check('keys')",
    "PRAGMA quick_check('clients')",
    "PRAGMA quick_check('client_secrets')",
    "PRAGMA quick_check('admin_tokens')",
];

/// How much of the data was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// All of it is whole.
    AtAll,
    /// What decides about revocation and keys is whole; the rest is still to be read.
    AtFirst,
    /// The store was closed before the end.
    BrokenOff,
}

/// A check that runs, so that closing the store can end it.
#[derive(Default)]
pub(super) struct Checking(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Running(InterruptHandle),
    Closed,
}

impl SqliteStore {
    /// How much was looked at when the store was opened.
    #[must_use]
    pub const fn looked(&self) -> Looked {
        self.looked
    }

    /// Reads all of the data, as much as there is and for as long as that takes, while the store goes on. Blocks: call
    /// it where blocking is allowed. [`SqliteStore::close`] ends it.
    ///
    /// # Errors
    /// [`OpenError::Damaged`]: stop the store. What it acknowledges from now on may not be there later.
    pub fn check(&self) -> Result<Looked> {
        let connection = open::open_reader(&self.place.data)?;
        if !self.checking.begin(&connection) {
            return Ok(Looked::BrokenOff);
        }
        let checked = check_whole(&connection);
        if self.checking.end() {
            return Ok(Looked::BrokenOff);
        }
        checked.map(|()| Looked::AtAll)
    }
}

impl Checking {
    fn begin(&self, connection: &Connection) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Closed) {
            return false;
        }
        *state = State::Running(connection.get_interrupt_handle());
        true
    }

    /// Whether the store was closed meanwhile.
    fn end(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Closed) {
            return true;
        }
        *state = State::Idle;
        false
    }

    pub(super) fn close(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Running(handle) = std::mem::replace(&mut *state, State::Closed) {
            handle.interrupt();
        }
    }
}

impl std::fmt::Debug for Checking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checking(..)")
    }
}

/// Checks everything, or of a file above `at_once` bytes what must be whole before anybody is let in.
pub(super) fn check_at_open(connection: &Connection, at_once: u64) -> Result<Looked> {
    if bytes(connection)? <= at_once {
        check_whole(connection)?;
        return Ok(Looked::AtAll);
    }
    FIRST.iter().try_for_each(|sql| check(connection, sql))?;
    Ok(Looked::AtFirst)
}

/// Checks everything.
pub(super) fn check_whole(connection: &Connection) -> Result<()> {
    check(connection, "PRAGMA quick_check(1)")
}

fn check(connection: &Connection, sql: &str) -> Result<()> {
    let said: String = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(|error| OpenError::Damaged(error.to_string()))?;
    if said == "ok" {
        Ok(())
    } else {
        Err(OpenError::Damaged(said))
    }
}

fn bytes(connection: &Connection) -> Result<u64> {
    let number = |sql: &str| -> std::result::Result<u64, StoreError> {
        let value: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(value).unwrap_or(0))
    };
    Ok(number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?))
}

#[cfg(test)]
mod tests;
