//! Opening: is this file ours, whole, and not from the past?

use std::path::Path;

use domain::feed::FeedHead;
use domain::{Clock, Entropy, Epoch, Seq};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::epoch::settle;
use super::instance;
use super::migrate::migrate;
use super::place::Place;
use super::refusal::OpenError;
use super::rows::{log, meta};
use super::schema::{APPLICATION_ID, Schema};
use super::whole::{AT_ONCE_BYTES, Looked, check_at_open};
use crate::error::StoreError;

type Result<T> = std::result::Result<T, OpenError>;

/// Statements that stay prepared per connection: more than there are.
const STATEMENTS: usize = 256;

/// What a store may use of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// Room kept back for revocations, in the file `reserve`: they are written where the disk is full, and everything else
    /// is refused with [`StoreError::Full`] until there is room again.
    pub reserve_bytes: u64,
    /// Pages that the writer keeps in memory: what the intents of a busy minute touch again. Each reader has a sixteenth.
    pub cache_bytes: u64,
}

impl Default for Means {
    fn default() -> Self {
        Self {
            reserve_bytes: 0,
            cache_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Keeps so many bytes of pages in memory.
pub(super) fn keep_pages(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    // A negative number is KiB; a positive one would be pages.
    let kib = i64::try_from(bytes / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -kib)
}

/// The injected world.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'w> {
    pub(super) clock: &'w dyn Clock,
    pub(super) entropy: &'w dyn Entropy,
}

/// Opens the data file for writing: made if new, migrated if old, in a new epoch if it may have gone back in time.
/// The lock is held by the caller.
pub(super) fn open_writer(place: &Place, schema: &Schema, world: World<'_>) -> Result<(Connection, Looked)> {
    let is_new = is_new(place)?;
    place.make_data_file()?;
    let connection = connect(&place.data)?;
    keep_pages(&connection, Means::default().cache_bytes).map_err(OpenError::of_file(&place.data))?;
    let is_new = is_new || was_never_made(&connection, place)?;
    let looked = if is_new {
        use_log_file(&connection)?;
        create(&connection, schema, world)?;
        Looked::AtAll
    } else {
        let found = version_of(&connection, &place.data, schema)?;
        let looked = check_at_open(&connection, AT_ONCE_BYTES)?;
        use_log_file(&connection)?;
        migrate(&connection, place, found, schema)?;
        looked
    };
    place.sync_directory()?;
    settle(&connection, place, is_new, world)?;
    Ok((connection, looked))
}

/// A connection that cannot write.
pub(super) fn open_reader(data: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data, flags).map_err(OpenError::of_file(data))?;
    configure(&connection).map_err(OpenError::of_file(data))?;
    Ok(connection)
}

/// A connection that can write, with nothing written yet.
pub(super) fn connect(data: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data, flags).map_err(OpenError::of_file(data))?;
    configure(&connection).map_err(OpenError::of_file(data))?;
    Ok(connection)
}

/// The file's schema version, if it is ours and known.
pub(super) fn version_of(connection: &Connection, data: &Path, schema: &Schema) -> Result<i64> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(OpenError::of_file(data))?;
    let found = number("user_version").map_err(OpenError::of_file(data))?;
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign(data.to_path_buf()));
    }
    if found > schema.version {
        return Err(OpenError::Newer {
            found,
            known: schema.version,
        });
    }
    Ok(found)
}

/// Runs in one transaction.
pub(super) fn transact<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> std::result::Result<T, StoreError>,
) -> std::result::Result<T, StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(connection).and_then(|value| {
        connection.execute_batch("COMMIT")?;
        Ok(value)
    });
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done
}

/// A new 16-byte name of a store.
pub(super) fn new_instance(entropy: &dyn Entropy) -> [u8; 16] {
    let mut id = [0u8; 16];
    entropy.fill(&mut id);
    id
}

/// Whether a store is to be made. A used directory without its data is not a new one.
fn is_new(place: &Place) -> Result<bool> {
    let empty = std::fs::metadata(&place.data).map_or(true, |data| data.len() == 0);
    if empty && instance::exists(place) {
        return Err(OpenError::Missing(place.directory.clone()));
    }
    Ok(empty)
}

/// A power loss while a store is made leaves a database with nothing in it: it is made anew.
fn was_never_made(connection: &Connection, place: &Place) -> Result<bool> {
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let things = count("SELECT count(*) FROM sqlite_schema").map_err(OpenError::of_file(&place.data))?;
    let mark = count("PRAGMA application_id").map_err(OpenError::of_file(&place.data))?;
    Ok(things == 0 && mark == 0 && !instance::exists(place))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan depends on the schema alone: otherwise some statements are prepared anew for each value they are given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
        PRAGMA fullfsync = ON;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA secure_delete = FAST;
        PRAGMA temp_store = MEMORY;
        PRAGMA journal_size_limit = 67108864;",
    )
}

/// Write-ahead logging: readers never wait, and a commit is one append.
fn use_log_file(connection: &Connection) -> Result<()> {
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(StoreError::from)?;
    if mode == "wal" {
        return Ok(());
    }
    let reason = "the file system does not allow write-ahead logging".to_owned();
    Err(StoreError::Unavailable(reason).into())
}

fn create(connection: &Connection, schema: &Schema, world: World<'_>) -> Result<()> {
    transact(connection, |connection| {
        connection.execute_batch(schema.create)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", schema.version)?;
        let instance = new_instance(world.entropy);
        meta::create(connection, &instance, world.entropy, world.clock.now())?;
        let start = FeedHead {
            seq: Seq::start_of(Epoch::FIRST),
            digest: meta::random_digest(world.entropy),
        };
        log::start_epoch(connection, &start)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::schema::SCHEMA;
    use crate::sqlite::scratch::Scratch;

    fn pragma(connection: &Connection, name: &str) -> String {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        match connection.pragma_query_value(None, name, read).unwrap() {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn durability_and_suspicion_are_switched_on() {
        let scratch = Scratch::new();
        let writer = scratch.writer(&SCHEMA).unwrap();
        let version = SCHEMA.version.to_string();
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("secure_delete", "2"),
            ("busy_timeout", "5000"),
            ("application_id", "1398361410"),
            ("user_version", version.as_str()),
        ] {
            assert_eq!(pragma(&writer, name), value, "{name}");
        }
    }

    #[test]
    fn a_prepared_statement_stays_prepared() {
        let scratch = Scratch::new();
        let writer = scratch.writer(&SCHEMA).unwrap();
        let sql = "SELECT id, agent FROM sessions WHERE subject = ?1 ORDER BY active_at, id";
        let mut statement = writer.prepare(sql).unwrap();
        for subject in ["user:a", "user:b", "user:c"] {
            assert!(statement.query([subject]).unwrap().next().unwrap().is_none());
        }
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
    }

    #[test]
    fn a_reader_cannot_write() {
        let scratch = Scratch::new();
        let _writer = scratch.writer(&SCHEMA).unwrap();
        let reader = open_reader(&scratch.place().data).unwrap();
        let written = reader.execute_batch("DELETE FROM meta");
        let code = written.unwrap_err().sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::ReadOnly));
    }
}
