//! `admin.json` in the data directory: how management commands on the same machine find a running server. The server
//! makes a new token at each start and removes the file when it stops.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;

const NAME: &str = "admin.json";
const LONGEST: u64 = 16 * 1024;

/// Where the admin API listens, and the token that it takes.
pub(crate) struct AdminFile {
    /// Base URL.
    pub(crate) url: String,
    /// Bearer token.
    pub(crate) token: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: String,
    token: String,
}

impl AdminFile {
    /// Reads it; nothing when there is none.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, Failure> {
        let path = directory.join(NAME);
        let file = match open_without_links(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(&path).because(&error)),
        };
        check_private(&path, &file)?;
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| unreadable(&path).because(&error))?;
        let read = Self::parse(&text).ok_or_else(|| {
            unreadable(&path)
                .hint("it is not what `symbolon serve` writes: restart the server to write it anew")
        })?;
        Ok(Some(read))
    }

    /// From its text. Why it is none is not told: the parser's message could quote the token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let written: Written = serde_json::from_str(text).ok()?;
        Some(Self {
            url: written.url,
            token: Zeroizing::new(written.token),
        })
    }

    /// Writes it, readable by its owner alone, in one step.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Failure> {
        let (path, draft) = (directory.join(NAME), directory.join(".admin.json.new"));
        let fault = |error: std::io::Error| {
            Failure::fault(format!("cannot write {}", path.display())).because(&error)
        };
        let written = Written {
            url: self.url.clone(),
            token: self.token.to_string(),
        };
        let text = serde_json::to_string(&written).map(Zeroizing::new);
        let text = text.map_err(|error| fault(error.into()))?;
        let _ = Zeroizing::new(written.token);
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault(error)),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .map_err(fault)?;
        file.write_all(text.as_bytes()).map_err(fault)?;
        fs::rename(&draft, &path).map_err(fault)
    }

    /// Removes it when the server stops.
    pub(crate) fn remove(directory: &Path) {
        let _ = fs::remove_file(Self::path(directory));
    }

    /// Where it lies.
    pub(crate) fn path(directory: &Path) -> PathBuf {
        directory.join(NAME)
    }
}

fn unreadable(path: &Path) -> Failure {
    Failure::mistake(format!("cannot use {}", path.display()))
}

fn open_without_links(path: &Path) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits() | rustix::fs::OFlags::NONBLOCK.bits();
    let flags = i32::try_from(flags).map_err(|_| std::io::Error::other("flags"))?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Whoever can write it could send us, with our token, to a server of theirs; whoever can read it is an administrator.
fn check_private(path: &Path, file: &File) -> Result<(), Failure> {
    let meta = file
        .metadata()
        .map_err(|error| unreadable(path).because(&error))?;
    let ours = rustix::process::geteuid();
    if !meta.is_file() || meta.mode() & 0o077 != 0 {
        return Err(
            Failure::mistake(format!("{} is open to other users", path.display()))
                .hint("restart the server: it makes a new token and a private file"),
        );
    }
    if meta.uid() != ours.as_raw() && !ours.is_root() {
        return Err(
            Failure::mistake(format!("{} belongs to another user", path.display()))
                .hint("run the command as the user that runs the server"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;
    use std::os::unix::fs::PermissionsExt;

    fn sample() -> AdminFile {
        AdminFile {
            url: "http://127.0.0.1:8701".to_owned(),
            token: Zeroizing::new("sy_at_x".to_owned()),
        }
    }

    #[test]
    fn it_is_written_private_and_read_back() {
        let dir = Directory::new();
        sample().write(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = AdminFile::read(dir.path()).unwrap().unwrap();
        assert_eq!(
            (read.url.as_str(), read.token.as_str()),
            ("http://127.0.0.1:8701", "sy_at_x")
        );
        AdminFile::remove(dir.path());
        assert!(AdminFile::read(dir.path()).unwrap().is_none());
    }

    #[test]
    fn one_that_others_can_read_is_refused() {
        let dir = Directory::new();
        sample().write(dir.path()).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o602] {
            let path = dir.path().join(NAME);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let failure = AdminFile::read(dir.path()).err().unwrap();
            assert!(failure.message.contains("open to other users"), "{mode:o}");
        }
    }

    #[test]
    fn a_link_is_not_followed() {
        let (dir, elsewhere) = (Directory::new(), Directory::new());
        sample().write(elsewhere.path()).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join(NAME), dir.path().join(NAME)).unwrap();
        assert!(AdminFile::read(dir.path()).is_err());
    }

    #[test]
    fn nonsense_is_refused_without_being_quoted() {
        let dir = Directory::new();
        sample().write(dir.path()).unwrap();
        fs::write(dir.path().join(NAME), r#"{"url":"x","token":7,"sy_at_secret":1}"#).unwrap();
        let failure = AdminFile::read(dir.path()).err().unwrap();
        assert!(!format!("{failure:?}").contains("sy_at_secret"));
    }
}
