//! Putting a backup in place of a stopped store: a new epoch, in which everything issued before is dead.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::feed::{LeaseTerms, StalenessPolicy};
use domain::key::{KeyId, KeyState, KeyUse};
use domain::{Clock, Entropy, Epoch, Seq, Span};
use rusqlite::Connection;

use super::copy::{CopyProgress, copy_into};
use super::epoch::{Edges, start_epoch};
use super::instance::{self, Instance};
use super::migrate::apply;
use super::open::{self, World};
use super::place::{self, Place};
use super::refusal::OpenError;
use super::revoked_keys::{self, Keys};
use super::rows::{keys, log, meta};
use super::schema::SCHEMA;
use super::verify::verify_chains;
use super::whole::check_whole;
use crate::error::StoreError;

type Result<T> = std::result::Result<T, OpenError>;

/// How many epochs are passed over where the replaced store cannot be read: it may have started some itself.
const UNREADABLE_EPOCHS: u32 = 64;
/// Every epoch is above this one, or is it.
const LEAST: Epoch = Epoch::FIRST;

/// What is to be restored, and how.
#[derive(Debug, Clone, Copy)]
pub struct RestorePlan<'p> {
    /// The backup.
    pub from: &'p Path,
    /// The directory whose store is stopped.
    pub into: &'p Path,
    /// Whether the credentials of all edges end as well.
    pub end_edges: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The epoch that began.
    pub epoch: Epoch,
    /// Head of the log, after the entry that ends everything issued before.
    pub head: Seq,
    /// Where the replaced file is kept.
    pub replaced: Option<PathBuf>,
    /// Edges whose credentials go on, by name.
    pub edges: Vec<KeptEdge>,
    /// Names of edges with a credential that does not: removed since, or ended by this restore, or made after the backup.
    pub ended_edges: BTreeSet<String>,
}

/// An edge that can connect again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptEdge {
    /// Its name.
    pub name: String,
    /// The key of its credential.
    pub key: KeyId,
}

/// What must be carried over from the store that is replaced.
#[derive(Default)]
struct Replaced {
    epoch: Option<Epoch>,
    largest_lease: Span,
    longest_exception: Span,
    /// Keys that are revoked there, or were ever in this directory.
    revoked: Keys,
    /// Names of edges with a credential there.
    edges: BTreeSet<String>,
}

/// Restores a backup into a directory whose store is stopped. The backup is verified first; the replaced file is kept
/// as `symbolon.db.replaced-<ms>`. The new log starts in an epoch above the backup's and the replaced store's, and its
/// first entry, of class `all`, refuses every credential issued before: revocations made since the backup are not in
/// it, and must not be undone. Edges keep their credentials, but for those that are known to have been removed: by the
/// replaced store, where it can be read, or by the file `revoked-keys`, which stays.
///
/// # Errors
/// [`OpenError`]: the store runs, or the backup is damaged, another program's or too new. Then nothing was changed.
pub fn restore(
    plan: RestorePlan<'_>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    progress: &mut dyn FnMut(CopyProgress),
) -> Result<Restored> {
    let place = Place::of(plan.into);
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
    let before = read_replaced(&place)?;
    let edges = if plan.end_edges {
        Edges::End
    } else {
        Edges::KeepBut(&before.revoked)
    };
    let brought = bring_in(plan.from, &prepared, progress);
    let made = brought.and_then(|()| renew(&prepared, &before, edges, world));
    let renewed = match made {
        Ok(made) => made,
        Err(error) => {
            remove_database(&prepared.data)?;
            return Err(error);
        }
    };
    // More than there is yet, should this end here: never less.
    let revoked: Keys = before.revoked.union(&renewed.revoked).cloned().collect();
    revoked_keys::add(&place, &revoked)?;
    let replaced = keep_replaced(&place, world)?;
    fs::rename(&prepared.data, &place.data).map_err(OpenError::io(&place.data))?;
    place.sync_directory()?;
    // A crash before this line leaves data that the directory does not know: it starts yet another epoch when opened.
    instance::write(
        &place,
        Instance {
            id: renewed.instance,
            floor: renewed.head,
        },
    )?;
    let mut ended_edges = before.edges;
    ended_edges.extend(renewed.ended);
    for edge in &renewed.kept {
        ended_edges.remove(&edge.name);
    }
    Ok(Restored {
        epoch: renewed.head.epoch(),
        head: renewed.head,
        replaced,
        edges: renewed.kept,
        ended_edges,
    })
}

/// The data as it is put in place.
struct Renewed {
    instance: [u8; 16],
    head: Seq,
    revoked: Keys,
    kept: Vec<KeptEdge>,
    /// Names of edges that had a credential.
    ended: BTreeSet<String>,
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
fn renew(prepared: &Place, before: &Replaced, edges: Edges<'_>, world: World<'_>) -> Result<Renewed> {
    let connection = open::connect(&prepared.data)?;
    let instance = open::new_instance(world.entropy);
    let renewed = open::transact(&connection, |connection| {
        meta::put_instance(connection, &instance)?;
        meta::raise_largest_lease(connection, before.largest_lease)?;
        let longest = meta::longest_exception(connection)?.max(before.longest_exception);
        meta::put_longest_exception(connection, longest)?;
        let above = before.epoch.unwrap_or(LEAST);
        let head = start_epoch(connection, (above, "restore"), edges, world)?;
        let revoked = log::revoked_keys(connection)?;
        let (kept, ended) = edges_of(connection, &revoked)?;
        Ok(Renewed {
            instance,
            head: head.seq,
            revoked,
            kept,
            ended,
        })
    })?;
    connection
        .close()
        .map_err(|(_, error)| OpenError::Store(error.into()))?;
    place::sync(&prepared.data)?;
    Ok(renewed)
}

/// Edges with a credential that is good, and the names of the others that had one.
fn edges_of(
    connection: &Connection,
    revoked: &Keys,
) -> std::result::Result<(Vec<KeptEdge>, BTreeSet<String>), StoreError> {
    let (mut kept, mut ended) = (Vec::new(), BTreeSet::new());
    for row in keys::all(connection)? {
        let (KeyUse::Edge, Some(name)) = (row.usage, row.public) else {
            continue;
        };
        if row.state == KeyState::Removed || revoked.contains(&row.id) {
            ended.insert(name);
        } else {
            kept.push(KeptEdge { name, key: row.id });
        }
    }
    kept.sort();
    Ok((kept, ended))
}

/// What is known of the store in place: from its data, and from the files beside it.
fn read_replaced(place: &Place) -> Result<Replaced> {
    let floor = instance::read(place).map(|known| known.floor.epoch());
    let revoked = revoked_keys::read(place)?;
    if !place.data.exists() && floor.is_none() {
        return Ok(Replaced {
            revoked,
            ..Replaced::default()
        });
    }
    let found = read_data(place);
    let readable = found.is_some();
    let mut replaced = found.unwrap_or_else(|| Replaced {
        // Of edges that keep their credentials, and perhaps a lease.
        largest_lease: LeaseTerms::MAX,
        longest_exception: StalenessPolicy::LONGEST_EXCEPTION,
        ..Replaced::default()
    });
    let epoch = replaced.epoch.max(floor).unwrap_or(LEAST);
    replaced.epoch = if readable {
        Some(epoch)
    } else {
        Epoch::from_u32(epoch.as_u32().saturating_add(UNREADABLE_EPOCHS)).or(Some(epoch))
    };
    replaced.revoked.extend(revoked);
    Ok(replaced)
}

/// Opening it for writing brings in what a crash left in its log file; closing removes that file. A store of an older
/// version has no record of exceptions: the longest that there may be is taken for it.
fn read_data(place: &Place) -> Option<Replaced> {
    if !place.data.exists() {
        return None;
    }
    let connection = open::connect(&place.data).ok()?;
    open::version_of(&connection, &place.data, &SCHEMA).ok()?;
    let revoked = log::revoked_keys(&connection).ok()?;
    let (kept, _) = edges_of(&connection, &revoked).ok()?;
    let replaced = Replaced {
        epoch: Some(log::head(&connection).ok()?.seq.epoch()),
        largest_lease: meta::largest_lease(&connection).ok()?,
        longest_exception: meta::longest_exception(&connection).unwrap_or(StalenessPolicy::LONGEST_EXCEPTION),
        revoked,
        edges: kept.into_iter().map(|edge| edge.name).collect(),
    };
    connection.close().ok()?;
    Some(replaced)
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
