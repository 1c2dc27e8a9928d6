//! A directory of a test's own, and stores in it.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod load;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::testing::{ManualClock, SeededEntropy};
use domain::{Clock, Entropy};
use store::contract::{Bench, Terms};
use store::sqlite::{OpenError, RestorePlan, Restored, SqliteStore, restore};

pub(crate) const BOUND: Terms = Terms {
    scope: &["read"],
    public: false,
    rotate: true,
};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Removed with everything in it when the test ends.
pub(crate) struct Scratch {
    path: PathBuf,
    pub(crate) clock: Arc<ManualClock>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("store-{}-{n}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self {
            path,
            clock: Arc::default(),
        }
    }

    /// The directory, as the system spells it.
    pub(crate) fn root(&self) -> PathBuf {
        std::fs::canonicalize(&self.path).unwrap()
    }

    /// A path in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The store's own directory, not made yet.
    pub(crate) fn data(&self) -> PathBuf {
        self.at("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.at("data/symbolon.db")
    }

    pub(crate) fn open(&self) -> Result<Arc<SqliteStore>, OpenError> {
        self.open_at(&self.data())
    }

    pub(crate) fn open_at(&self, path: &Path) -> Result<Arc<SqliteStore>, OpenError> {
        SqliteStore::open(path, self.clock.clone(), entropy())
    }

    pub(crate) fn restore(&self, from: &Path) -> Result<Restored, OpenError> {
        self.restore_edges(from, false)
    }

    /// As [`Scratch::restore`], and perhaps the end of every edge's credential.
    pub(crate) fn restore_edges(&self, from: &Path, end_edges: bool) -> Result<Restored, OpenError> {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let plan = RestorePlan {
            from,
            into: &self.data(),
            end_edges,
        };
        restore(plan, &clock, &entropy(), &mut |_| ())
    }

    /// A bench on an open store.
    pub(crate) fn bench(&self, store: &Arc<SqliteStore>) -> Bench {
        Bench {
            store: store.clone(),
            clock: self.clock.clone(),
            entropy: entropy(),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Never the same stream twice in one process.
pub(crate) fn entropy() -> Arc<dyn Entropy> {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    Arc::new(SeededEntropy::new(
        (u64::from(std::process::id()) << 32) + u64::from(n),
    ))
}

/// A plain connection, as an operator's tool opens it.
pub(crate) fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

/// One number from a plain connection.
pub(crate) fn number(connection: &rusqlite::Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
