//! The embedded store: one SQLite file in write-ahead mode. One writer thread commits what waits as a group; a few
//! readers see only what is committed. Nothing is acknowledged before it is durable (`synchronous = FULL`).

mod backup;
mod checkpoint;
mod codec;
mod copy;
mod counters;
mod engine;
mod epoch;
mod instance;
mod known;
mod listing;
mod migrate;
mod open;
mod place;
mod reader;
mod refusal;
mod reserve;
mod restore;
mod revoked_keys;
mod rows;
mod schema;
#[cfg(test)]
mod scratch;
mod statistics;
mod store;
mod sweep;
mod verify;
mod whole;

pub use backup::BackupReport;
pub use copy::CopyProgress;
pub use counters::Counters;
pub use open::Means;
pub use place::{DATA_FILE, make_directory};
pub use refusal::OpenError;
pub use restore::{KeptEdge, RestorePlan, Restored, restore};
pub use whole::Looked;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Clock, Entropy, Timestamp};
use rusqlite::Connection;

use crate::appended::Hand;
use crate::error::StoreError;
use engine::Writer;
use instance::Instance;
use open::World;
use place::{Lock, Place};
use reader::{READERS, Readers};
use reserve::{Reserve, free_bytes};
use schema::SCHEMA;
use sweep::Cursors;
use whole::Checking;

type Result<T> = std::result::Result<T, StoreError>;

/// A start writes some small files, the store's and the server's: with less than this they are paid from the reserve.
const LEAST_TO_START: u64 = 1 << 20;

/// The embedded store. Close it in order with [`SqliteStore::close`]; dropping it does the same.
#[derive(Debug)]
pub struct SqliteStore {
    place: Place,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    counters: Arc<Counters>,
    reserve: Arc<Reserve>,
    writer: Writer,
    hand: Arc<Hand>,
    readers: Readers,
    cursors: Mutex<Cursors>,
    looked: Looked,
    acted_at: Option<Timestamp>,
    checking: Checking,
    /// Gone once the store is closed: then another process may open it.
    held: Mutex<Option<(Instance, Lock)>>,
}

impl SqliteStore {
    /// Opens the store in a directory (or at a data file), and makes it if there is none. The directory is made with
    /// mode 0700, every file with 0600.
    ///
    /// # Errors
    /// [`OpenError`], each with a hint. Nothing was changed.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> std::result::Result<Arc<Self>, OpenError> {
        Self::open_within(path, clock, entropy, Means::default())
    }

    /// The same with other means.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_within(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        means: Means,
    ) -> std::result::Result<Arc<Self>, OpenError> {
        Self::open_with(path, (clock, entropy), means, |_| Ok(()))
    }

    /// The same with another `PRAGMA synchronous`: for the tests that show that less than `FULL` loses writes.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    #[cfg(feature = "contract")]
    pub fn danger_open_synchronous(
        path: &Path,
        world: (Arc<dyn Clock>, Arc<dyn Entropy>),
        synchronous: &'static str,
    ) -> std::result::Result<Arc<Self>, OpenError> {
        Self::open_with(path, world, Means::default(), |connection| {
            connection.pragma_update(None, "synchronous", synchronous)
        })
    }

    fn open_with(
        path: &Path,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        means: Means,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> std::result::Result<Arc<Self>, OpenError> {
        let place = Place::of(path);
        make_directory(&place.directory)?;
        let lock = place.lock()?;
        let world = World {
            clock: clock.as_ref(),
            entropy: entropy.as_ref(),
        };
        let reserve = Arc::new(Reserve::new(&place, means.reserve_bytes));
        if free_bytes(&place.directory).is_some_and(|free| free < LEAST_TO_START) {
            reserve.release_at_start();
        }
        let (connection, looked) = match open::open_writer(&place, &SCHEMA, world) {
            Err(error) if error.is_full() && reserve.release_at_start() => {
                open::open_writer(&place, &SCHEMA, world)?
            }
            opened => opened?,
        };
        open::keep_pages(&connection, means.cache_bytes).map_err(StoreError::from)?;
        prepare(&connection).map_err(StoreError::from)?;
        let other = open::connect(&place.data)?;
        prepare(&other).map_err(StoreError::from)?;
        let acted_at = rows::events::newest_at(&connection)?;
        let known =
            instance::read(&place).ok_or_else(|| OpenError::Damaged("the file `instance`".to_owned()))?;
        let reader = |_| -> std::result::Result<Connection, OpenError> {
            let reader = open::open_reader(&place.data)?;
            open::keep_pages(&reader, means.cache_bytes / 16).map_err(StoreError::from)?;
            Ok(reader)
        };
        let readers: std::result::Result<Vec<Connection>, OpenError> = (0..READERS).map(reader).collect();
        reserve.keep();
        let counters = Arc::new(Counters::default());
        let hand = Arc::new(Hand::default());
        let kept = (Arc::clone(&counters), Arc::clone(&reserve), Arc::clone(&hand));
        Ok(Arc::new(Self {
            readers: Readers::start(readers?, Arc::clone(&counters)).map_err(OpenError::io(&place.data))?,
            writer: Writer::start((connection, other), Arc::clone(&clock), kept)?,
            hand,
            cursors: Mutex::default(),
            looked,
            acted_at,
            checking: Checking::default(),
            held: Mutex::new(Some((known, lock))),
            place,
            clock,
            entropy,
            counters,
            reserve,
        }))
    }

    /// When the last event before this opening was written: a wall clock before that was set back since.
    #[must_use]
    pub const fn acted_at(&self) -> Option<Timestamp> {
        self.acted_at
    }

    /// What the store counts about itself.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Bounds the data file: a write that needs more is refused with [`StoreError::Full`], reads go on. Says the bound
    /// that holds now, which is never below the present size.
    ///
    /// # Errors
    /// Of the engine.
    pub async fn limit_bytes(&self, bytes: u64) -> Result<u64> {
        let set = move |rows: &mut rows::SqliteRows<'_>, _: Timestamp| {
            let connection = rows.connection;
            let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            let pages = (codec::as_column(bytes) / page.max(1)).clamp(1, i64::from(u32::MAX - 1));
            let sql = format!("PRAGMA max_page_count = {pages}");
            let now: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            Ok(u64::try_from(now.saturating_mul(page)).unwrap_or(0))
        };
        self.writer.write(0, set).await
    }

    /// Writes what waits, moves the log into the data file, stops the threads and gives the lock back. Blocks for as
    /// long as that takes; later calls find the store stopped.
    pub fn close(&self) {
        self.checking.close();
        self.readers.stop();
        let reached = self.writer.stop();
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some((known, _lock)), Some(floor)) = (held, reached)
            && floor > known.floor
        {
            // If it cannot be written, the old floor stays: it finds less, and refuses nothing.
            let _ = instance::write(&self.place, Instance { floor, ..known });
        }
    }

    async fn write<T, F>(&self, bytes: usize, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut rows::SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        self.writer.write(bytes, work).await
    }

    /// A revocation: see [`Writer::write_urgent`].
    async fn write_urgent<T, F>(&self, bytes: usize, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut rows::SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        self.writer.write_urgent(bytes, work).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.readers.read(work).await
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}
