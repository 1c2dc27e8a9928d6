//! Where a store lives: its directory, its files, its lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::refusal::OpenError;

type Result<T> = std::result::Result<T, OpenError>;

/// The name of the data file in its directory.
pub const DATA_FILE: &str = "symbolon.db";

/// The files of one store. A directory holds one.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) directory: PathBuf,
    pub(super) data: PathBuf,
}

/// The right to open a store. Given back when dropped, also by a process that dies.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(
        dead_code,
        reason = "held, never read: the lock lasts as long as the file is open"
    )]
    File,
);

impl Place {
    /// From a directory, or from a data file in one.
    pub(super) fn of(path: &Path) -> Self {
        let is_file = path.is_file() || path.extension().is_some_and(|e| e == "db");
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        if is_file {
            Self {
                directory: parent.unwrap_or(Path::new(".")).to_path_buf(),
                data: path.to_path_buf(),
            }
        } else {
            Self {
                directory: path.to_path_buf(),
                data: path.join(DATA_FILE),
            }
        }
    }

    /// Beside the data file, says which store this directory holds.
    pub(super) fn instance(&self) -> PathBuf {
        self.directory.join("instance")
    }

    /// Beside the data file, names the keys that were ever revoked here.
    pub(super) fn revoked_keys(&self) -> PathBuf {
        self.directory.join("revoked-keys")
    }

    /// A file whose name begins like the data file's.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.data.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// Takes the lock, or refuses at once.
    pub(super) fn lock(&self) -> Result<Lock> {
        let path = self.directory.join("symbolon.lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(OpenError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked(self.directory.clone())),
            Err(TryLockError::Error(error)) => Err(OpenError::io(&path)(error)),
        }
    }

    /// Makes the data file, if there is none, and closes it to others. SQLite gives its other files the same mode.
    pub(super) fn make_data_file(&self) -> Result<()> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&self.data).map_err(OpenError::io(&self.data))?;
        let closed = fs::Permissions::from_mode(0o600);
        file.set_permissions(closed).map_err(OpenError::io(&self.data))
    }

    pub(super) fn sync_directory(&self) -> Result<()> {
        sync(&self.directory)
    }
}

/// Makes a directory, and those above it that are missing, closed to others; their names are on the disk afterwards. One
/// that exists keeps its mode.
///
/// # Errors
/// [`OpenError::Io`] with the path that could not be made.
pub fn make_directory(directory: &Path) -> Result<()> {
    let missing: Vec<&Path> = directory.ancestors().take_while(|path| !is_there(path)).collect();
    for path in missing.into_iter().rev() {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(OpenError::io(path)(error)),
            _ => {}
        }
        // A directory that its parent forgets takes everything in it along. One that may not be read cannot be synced.
        match path.parent().map_or(Ok(()), sync) {
            Err(OpenError::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {}
            synced => synced?,
        }
    }
    Ok(())
}

/// An empty path is the current directory.
fn is_there(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.is_dir()
}

/// A new file, closed to others; refuses one that exists.
pub(super) fn create_new(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let made = options.create_new(true).write(true).mode(0o600).open(path);
    made.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            OpenError::Exists(path.to_path_buf())
        } else {
            OpenError::io(path)(error)
        }
    })
}

/// Replaces a small file as a whole: after a crash it is the old one or the new one.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let partial = path.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut file = create_new(&partial)?;
    file.write_all(text.as_bytes()).map_err(OpenError::io(&partial))?;
    file.sync_all().map_err(OpenError::io(&partial))?;
    fs::rename(&partial, path).map_err(OpenError::io(path))?;
    path.parent().map_or(Ok(()), sync)
}

/// What was written to it, or to the directory's names, is on the disk afterwards.
pub(super) fn sync(path: &Path) -> Result<()> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(OpenError::io(path))
}
