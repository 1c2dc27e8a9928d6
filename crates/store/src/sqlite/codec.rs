//! Rows to domain types and back. What cannot have been written is [`StoreError::Corrupt`], never a default.

mod values;

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::digest::Digest;
use domain::id::{Id, Kind};
use domain::{Seq, Span, Timestamp};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{ErrorCode, Row};

use crate::error::StoreError;

pub(super) use values::{Values, as_column};

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

    /// As it lies in the row.
    fn lent(&mut self) -> Result<ValueRef<'r>> {
        let at = self.next;
        self.next += 1;
        Ok(self.row.get_ref(at)?)
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
        let bytes = self.lent()?.as_blob().map_err(rusqlite::Error::from)?;
        bytes.try_into().map_err(|_| self.wrong("a blob's length"))
    }

    pub(super) fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let bytes = self.lent()?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        let fit = |b: &[u8]| b.try_into().map_err(|_| self.wrong("a blob's length"));
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
        let text = self.lent()?.as_str().map_err(rusqlite::Error::from)?;
        text.parse().map_err(|_| self.wrong("a name"))
    }

    pub(super) fn optional_parsed<T: FromStr>(&mut self) -> Result<Option<T>> {
        let text = self.lent()?.as_str_or_null().map_err(rusqlite::Error::from)?;
        let parse = |t: &str| t.parse().map_err(|_| self.wrong("a name"));
        text.map(parse).transpose()
    }

    pub(super) fn list(&mut self) -> Result<Vec<String>> {
        let text = self.lent()?.as_str().map_err(rusqlite::Error::from)?;
        serde_json::from_str(text).map_err(|_| self.wrong("a list"))
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
