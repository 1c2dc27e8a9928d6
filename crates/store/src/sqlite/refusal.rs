//! Why a store does not open.

use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Why a store could not be opened, backed up or restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error("the store in {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// Written by a newer version of this program.
    #[error("the store has schema version {found}; this program knows versions up to {known}")]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The file is not a database at all.
    #[error("{} is not a database", .0.display())]
    NotADatabase(PathBuf),
    /// A database, but not ours.
    #[error("{} is another program's database", .0.display())]
    Foreign(PathBuf),
    /// The directory held a store, and its data file is gone or empty.
    #[error("the directory {} held a store, but its data file is gone or empty", .0.display())]
    Missing(PathBuf),
    /// A file that would be overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The data is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database engine refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked(_) => "stop the other `symbolon serve`, or choose another directory with --data",
            Self::Newer { .. } => {
                "use the version of symbolon that wrote it, or restore the backup `symbolon.db.before-vN` made when it was upgraded"
            }
            Self::NotADatabase(_) | Self::Foreign(_) => "choose another file or directory",
            Self::Missing(_) => {
                "restore a backup with `symbolon restore FILE`; to begin anew, choose an empty directory"
            }
            Self::Exists(_) => "choose another name: nothing is ever overwritten",
            Self::Damaged(_) => "restore a backup with `symbolon restore FILE`",
            Self::Io { source, .. } if is_full(source) => "make room on the disk",
            Self::Io { .. } => "check that the path exists and that this user may read and write it",
            Self::Store(StoreError::Full) => "make room on the disk",
            Self::Store(_) => "try again; if it persists, restore a backup with `symbolon restore FILE`",
        }
    }

    /// Whether there is no room on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Store(error) => *error == StoreError::Full,
            Self::Io { source, .. } => is_full(source),
            _ => false,
        }
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// A fault of the engine while it reads a file that may not be a database.
    pub(super) fn of_file(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        move |error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotADatabase(path.clone()),
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Store(error.into()),
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
    )
}
