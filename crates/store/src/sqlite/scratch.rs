//! A directory of a test's own, removed with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::testing::{ManualClock, SeededEntropy};
use rusqlite::Connection;

use super::open::{World, open_writer};
use super::place::Place;
use super::refusal::OpenError;
use super::schema::Schema;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub(super) struct Scratch {
    pub(super) path: PathBuf,
    pub(super) clock: Arc<ManualClock>,
    pub(super) entropy: Arc<SeededEntropy>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("symbolon-unit-{}-{n}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self {
            path,
            clock: Arc::default(),
            entropy: Arc::new(SeededEntropy::new(u64::from(n))),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::of(&self.path)
    }

    pub(super) fn writer(&self, schema: &Schema) -> Result<Connection, OpenError> {
        let world = World {
            clock: self.clock.as_ref(),
            entropy: self.entropy.as_ref(),
        };
        open_writer(&self.place(), schema, world).map(|(connection, _)| connection)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A plain connection, as an operator's tool opens it.
pub(super) fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}
