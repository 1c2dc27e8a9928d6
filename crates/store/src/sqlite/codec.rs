//! Rows to domain types and back. What cannot have been written is [`StoreError::Corrupt`], never a default.

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::digest::Digest;
use domain::id::{Id, Kind};
use domain::{Seq, Span, Timestamp};
use rusqlite::types::{FromSql, Value};
use rusqlite::{ErrorCode, Row};

use crate::error::StoreError;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use ErrorCode as Code;
        // The index of the log file grows by writing to it: there is no other reason for that to fail than no room.
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::ConstraintViolation) => {
                Self::Corrupt(error.to_string())
            }
            Some(_) => Self::Unavailable(error.to_string()),
            None => Self::Corrupt(error.to_string()),
        }
    }
}

/// Reads the columns of a row from left to right.
pub(super) struct Columns<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) const fn of(row: &'r Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn plain<T: FromSql>(&mut self) -> Result<T> {
        let at = self.next;
        self.next += 1;
        Ok(self.row.get(at)?)
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let value: i64 = self.plain()?;
        T::try_from(value).map_err(|_| self.wrong("a number out of range"))
    }

    pub(super) fn optional_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        let value: Option<i64> = self.plain()?;
        let read = |v: i64| T::try_from(v).map_err(|_| self.wrong("a number out of range"));
        value.map(read).transpose()
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        match self.plain::<i64>()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong("a flag that is neither 0 nor 1")),
        }
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.number().map(Timestamp::from_ms)
    }

    pub(super) fn optional_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.optional_number()?.map(Timestamp::from_ms))
    }

    pub(super) fn span(&mut self) -> Result<Span> {
        self.number().map(Span::from_ms)
    }

    pub(super) fn seq(&mut self) -> Result<Seq> {
        let value = self.number()?;
        Seq::from_u64(value).ok_or_else(|| self.wrong("a sequence number"))
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes: Vec<u8> = self.plain()?;
        bytes.try_into().map_err(|_| self.wrong("a blob's length"))
    }

    pub(super) fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let bytes: Option<Vec<u8>> = self.plain()?;
        let fit = |b: Vec<u8>| b.try_into().map_err(|_| self.wrong("a blob's length"));
        bytes.map(fit).transpose()
    }

    pub(super) fn digest(&mut self) -> Result<Digest> {
        self.bytes().map(Digest::from_bytes)
    }

    pub(super) fn optional_digest(&mut self) -> Result<Option<Digest>> {
        Ok(self.optional_bytes()?.map(Digest::from_bytes))
    }

    pub(super) fn id<K: Kind>(&mut self) -> Result<Id<K>> {
        self.bytes().map(Id::from_bytes)
    }

    pub(super) fn optional_id<K: Kind>(&mut self) -> Result<Option<Id<K>>> {
        Ok(self.optional_bytes()?.map(Id::from_bytes))
    }

    pub(super) fn parsed<T: FromStr>(&mut self) -> Result<T> {
        let text: String = self.plain()?;
        text.parse().map_err(|_| self.wrong("a name"))
    }

    pub(super) fn optional_parsed<T: FromStr>(&mut self) -> Result<Option<T>> {
        let text: Option<String> = self.plain()?;
        let parse = |t: String| t.parse().map_err(|_| self.wrong("a name"));
        text.map(parse).transpose()
    }

    pub(super) fn list(&mut self) -> Result<Vec<String>> {
        let text: String = self.plain()?;
        serde_json::from_str(&text).map_err(|_| self.wrong("a list"))
    }

    pub(super) fn set(&mut self) -> Result<BTreeSet<String>> {
        Ok(self.list()?.into_iter().collect())
    }

    /// Names the column by its number only: what is in it may be private.
    pub(super) fn wrong(&self, what: &str) -> StoreError {
        let name = self
            .row
            .as_ref()
            .column_name(self.next.saturating_sub(1))
            .unwrap_or("?");
        StoreError::Corrupt(format!("column {name}: {what}"))
    }
}

/// Values for a statement, in the order of its parameters.
#[derive(Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    pub(super) fn plain(mut self, value: impl Into<Value>) -> Self {
        self.0.push(value.into());
        self
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.plain(value.to_owned())
    }

    pub(super) fn shown(self, value: impl ToString) -> Self {
        self.plain(value.to_string())
    }

    pub(super) fn optional_shown<T: ToString>(self, value: Option<&T>) -> Self {
        self.plain(value.map(ToString::to_string))
    }

    pub(super) fn blob(self, value: &[u8]) -> Self {
        self.plain(value.to_vec())
    }

    pub(super) fn optional_blob(self, value: Option<&[u8]>) -> Self {
        self.plain(value.map(<[u8]>::to_vec))
    }

    /// Beyond what a column holds is as good as for ever.
    pub(super) fn number(self, value: u64) -> Self {
        self.plain(as_column(value))
    }

    pub(super) fn flag(self, value: bool) -> Self {
        self.plain(i64::from(value))
    }

    pub(super) fn time(self, value: Timestamp) -> Self {
        self.number(value.as_ms())
    }

    pub(super) fn optional_time(self, value: Option<Timestamp>) -> Self {
        self.plain(value.map(|t| as_column(t.as_ms())))
    }

    pub(super) fn span(self, value: Span) -> Self {
        self.number(value.as_ms())
    }

    pub(super) fn seq(self, value: Seq) -> Self {
        self.number(value.as_u64())
    }

    pub(super) fn digest(self, value: &Digest) -> Self {
        self.blob(value.as_bytes())
    }

    pub(super) fn id<K: Kind>(self, value: Id<K>) -> Self {
        self.blob(value.as_bytes())
    }

    pub(super) fn optional_id<K: Kind>(self, value: Option<Id<K>>) -> Self {
        self.optional_blob(value.as_ref().map(|id| id.as_bytes().as_slice()))
    }

    pub(super) fn list<'a>(self, values: impl IntoIterator<Item = &'a String>) -> Self {
        let values: Vec<&String> = values.into_iter().collect();
        self.plain(serde_json::Value::from_iter(values.into_iter().cloned()).to_string())
    }

    /// Runs a statement that is prepared once per connection.
    pub(super) fn run(self, connection: &rusqlite::Connection, sql: &str) -> Result<usize> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(self.0))?)
    }

    /// At most one row.
    pub(super) fn first<T>(
        self,
        connection: &rusqlite::Connection,
        sql: &str,
        read: impl FnOnce(&mut Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(self.0))?;
        rows.next()?.map(|row| read(&mut Columns::of(row))).transpose()
    }

    /// Every row.
    pub(super) fn all<T>(
        self,
        connection: &rusqlite::Connection,
        sql: &str,
        mut read: impl FnMut(&mut Columns<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(self.0))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&mut Columns::of(row))?);
        }
        Ok(found)
    }
}

/// A number as a column holds it.
pub(super) fn as_column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
