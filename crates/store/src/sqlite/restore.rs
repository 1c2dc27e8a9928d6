//! Putting a backup in place of a stopped store: a new epoch, in which everything issued before is dead.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Clock, Entropy, Epoch, Seq, Span};

use super::copy::{CopyProgress, copy_into};
use super::epoch::start_epoch;
use super::instance::{self, Instance};
use super::migrate::apply;
use super::open::{self, World};
use super::place::{self, Place};
use super::refusal::OpenError;
use super::rows::{log, meta};
use super::schema::SCHEMA;
use super::verify::verify_chains;
use super::whole::check_whole;

type Result<T> = std::result::Result<T, OpenError>;

/// How many epochs are passed over where the replaced store cannot be read: it may have started some itself.
const UNREADABLE_EPOCHS: u32 = 64;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The epoch that began.
    pub epoch: Epoch,
    /// Head of the log, after the entry that ends everything issued before.
    pub head: Seq,
    /// Where the replaced file is kept.
    pub replaced: Option<PathBuf>,
}

/// What must be carried over from the store that is replaced.
struct Replaced {
    epoch: Epoch,
    largest_lease: Span,
}

/// Restores a backup into a directory whose store is stopped. The backup is verified first; the replaced file is kept
/// as `symbolon.db.replaced-<ms>`. The new log starts in an epoch above the backup's and the replaced store's, and its
/// first entry, of class `all`, refuses every credential issued before: revocations made since the backup are not in
/// it, and must not be undone.
///
/// # Errors
/// [`OpenError`]: the store runs, or the backup is damaged, another program's or too new. Then nothing was changed.
pub fn restore(
    from: &Path,
    directory: &Path,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    progress: &mut dyn FnMut(CopyProgress),
) -> Result<Restored> {
    let place = Place::of(directory);
    place::make_directory(&place.directory)?;
    let _lock = place.lock()?;
    let world = World {
        clock: clock.as_ref(),
        entropy: entropy.as_ref(),
    };
    let prepared = Place {
        directory: place.directory.clone(),
        data: place.beside(".restoring"),
    };
    remove_database(&prepared.data)?;
    let before = read_replaced(&place);
    let made = bring_in(from, &prepared, progress).and_then(|()| renew(&prepared, &before, world));
    let (instance, head) = match made {
        Ok(made) => made,
        Err(error) => {
            remove_database(&prepared.data)?;
            return Err(error);
        }
    };
    let replaced = keep_replaced(&place, world)?;
    fs::rename(&prepared.data, &place.data).map_err(OpenError::io(&place.data))?;
    place.sync_directory()?;
    // A crash before this line leaves data that the directory does not know: it starts yet another epoch when opened.
    instance::write(
        &place,
        Instance {
            id: instance,
            floor: head,
        },
    )?;
    Ok(Restored {
        epoch: head.epoch(),
        head,
        replaced,
    })
}

/// Verifies the backup and copies it beside its place.
fn bring_in(from: &Path, prepared: &Place, progress: &mut dyn FnMut(CopyProgress)) -> Result<()> {
    fs::metadata(from).map_err(OpenError::io(from))?;
    let source = open::open_reader(from)?;
    open::version_of(&source, from, &SCHEMA)?;
    check_whole(&source)?;
    copy_into(&source, &prepared.data, progress, |copy| {
        let found = open::version_of(copy, from, &SCHEMA)?;
        apply(copy, found, &SCHEMA)?;
        verify_chains(copy).map_err(|error| OpenError::Damaged(error.to_string()))
    })
}

/// A name and an epoch of its own.
fn renew(prepared: &Place, before: &Replaced, world: World<'_>) -> Result<([u8; 16], Seq)> {
    let connection = open::connect(&prepared.data)?;
    let id = open::new_instance(world.entropy);
    let head = open::transact(&connection, |connection| {
        meta::put_instance(connection, &id)?;
        meta::raise_largest_lease(connection, before.largest_lease)?;
        start_epoch(connection, before.epoch, "restore", world)
    })?;
    connection
        .close()
        .map_err(|(_, error)| OpenError::Store(error.into()))?;
    place::sync(&prepared.data)?;
    Ok((id, head.seq))
}

/// What is known of the store in place: from its data, and from the file beside it.
fn read_replaced(place: &Place) -> Replaced {
    let floor = instance::read(place).map(|known| known.floor.epoch());
    let nothing = Epoch::from_u32(0).unwrap_or(Epoch::FIRST);
    if !place.data.exists() && floor.is_none() {
        return Replaced {
            epoch: nothing,
            largest_lease: Span::default(),
        };
    }
    let found = read_data(place);
    let readable = found.is_some();
    let (epoch, largest_lease) = found.unwrap_or((nothing, Span::default()));
    let epoch = epoch.max(floor.unwrap_or(nothing));
    let passed_over = Epoch::from_u32(epoch.as_u32().saturating_add(UNREADABLE_EPOCHS));
    Replaced {
        epoch: if readable {
            epoch
        } else {
            passed_over.unwrap_or(epoch)
        },
        largest_lease,
    }
}

/// Opening it for writing brings in what a crash left in its log file; closing removes that file.
fn read_data(place: &Place) -> Option<(Epoch, Span)> {
    if !place.data.exists() {
        return None;
    }
    let connection = open::connect(&place.data).ok()?;
    open::version_of(&connection, &place.data, &SCHEMA).ok()?;
    let epoch = log::head(&connection).ok()?.seq.epoch();
    let lease = meta::largest_lease(&connection).ok()?;
    connection.close().ok()?;
    Some((epoch, lease))
}

/// Gives the replaced data a second name. Files beside it go first, also where the data itself is gone: a log file must
/// never meet another's data.
fn keep_replaced(place: &Place, world: World<'_>) -> Result<Option<PathBuf>> {
    let ms = world.clock.now().as_ms();
    let kept = (0..u64::from(u16::MAX))
        .map(|n| place.beside(&format!(".replaced-{}", ms + n)))
        .find(|path| !path.exists())
        .ok_or_else(|| OpenError::Exists(place.data.clone()))?;
    for suffix in ["-wal", "-shm"] {
        let (from, mut to) = (place.beside(suffix), kept.clone().into_os_string());
        to.push(suffix);
        if from.exists() {
            fs::rename(&from, PathBuf::from(to)).map_err(OpenError::io(&from))?;
        }
    }
    if !place.data.exists() {
        return place.sync_directory().map(|()| None);
    }
    fs::hard_link(&place.data, &kept)
        .or_else(|_| fs::copy(&place.data, &kept).map(|_| ()))
        .map_err(OpenError::io(&kept))?;
    place.sync_directory()?;
    Ok(Some(kept))
}

fn remove_database(data: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = data.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(OpenError::io(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
