//! The data directory: private, with the key-encryption key in a file of its own.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use authority::KeyEncryptionKey;
use domain::Entropy;
use zeroize::Zeroizing;

use crate::failure::Failure;

const KEK: &str = "kek";
const DEMO: &str = "demo";

/// Makes the directory, or checks that it is the owner's alone.
pub(crate) fn open(path: &Path) -> Result<(), Failure> {
    let fault =
        |error: std::io::Error| Failure::fault(format!("cannot use {}", path.display())).because(&error);
    store::sqlite::make_directory(path).map_err(crate::local_store::refused)?;
    let mode = fs::metadata(path).map_err(fault)?.mode();
    if mode & 0o077 != 0 {
        return Err(
            Failure::mistake(format!("{} is open to other users", path.display()))
                .hint(format!("chmod 700 {}", path.display())),
        );
    }
    Ok(())
}

/// A demo never touches a directory that is not a demo's, and nothing else opens a demo's.
pub(crate) fn claim(path: &Path, demo: bool) -> Result<(), Failure> {
    let (mark, used) = (path.join(DEMO), path.join(KEK).exists());
    match (demo, mark.exists(), used) {
        (true, false, true) => Err(Failure::mistake(format!(
            "{} is not a demo's data directory",
            path.display()
        ))
        .hint("choose another with --data, or leave --demo out")),
        (false, true, _) => Err(Failure::mistake(format!("{} belongs to a demo", path.display()))
            .hint("choose another with --data")),
        (true, false, false) => fs::write(&mark, "made by symbolon serve --demo\n")
            .map_err(|error| Failure::fault("cannot mark the demo's data directory").because(&error)),
        _ => Ok(()),
    }
}

/// Reads the key-encryption key, or makes it on first start.
pub(crate) fn key_encryption_key(path: &Path, entropy: &dyn Entropy) -> Result<KeyEncryptionKey, Failure> {
    let file = path.join(KEK);
    match read(&file)? {
        Some(key) => Ok(key),
        None => make(&file, entropy),
    }
}

/// From a secret that the configuration named: 43 characters of base64url.
pub(crate) fn parse_key(text: &str) -> Option<KeyEncryptionKey> {
    let bytes = Zeroizing::new(jose::base64url::decode(text.trim().as_bytes()).ok()?);
    let mut key = Zeroizing::new([0u8; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(KeyEncryptionKey::new(key))
}

fn read(file: &Path) -> Result<Option<KeyEncryptionKey>, Failure> {
    let fault =
        |error: std::io::Error| Failure::fault(format!("cannot read {}", file.display())).because(&error);
    let mut handle = match fs::File::open(file) {
        Ok(handle) => handle,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    if handle.metadata().map_err(fault)?.mode() & 0o077 != 0 {
        return Err(
            Failure::mistake(format!("{} is open to other users", file.display())).hint(format!(
                "chmod 600 {}; whoever read it can open every key in a stolen store",
                file.display()
            )),
        );
    }
    let mut text = Zeroizing::new(String::new());
    Read::by_ref(&mut handle)
        .take(1024)
        .read_to_string(&mut text)
        .map_err(fault)?;
    let key = parse_key(&text).ok_or_else(|| {
        Failure::fault(format!("{} is not a key-encryption key", file.display()))
            .hint("restore it from where you keep it: without it the keys in the store cannot be opened")
    });
    key.map(Some)
}

fn make(file: &PathBuf, entropy: &dyn Entropy) -> Result<KeyEncryptionKey, Failure> {
    let fault =
        |error: std::io::Error| Failure::fault(format!("cannot write {}", file.display())).because(&error);
    let mut key = Zeroizing::new([0u8; 32]);
    entropy.fill(key.as_mut());
    let text = Zeroizing::new(jose::base64url::encode(key.as_ref()));
    // Under its name only once it is whole: half a key would stop every start to come.
    let partial = file.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut handle = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&partial)
        .map_err(fault)?;
    handle
        .write_all(text.as_bytes())
        .and_then(|()| handle.sync_all())
        .and_then(|()| fs::rename(&partial, file))
        .map_err(fault)?;
    // The name must survive a crash too: a store whose keys nobody can open is lost.
    if let Some(directory) = file.parent() {
        fs::File::open(directory)
            .and_then(|d| d.sync_all())
            .map_err(fault)?;
    }
    Ok(KeyEncryptionKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;
    use domain::testing::SeededEntropy;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_private_and_read_back() {
        let dir = Directory::new();
        let data = dir.path().join("data");
        open(&data).unwrap();
        key_encryption_key(&data, &SeededEntropy::new(1)).unwrap();
        let first = fs::read_to_string(data.join(KEK)).unwrap();
        key_encryption_key(&data, &SeededEntropy::new(2)).unwrap();
        assert_eq!(fs::read_to_string(data.join(KEK)).unwrap(), first);
        assert_eq!(fs::metadata(data.join(KEK)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_power_loss_leaves_a_whole_key_or_none() {
        let dir = Directory::new();
        let disk = faults::Disk::watch(dir.path()).unwrap();
        let data = disk.root().join("data");
        open(&data).unwrap();
        key_encryption_key(&data, &SeededEntropy::new(1)).unwrap();
        disk.stop();
        let made = fs::read_to_string(data.join(KEK)).unwrap();
        for seed in 0..400 {
            let (cut, draw) = (seed % (disk.position() + 1), &mut faults::Draw::new(seed as u64));
            let left = disk.after_power_loss(cut, draw);
            let there = left.file("data/kek");
            assert!(
                there.is_none_or(|key| key == made.as_bytes()),
                "cut before: {}",
                disk.step(cut)
            );
            assert!(
                there.is_some() || cut < disk.position(),
                "it was made, and is gone"
            );
        }
    }

    #[test]
    fn open_files_and_directories_are_refused() {
        let dir = Directory::new();
        let data = dir.path().join("data");
        open(&data).unwrap();
        key_encryption_key(&data, &SeededEntropy::new(1)).unwrap();
        fs::set_permissions(data.join(KEK), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key_encryption_key(&data, &SeededEntropy::new(1)).is_err());
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(open(&data).is_err());
    }

    #[test]
    fn a_demo_and_a_real_store_keep_apart() {
        let (real, demo) = (Directory::new(), Directory::new());
        key_encryption_key(real.path(), &SeededEntropy::new(1)).unwrap();
        assert!(claim(real.path(), true).is_err());
        assert!(claim(real.path(), false).is_ok());
        assert!(claim(demo.path(), true).is_ok());
        key_encryption_key(demo.path(), &SeededEntropy::new(1)).unwrap();
        assert!(claim(demo.path(), true).is_ok(), "again");
        assert!(claim(demo.path(), false).is_err());
    }
}
