//! The bare loop: one thread, nothing but the rows.

use std::path::Path;
use std::time::Duration;

use domain::id::{Id, User};
use domain::{Subject, Timestamp};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::rows::{Maker, Row};
use super::{Kind, Shared};
use crate::harness::{Contender, Fault, Sample};
use crate::world;

pub(super) struct Bare {
    connection: Connection,
    kind: Kind,
    maker: Maker,
    amount: usize,
    /// The last event's number.
    events: i64,
    shared: Shared,
}

impl Bare {
    pub(super) fn open(folder: &Path, kind: Kind, amount: usize, shared: Shared) -> Result<Self, Fault> {
        Self::connect(folder, kind, amount, shared).map_err(|error| engine(&error))
    }

    fn connect(folder: &Path, kind: Kind, amount: usize, shared: Shared) -> rusqlite::Result<Self> {
        let connection = Connection::open(folder.join(store::sqlite::DATA_FILE))?;
        configure(&connection)?;
        let events = connection.query_row("SELECT coalesce(max(number), 0) FROM events", [], |row| {
            row.get(0)
        })?;
        let subjects = ids(&connection, "SELECT id FROM users")?;
        let subjects = subjects
            .into_iter()
            .map(|id| Subject::User(Id::<User>::from_bytes(id)))
            .collect();
        let families = ids(&connection, "SELECT id FROM families")?;
        let start = Timestamp::from_secs(world::unix_time_s());
        Ok(Self {
            connection,
            kind,
            maker: Maker::new(kind, start, subjects, families),
            amount,
            events,
            shared,
        })
    }

    fn write_all(&mut self, rows: &[Row], together: usize) -> rusqlite::Result<()> {
        for some in rows.chunks(together.max(1)) {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for row in some {
                self.events += 1;
                row.write(&self.connection, self.kind, self.events)?;
            }
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }
}

impl Contender for Bare {
    fn name(&self) -> &'static str {
        "bare loop"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let rows = self.maker.rows(self.amount);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a mean of at most 256"
        )]
        let together = self.shared.get().round() as usize;
        let began = world::now();
        self.write_all(&rows, together).map_err(|error| engine(&error))?;
        let wall = began.elapsed();
        Ok(Sample {
            operations: rows.len() as u64,
            wall,
            cpu: Duration::ZERO,
            value: self.shared.get(),
            ..Sample::default()
        })
    }
}

/// As the store's own writer is set; see `open.rs` there.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA cache_size = -32768;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = ON;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA secure_delete = FAST;
        PRAGMA temp_store = MEMORY;
        PRAGMA journal_size_limit = 67108864;",
    )
}

pub(in crate::subjects) fn engine(error: &rusqlite::Error) -> Fault {
    Fault::new(error.to_string())
}

fn ids(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<[u8; 16]>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}
