//! A backup while the store runs.

use std::path::{Path, PathBuf};

use domain::Seq;

use super::copy::{CopyProgress, copy_into};
use super::place::{create_new, sync};
use super::refusal::OpenError;
use super::rows::{events, log, meta};
use super::{SqliteStore, open};

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupReport {
    /// Its size.
    pub bytes: u64,
    /// How far its log reaches.
    pub head: Seq,
    /// How many events it holds.
    pub events: u64,
}

impl SqliteStore {
    /// Writes all of one moment into one new file (mode 0600), checked and on the disk when this returns. Blocks:
    /// call it where blocking is allowed. `progress` hears of every megabyte.
    ///
    /// The copy has a name of its own: put in place by hand, it is known to be from the past (see [`super::restore()`]).
    ///
    /// # Errors
    /// [`OpenError::Exists`] rather than overwriting; or the disk's refusal. Nothing is left behind.
    pub fn backup(
        &self,
        to: &Path,
        progress: &mut dyn FnMut(CopyProgress),
    ) -> Result<BackupReport, OpenError> {
        let source = open::open_reader(&self.place.data)?;
        // Reserves the name; only a whole backup ever stands under it with content.
        drop(create_new(to)?);
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut report = BackupReport {
            bytes: 0,
            head: Seq::default(),
            events: 0,
        };
        let made = copy_into(&source, &partial, progress, |copy| {
            meta::put_instance(copy, &open::new_instance(self.entropy.as_ref()))?;
            report.head = log::head(copy)?.seq;
            report.events = events::head(copy)?.0;
            Ok(())
        });
        let placed = made.and_then(|()| std::fs::rename(&partial, to).map_err(OpenError::io(to)));
        if let Err(error) = placed {
            let _ = std::fs::remove_file(&partial);
            let _ = std::fs::remove_file(to);
            return Err(error);
        }
        to.parent().map_or(Ok(()), sync)?;
        report.bytes = std::fs::metadata(to).map_err(OpenError::io(to))?.len();
        Ok(report)
    }
}
