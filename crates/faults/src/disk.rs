//! A directory whose files are watched.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::draw::Draw;
use crate::journal::{Inode, Journal};
use crate::survivors::{Survivors, survivors};

/// How many directories are watched: while none is, a call costs one load more than without this crate.
static WATCHED: AtomicUsize = AtomicUsize::new(0);
static JOURNALS: Mutex<Vec<Arc<Mutex<Journal>>>> = Mutex::new(Vec::new());

/// A watched directory. What happens in it is written down until this is dropped; its files are real ones, and a sync
/// of one is written down in place of being done.
#[derive(Debug)]
pub struct Disk(Arc<Mutex<Journal>>);

impl Disk {
    /// Begins to watch a directory, with everything that is in it taken as being on the disk. Use the paths that
    /// [`Disk::root`] begins: another spelling of it is not recognised.
    ///
    /// # Errors
    /// The file system's.
    pub fn watch(directory: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(directory)?;
        let mut journal = Journal::new(root.clone());
        take_in(&mut journal, &root)?;
        let journal = Arc::new(Mutex::new(journal));
        locked(&JOURNALS).push(Arc::clone(&journal));
        WATCHED.fetch_add(1, Ordering::SeqCst);
        Ok(Self(journal))
    }

    /// The directory, as it must be spelled.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        locked(&self.0).root.clone()
    }

    /// How many steps were taken. What has happened before this was read is in them.
    #[must_use]
    pub fn position(&self) -> usize {
        locked(&self.0).steps.len()
    }

    /// From now on there is room for so many more bytes, or for as many as anybody likes. A write that finds none
    /// fails with `ENOSPC`, after what fitted.
    pub fn set_room(&self, bytes: Option<u64>) {
        locked(&self.0).room = bytes;
    }

    /// What of that room is left.
    #[must_use]
    pub fn room(&self) -> Option<u64> {
        locked(&self.0).room
    }

    /// From now on the disk says that it synced, and does not.
    pub fn lie_about_syncs(&self) {
        locked(&self.0).lies = true;
    }

    /// No further steps are written down.
    pub fn stop(&self) {
        if release(&self.0) {
            WATCHED.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// What is found if the power is lost after so many steps. The same seed finds the same.
    #[must_use]
    pub fn after_power_loss(&self, steps: usize, draw: &mut Draw) -> Survivors {
        survivors(&locked(&self.0), steps, draw)
    }

    /// The step after which that many were taken, as a text for people: what was about to happen.
    #[must_use]
    pub fn step(&self, at: usize) -> String {
        let journal = locked(&self.0);
        journal
            .steps
            .get(at)
            .map_or("the end".to_owned(), crate::journal::Step::told)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether it was watched.
fn release(journal: &Arc<Mutex<Journal>>) -> bool {
    let mut journals = locked(&JOURNALS);
    let before = journals.len();
    journals.retain(|other| !Arc::ptr_eq(other, journal));
    journals.len() < before
}

/// Does `call` under the lock of the journal that `of` chooses, so that the journal's order is the disk's; or without
/// one where none is chosen. `call` is given the journal with what `of` found.
pub(crate) fn with_journal<T, R>(
    of: impl Fn(&Journal) -> Option<T>,
    call: impl FnOnce(Option<(&mut Journal, T)>) -> R,
) -> R {
    if WATCHED.load(Ordering::SeqCst) == 0 {
        return call(None);
    }
    let journals = locked(&JOURNALS).clone();
    for journal in journals {
        let mut journal = locked(&journal);
        if let Some(found) = of(&journal) {
            return call(Some((&mut journal, found)));
        }
    }
    call(None)
}

pub(crate) fn inode(metadata: &fs::Metadata) -> Inode {
    (metadata.dev(), metadata.ino())
}

fn take_in(journal: &mut Journal, directory: &Path) -> io::Result<()> {
    let metadata = fs::metadata(directory)?;
    let name = journal.name(directory).unwrap_or_default();
    journal.found(&name, inode(&metadata), None);
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() {
            take_in(journal, &path)?;
        } else {
            let name = journal.name(&path).unwrap_or_default();
            journal.found(&name, inode(&metadata), Some(fs::read(&path)?));
        }
    }
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
