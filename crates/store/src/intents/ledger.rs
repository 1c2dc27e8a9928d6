//! Writing to the log and to the event chain: every intent appends through these.

use domain::event::{Event, EventRecord};
use domain::feed::FeedHead;
use domain::id::{Id, Kind};
use domain::revocation::{LogEntry, Target};
use domain::{Digest, Epoch, Seq, Timestamp};

use super::notice;
use crate::error::StoreError;
use crate::intent::Actor;
use crate::rows::Rows;

/// Most events in one call.
const MAX_EVENTS: usize = 10_000;

/// Appends events that belong to no other intent.
///
/// # Errors
/// [`StoreError::Limit`] for more than 10 000 at once.
pub fn append_events(rows: &mut dyn Rows, now: Timestamp, events: &[Event]) -> Result<(), StoreError> {
    if events.len() > MAX_EVENTS {
        return Err(StoreError::Limit("10 000 events at once"));
    }
    events.iter().try_for_each(|event| record(rows, now, event))
}

/// Starts an epoch: the store may have gone back in time. The genesis digest is random, so that two logs that part
/// here never agree about a position.
///
/// # Errors
/// [`StoreError::Limit`] unless the epoch is above the present one: epochs are never used twice.
pub fn start_epoch(
    rows: &mut dyn Rows,
    now: Timestamp,
    epoch: Epoch,
    genesis: Digest,
    cause: &str,
) -> Result<FeedHead, StoreError> {
    if epoch <= rows.head()?.seq.epoch() {
        return Err(StoreError::Limit("a new epoch must be above every earlier one"));
    }
    let head = FeedHead {
        seq: Seq::start_of(epoch),
        digest: genesis,
    };
    rows.start_epoch(&head)?;
    let event = Event::EpochStarted {
        epoch: epoch.as_u32(),
        cause: cause.to_owned(),
    };
    record(rows, now, &event)?;
    Ok(head)
}

/// Appends one entry to the log, raises its watermark, and notes who has to be told.
pub(super) fn append(rows: &mut dyn Rows, now: Timestamp, target: Target) -> Result<Seq, StoreError> {
    let head = rows.head()?;
    let seq = head
        .seq
        .next()
        .ok_or(StoreError::Limit("the epoch's positions are used up"))?;
    rows.append_entry(&LogEntry::following(&head.digest, seq, target.clone(), now))?;
    notice::note(rows, now, &target)?;
    Ok(seq)
}

/// Appends one event to the chain.
pub(super) fn record(rows: &mut dyn Rows, now: Timestamp, event: &Event) -> Result<(), StoreError> {
    let (last, digest) = rows.event_head()?;
    let number = last
        .checked_add(1)
        .ok_or(StoreError::Limit("event numbers are used up"))?;
    let record = EventRecord::following(&digest, number, now, event);
    rows.append_event(&record, event.told_to().as_ref())
}

/// Records the call of the admin API that an actor is in, if that is still to be done: in the transaction of what it
/// changed, so that there is no change without its record and no record without its change.
pub(super) fn acted(
    rows: &mut dyn Rows,
    now: Timestamp,
    actor: &Actor,
    (target, outcome): (Option<String>, &str),
) -> Result<(), StoreError> {
    let Some(act) = actor.act() else {
        return Ok(());
    };
    let event = Event::AdminActed {
        actor: actor.to_string(),
        action: act.action.to_owned(),
        target: act.target.clone().or(target),
        outcome: outcome.to_owned(),
        reason: act.reason.clone(),
        request: act.request.clone(),
    };
    record(rows, now, &event)
}

/// An id as events show it.
pub(super) fn hashed<K: Kind>(
    rows: &mut dyn Rows,
    id: &Id<K>,
) -> Result<domain::event::HashedId, StoreError> {
    Ok(rows.event_key()?.hash(id))
}

/// The key of a target as events show it: ids of sessions, grants, tokens and devices are hashed.
pub(super) fn shown_key(rows: &mut dyn Rows, target: &Target) -> Result<Option<String>, StoreError> {
    let hashed = match target {
        Target::Session(id) | Target::SessionSecret(id, _) => hashed(rows, id)?,
        Target::Grant(id) => hashed(rows, id)?,
        Target::Device(id) => hashed(rows, id)?,
        Target::Jti(id) => hashed(rows, id)?,
        other => return Ok(other.key()),
    };
    Ok(Some(hashed.as_str().to_owned()))
}

/// A row that must be new is not: ids are random, so this is a fault of the caller, and nothing may be overwritten.
pub(super) fn must_be_new(exists: bool) -> Result<(), StoreError> {
    if exists {
        return Err(StoreError::Limit("a new row needs an id that was never used"));
    }
    Ok(())
}
