//! A new epoch: what happens to a store that may have gone back in time.
//!
//! What was revoked since the data was written is not in it. So everything issued before is dead in the new epoch, and
//! every key with it: a thief of a key that was retired in between chooses `rs` at will. Credentials of edges may be kept:
//! which of them were removed is also known from outside the data.

use domain::Epoch;
use domain::event::Event;
use domain::feed::FeedHead;
use domain::key::{KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use rusqlite::Connection;

use super::codec::Result;
use super::instance::{self, Instance};
use super::open::{World, new_instance, transact};
use super::place::Place;
use super::refusal::OpenError;
use super::revoked_keys::{self, Keys};
use super::rows::{SqliteRows, keys, log, meta};
use crate::error::StoreError;
use crate::intent::{Actor, Revoke};
use crate::intents;

/// What becomes of the credentials of edges, and of the key that certifies them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edges<'k> {
    /// They end, as every key does.
    End,
    /// They go on, but for those of these names.
    KeepBut(&'k Keys),
}

impl Edges<'_> {
    /// Whether a key goes on. No edge does whose certificates are those of a key that was revoked itself: it was ended
    /// together with them.
    fn keeps(self, key: &KeyRow, all: &[KeyRow]) -> bool {
        let Self::KeepBut(revoked) = self else {
            return false;
        };
        let mut feed = all
            .iter()
            .filter(|row| row.usage == KeyUse::Feed && row.state != KeyState::Removed);
        let is_whole = feed.all(|row| !revoked.contains(&row.id));
        let of_edges = matches!(key.usage, KeyUse::Feed | KeyUse::Edge);
        of_edges && is_whole && !revoked.contains(&key.id)
    }
}

/// Starts an epoch above the present one and above that of `above`, which is why. The caller commits.
pub(super) fn start_epoch(
    connection: &Connection,
    (above, cause): (Epoch, &'static str),
    edges: Edges<'_>,
    world: World<'_>,
) -> Result<FeedHead> {
    let rows = &mut SqliteRows::of(connection);
    let now = world.clock.now();
    let present = log::head(connection)?.seq.epoch();
    let next = present.max(above).next();
    let epoch = next.ok_or(StoreError::Limit("the epochs are used up"))?;
    let genesis = meta::random_digest(world.entropy);
    intents::start_epoch(rows, now, epoch, genesis, cause)?;

    let mut targets = vec![Target::All];
    let mut events = Vec::new();
    let all = keys::all(connection)?;
    for key in &all {
        if key.state != KeyState::Removed && !edges.keeps(key, &all) {
            targets.push(Target::Key(key.id.clone()));
            events.push(Event::KeyRemoved {
                key: key.id.to_string(),
            });
            let forgotten = KeyRow {
                state: KeyState::Removed,
                sealed: Vec::new(),
                since: now,
                ..key.clone()
            };
            keys::put(connection, &forgotten)?;
        }
    }
    for some in targets.chunks(intents::MAX_TARGETS) {
        let everything = Revoke {
            targets: some.to_vec(),
            reason: cause.to_owned(),
            actor: Actor::system(),
            receipt: None,
        };
        intents::revoke(rows, now, &everything)?;
    }
    intents::append_events(rows, now, &events)?;
    // Neither one that was spent since nor a token that was removed since may be good again.
    meta::put_setup_code(connection, None)?;
    intents::forget_admin_tokens(rows, now)?;
    log::head(connection)
}

/// Compares the data with what the directory remembers, and remembers it.
pub(super) fn settle(
    connection: &Connection,
    place: &Place,
    is_new: bool,
    world: World<'_>,
) -> std::result::Result<(), OpenError> {
    let known = instance::read(place);
    let id = meta::instance(connection)?;
    let head = log::head(connection)?.seq;
    let cause = match known {
        _ if is_new => None,
        Some(known) if known.id != id => Some("another_data_directory"),
        Some(known) if known.floor > head => Some("older_data"),
        Some(_) => None,
        None => Some("another_data_directory"),
    };
    let present = match cause {
        None => Instance { id, floor: head },
        Some(cause) => {
            let above = known.map_or(head.epoch(), |k| k.floor.epoch());
            let id = new_instance(world.entropy);
            let head = transact(connection, |connection| {
                meta::put_instance(connection, &id)?;
                // Nobody is told which edges would go on, as by a restore: none does.
                start_epoch(connection, (above, cause), Edges::End, world)
            })?;
            Instance { id, floor: head.seq }
        }
    };
    let noted = revoked_keys::add(place, &log::revoked_keys(connection)?);
    let written = noted.and_then(|()| {
        if known == Some(present) {
            return Ok(());
        }
        instance::write(place, present)
    });
    match written {
        // Only the floor would rise. The old one finds less and refuses nothing, and a full disk must not stop a start.
        Err(error) if cause.is_none() && known.is_some() && error.is_full() => Ok(()),
        written => written,
    }
}
