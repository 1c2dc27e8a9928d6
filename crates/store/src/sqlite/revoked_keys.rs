//! The file `revoked-keys` beside the data: every key that the log of this directory ever revoked, one name a line. A restore
//! does not replace it. A backup cannot know which edges were removed after it was made; this file does.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;

use domain::key::KeyId;

use super::place::{self, Place};
use super::refusal::OpenError;

/// Names of keys.
pub(super) type Keys = BTreeSet<KeyId>;

/// What the file says; nothing where there is none. A line that is no name is passed over: it names no key.
///
/// # Errors
/// The file is there and cannot be read: then nobody knows what it says.
pub(super) fn read(place: &Place) -> Result<Keys, OpenError> {
    let path = place.revoked_keys();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().filter_map(|line| KeyId::new(line).ok()).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Keys::new()),
        Err(error) => Err(OpenError::io(&path)(error)),
    }
}

/// Adds to it; on the disk when this returns. Nothing is ever taken out.
///
/// # Errors
/// It cannot be read, or written.
pub(super) fn add(place: &Place, more: &Keys) -> Result<(), OpenError> {
    let mut known = read(place)?;
    let before = known.len();
    known.extend(more.iter().cloned());
    if known.len() == before {
        return Ok(());
    }
    let text: String = known.iter().map(|key| format!("{key}\n")).collect();
    place::replace(&place.revoked_keys(), &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::scratch::Scratch;

    fn keys(names: &[&str]) -> Keys {
        names.iter().map(|name| KeyId::new(name).unwrap()).collect()
    }

    #[test]
    fn it_grows_and_forgets_nothing() {
        let scratch = Scratch::new();
        let place = scratch.place();
        place::make_directory(&place.directory).unwrap();
        assert_eq!(read(&place).unwrap(), Keys::new());
        add(&place, &keys(&["edge-b"])).unwrap();
        add(&place, &keys(&["edge-a", "edge-b"])).unwrap();
        add(&place, &Keys::new()).unwrap();
        assert_eq!(read(&place).unwrap(), keys(&["edge-a", "edge-b"]));
        fs::write(place.revoked_keys(), "edge-a\n\nnot a name\nedge-c").unwrap();
        assert_eq!(read(&place).unwrap(), keys(&["edge-a", "edge-c"]));
        fs::remove_file(place.revoked_keys()).unwrap();
        fs::create_dir(place.revoked_keys()).unwrap();
        assert!(read(&place).is_err(), "it is there, and says nothing");
    }
}
