//! Values on their way into a statement.

use domain::digest::Digest;
use domain::id::{Id, Kind};
use domain::{Seq, Span, Timestamp};
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};

use super::{Columns, Result};

/// Values for a statement, in the order of its parameters. What has a place elsewhere is lent, not copied.
pub(in crate::sqlite) struct Values<'v>(Vec<Piece<'v>>);

enum Piece<'v> {
    Number(i64),
    Id([u8; 16]),
    Text(&'v str),
    Blob(&'v [u8]),
    Owned(Value),
}

/// As many as most statements have: the others grow it.
const PARAMETERS: usize = 16;

impl Default for Values<'_> {
    fn default() -> Self {
        Self(Vec::with_capacity(PARAMETERS))
    }
}

impl ToSql for Piece<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Id(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Owned(value) => value.into(),
        }))
    }
}

impl<'v> Values<'v> {
    fn piece(mut self, piece: Piece<'v>) -> Self {
        self.0.push(piece);
        self
    }

    fn optional(self, piece: Option<Piece<'v>>) -> Self {
        self.piece(piece.unwrap_or(Piece::Owned(Value::Null)))
    }

    pub(in crate::sqlite) fn plain(self, value: impl Into<Value>) -> Self {
        self.piece(Piece::Owned(value.into()))
    }

    pub(in crate::sqlite) fn text(self, value: &'v str) -> Self {
        self.piece(Piece::Text(value))
    }

    pub(in crate::sqlite) fn optional_text(self, value: Option<&'v str>) -> Self {
        self.optional(value.map(Piece::Text))
    }

    pub(in crate::sqlite) fn shown(self, value: impl ToString) -> Self {
        self.plain(value.to_string())
    }

    pub(in crate::sqlite) fn optional_shown<T: ToString>(self, value: Option<&T>) -> Self {
        self.plain(value.map(ToString::to_string))
    }

    pub(in crate::sqlite) fn blob(self, value: &'v [u8]) -> Self {
        self.piece(Piece::Blob(value))
    }

    pub(in crate::sqlite) fn optional_blob(self, value: Option<&'v [u8]>) -> Self {
        self.optional(value.map(Piece::Blob))
    }

    /// Beyond what a column holds is as good as for ever.
    pub(in crate::sqlite) fn number(self, value: u64) -> Self {
        self.piece(Piece::Number(as_column(value)))
    }

    pub(in crate::sqlite) fn flag(self, value: bool) -> Self {
        self.piece(Piece::Number(i64::from(value)))
    }

    pub(in crate::sqlite) fn time(self, value: Timestamp) -> Self {
        self.number(value.as_ms())
    }

    pub(in crate::sqlite) fn optional_time(self, value: Option<Timestamp>) -> Self {
        self.optional(value.map(|t| Piece::Number(as_column(t.as_ms()))))
    }

    pub(in crate::sqlite) fn span(self, value: Span) -> Self {
        self.number(value.as_ms())
    }

    pub(in crate::sqlite) fn seq(self, value: Seq) -> Self {
        self.number(value.as_u64())
    }

    pub(in crate::sqlite) fn digest(self, value: &'v Digest) -> Self {
        self.blob(value.as_bytes())
    }

    pub(in crate::sqlite) fn id<K: Kind>(self, value: Id<K>) -> Self {
        self.piece(Piece::Id(*value.as_bytes()))
    }

    pub(in crate::sqlite) fn optional_id<K: Kind>(self, value: Option<Id<K>>) -> Self {
        self.optional(value.map(|id| Piece::Id(*id.as_bytes())))
    }

    pub(in crate::sqlite) fn list<'a>(self, values: impl IntoIterator<Item = &'a String>) -> Self {
        self.plain(serde_json::Value::from_iter(values.into_iter().cloned()).to_string())
    }

    /// Runs a statement that is prepared once per connection.
    pub(in crate::sqlite) fn run(self, connection: &rusqlite::Connection, sql: &str) -> Result<usize> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(self.0))?)
    }

    /// At most one row.
    pub(in crate::sqlite) fn first<T>(
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
    pub(in crate::sqlite) fn all<T>(
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
pub(in crate::sqlite) fn as_column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
