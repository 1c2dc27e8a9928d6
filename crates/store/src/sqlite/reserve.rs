//! Room kept back for revocations: the file `reserve` beside the data, full of zeros.
//!
//! When the disk is full, the file is emptied, and what it held is for revocations alone: ordinary writes are refused
//! until there is room for the whole file again. See `docs/DECISIONS/0013-reserve-for-revocations.md`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::{BootTime, Span};

use super::place::Place;

/// How long it takes at least from one attempt to make it again to the next.
pub(super) const AGAIN_AFTER: Span = Span::from_secs(1);
/// Written at once.
static CHUNK: [u8; 65_536] = [0; 65_536];

/// The reserve of one store. Only its writer changes it.
#[derive(Debug)]
pub(super) struct Reserve {
    directory: PathBuf,
    bytes: u64,
    held: AtomicBool,
    tried_at: AtomicU64,
}

impl Reserve {
    /// A reserve of so many bytes; of none where there is none.
    pub(super) fn new(place: &Place, bytes: u64) -> Self {
        Self {
            directory: place.directory.clone(),
            bytes,
            held: AtomicBool::new(bytes == 0),
            tried_at: AtomicU64::new(0),
        }
    }

    /// How many bytes it has, and should have.
    pub(super) fn state(&self) -> (u64, u64) {
        (if self.is_held() { self.bytes } else { 0 }, self.bytes)
    }

    /// Whether it is whole. While it is not, only revocations write.
    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Makes it, if there is room for it and for ordinary work beside it. Says whether it is whole.
    pub(super) fn keep(&self) -> bool {
        if !self.is_held() && self.is_worth_trying() {
            let made = self.fill();
            if made.is_err() {
                let _ = self.empty();
            }
            self.held.store(made.is_ok(), Ordering::Relaxed);
        }
        self.is_held()
    }

    /// The same, at most once in [`AGAIN_AFTER`].
    pub(super) fn keep_again(&self, now: BootTime) -> bool {
        let next = self
            .tried_at
            .load(Ordering::Relaxed)
            .saturating_add(AGAIN_AFTER.as_ms());
        if self.is_held() || now.as_ms() < next {
            return self.is_held();
        }
        self.tried_at.store(now.as_ms(), Ordering::Relaxed);
        self.keep()
    }

    /// Gives its room to revocations. Says whether it had any to give.
    pub(super) fn release(&self, now: BootTime) -> bool {
        self.tried_at.store(now.as_ms(), Ordering::Relaxed);
        let had = self.bytes > 0 && self.held.swap(false, Ordering::Relaxed);
        had && self.empty().is_ok()
    }

    /// Gives its room away before the store is open: opening writes as well.
    pub(super) fn release_at_start(&self) -> bool {
        let has = std::fs::metadata(self.path()).is_ok_and(|file| file.len() > 0);
        has && self.empty().is_ok()
    }

    fn path(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    /// Half of it again must be free, so that it is not given and taken with every write.
    fn is_worth_trying(&self) -> bool {
        let has = std::fs::metadata(self.path()).map_or(0, |file| file.len());
        let free = free_bytes(&self.directory);
        free.is_none_or(|free| free >= self.bytes.saturating_sub(has).saturating_add(self.bytes / 2))
    }

    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options
            .create(true)
            .truncate(false)
            .append(true)
            .mode(0o600)
            .open(self.path())
    }

    fn fill(&self) -> std::io::Result<()> {
        let mut file = self.open()?;
        let mut has = file.metadata()?.len();
        if has > self.bytes {
            file.set_len(self.bytes)?;
        }
        while has < self.bytes {
            let rest = usize::try_from(self.bytes - has).unwrap_or(CHUNK.len());
            let chunk = CHUNK.get(..rest).unwrap_or(&CHUNK);
            file.write_all(chunk)?;
            has += chunk.len() as u64;
        }
        file.sync_all()
    }

    fn empty(&self) -> std::io::Result<()> {
        // The name stays: a directory that is full takes no new one.
        let file = self.open()?;
        file.set_len(0)?;
        file.sync_all()
    }
}

/// What the file system has left for this process.
pub(super) fn free_bytes(directory: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::scratch::Scratch;
    use faults::Disk;

    const SIZE: u64 = 200_000;

    fn length(scratch: &Scratch) -> u64 {
        std::fs::metadata(scratch.file("reserve")).unwrap().len()
    }

    #[test]
    fn it_is_made_given_away_and_made_again() {
        let scratch = Scratch::new();
        let disk = Disk::watch(&scratch.path).unwrap();
        let reserve = Reserve::new(&scratch.place(), SIZE);
        assert!(!reserve.is_held() && reserve.keep());
        assert_eq!((length(&scratch), reserve.state()), (SIZE, (SIZE, SIZE)));
        let now = BootTime::from_ms(10_000);
        disk.set_room(Some(4096));
        assert!(reserve.release(now));
        assert_eq!((length(&scratch), reserve.state()), (0, (0, SIZE)));
        assert!(disk.room().unwrap() > SIZE);
        assert!(!reserve.release(now), "there is nothing left to give");

        disk.set_room(Some(SIZE / 2));
        let later = now + AGAIN_AFTER;
        assert!(!reserve.keep_again(later), "there is no room");
        assert_eq!(length(&scratch), 0, "and what there is was not taken");
        disk.set_room(None);
        assert!(!reserve.keep_again(later), "not at once again");
        assert!(reserve.keep_again(later + AGAIN_AFTER));
        assert_eq!(length(&scratch), SIZE);
    }

    #[test]
    fn one_of_another_size_is_adjusted_and_none_is_none() {
        let scratch = Scratch::new();
        let _disk = Disk::watch(&scratch.path).unwrap();
        assert!(Reserve::new(&scratch.place(), SIZE).keep());
        let smaller = Reserve::new(&scratch.place(), 1000);
        assert!(smaller.keep());
        assert_eq!(length(&scratch), 1000);
        assert!(smaller.release_at_start());
        assert!(!smaller.release_at_start());
        let none = Reserve::new(&scratch.place(), 0);
        assert!(none.is_held());
        assert!(!none.release(BootTime::from_ms(0)));
        assert_eq!(none.state(), (0, 0));
    }
}
