//! Copying a database while it is in use: SQLite's online backup, in steps, over one snapshot.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::open::connect;
use super::place::{create_new, sync};
use super::refusal::OpenError;
use super::whole::check_whole;
use crate::error::StoreError;

/// Pages per step: 1 MB.
const STEP_PAGES: i32 = 256;

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    /// Pages that are copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// Copies into a new file (mode 0600), lets `finish` change the copy, checks it and writes it to the disk. What was
/// begun is removed on failure.
pub(super) fn copy_into(
    source: &Connection,
    target: &Path,
    progress: &mut dyn FnMut(CopyProgress),
    finish: impl FnOnce(&Connection) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    drop(create_new(target)?);
    let copied = copy(source, target, progress, finish);
    if copied.is_err() {
        let _ = std::fs::remove_file(target);
    }
    copied
}

fn copy(
    source: &Connection,
    target: &Path,
    progress: &mut dyn FnMut(CopyProgress),
    finish: impl FnOnce(&Connection) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let mut copy = connect(target)?;
    // One snapshot for all steps: without it, every write would make the copy begin again.
    source.execute_batch("BEGIN").map_err(StoreError::from)?;
    let stepped = all_steps(source, &mut copy, progress);
    source.execute_batch("ROLLBACK").map_err(StoreError::from)?;
    stepped?;
    // One ordinary file, without a log beside it.
    let alone: String = copy
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .map_err(StoreError::from)?;
    if alone != "delete" {
        return Err(StoreError::Unavailable("the copy cannot be closed".to_owned()).into());
    }
    finish(&copy)?;
    check_whole(&copy)?;
    copy.close()
        .map_err(|(_, error)| OpenError::Store(error.into()))?;
    sync(target)
}

fn all_steps(
    source: &Connection,
    copy: &mut Connection,
    progress: &mut dyn FnMut(CopyProgress),
) -> Result<(), StoreError> {
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(source, copy)?;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let now = backup.progress();
        let total = u64::try_from(now.pagecount).unwrap_or(0);
        let left = u64::try_from(now.remaining).unwrap_or(0);
        progress(CopyProgress {
            done: total.saturating_sub(left),
            total,
        });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(StoreError::Unavailable("the copy is locked".to_owned())),
        }
    }
}
