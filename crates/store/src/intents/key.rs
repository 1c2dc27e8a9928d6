//! Steps of a key's life, each applied only from the state that the plan saw.

use domain::Timestamp;
use domain::event::Event;
use domain::key::{KeyId, KeyRing, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;

use super::ledger::{acted, record};
use super::revocation::revoke;
use crate::error::StoreError;
use crate::intent::{Actor, KeyChange, KeyRetirement, KeyStep, RetireKey, Revoke, RevokeOutcome};
use crate::rows::Rows;

/// Applies one step.
///
/// # Errors
/// Of the rows.
pub fn change_key(
    rows: &mut dyn Rows,
    now: Timestamp,
    step: KeyStep,
    actor: &Actor,
) -> Result<KeyChange, StoreError> {
    let keys = rows.keys()?;
    let (key, change) = match step {
        KeyStep::Announce(row) => (row.id.clone(), announce(rows, now, &keys, row)?),
        KeyStep::Promote { next, retire, cause } => {
            let change = promote(rows, now, &keys, (&next, retire.as_ref(), cause))?;
            (next, change)
        }
        KeyStep::Remove(id) => {
            let change = remove(rows, now, &keys, &id)?;
            (id, change)
        }
    };
    if change == KeyChange::Done {
        acted(rows, now, actor, (Some(key.to_string()), "done"))?;
    }
    Ok(change)
}

/// Takes a bad key out of use and revokes what it made. Where no key is in reserve nothing takes over: the key dies all
/// the same, and whoever makes tokens waits for the next one.
///
/// # Errors
/// Of the rows.
pub fn retire_key(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &RetireKey,
) -> Result<KeyRetirement, StoreError> {
    let keys = rows.keys()?;
    // The feed's own key and those of edges make no credentials that class `key` reaches; edges are removed by name.
    let bad = find(&keys, &intent.key).filter(|key| key.usage.makes_credentials());
    let Some(bad) = bad else {
        return Ok(KeyRetirement::Unknown);
    };
    let reserve = KeyRing::new(bad.usage, &keys).announced();
    if let (KeyState::Signing, Some(next)) = (bad.state, reserve) {
        promote(rows, now, &keys, (&next.id, Some(&bad.id), "emergency"))?;
    }
    if bad.state != KeyState::Removed {
        wipe(rows, now, bad)?;
    }
    let revocation = Revoke {
        targets: vec![Target::Key(bad.id.clone())],
        reason: intent.reason.clone(),
        actor: intent.actor.clone(),
        receipt: intent.receipt.clone(),
    };
    match revoke(rows, now, &revocation)? {
        RevokeOutcome::Committed(committed) => Ok(KeyRetirement::Retired(committed)),
        RevokeOutcome::Conflict => Err(StoreError::Limit("a key is retired without an idempotency key")),
    }
}

/// One key of a use is in reserve at a time, but for edges, each of which has its own; an id, even of a removed key, is never used again.
fn announce(
    rows: &mut dyn Rows,
    now: Timestamp,
    keys: &[KeyRow],
    row: KeyRow,
) -> Result<KeyChange, StoreError> {
    if let Some(taken) = find(keys, &row.id) {
        return Ok(KeyChange::Outdated(Some(taken.state)));
    }
    let one_at_a_time = row.usage != KeyUse::Edge;
    if one_at_a_time && KeyRing::new(row.usage, keys).announced().is_some() {
        return Ok(KeyChange::Outdated(Some(KeyState::Announced)));
    }
    let event = Event::KeyAnnounced {
        key: row.id.to_string(),
        usage: row.usage.as_str().to_owned(),
    };
    rows.put_key(&KeyRow {
        state: KeyState::Announced,
        announced_at: now,
        since: now,
        ..row
    })?;
    record(rows, now, &event)?;
    Ok(KeyChange::Done)
}

fn promote(
    rows: &mut dyn Rows,
    now: Timestamp,
    keys: &[KeyRow],
    (next, retire, cause): (&KeyId, Option<&KeyId>, &str),
) -> Result<KeyChange, StoreError> {
    let Some(new) = find(keys, next).filter(|r| r.state == KeyState::Announced) else {
        return Ok(outdated(keys, next));
    };
    let signing = KeyRing::new(new.usage, keys).signing();
    match (signing, retire) {
        (None, None) => {}
        (Some(old), Some(retire)) if old.id == *retire => put(rows, now, old, KeyState::Retiring)?,
        (_, Some(retire)) => return Ok(outdated(keys, retire)),
        (Some(old), None) => return Ok(KeyChange::Outdated(Some(old.state))),
    }
    put(rows, now, new, KeyState::Signing)?;
    let event = Event::KeyPromoted {
        key: next.to_string(),
        retired: retire.map(ToString::to_string),
        cause: cause.to_owned(),
    };
    record(rows, now, &event)?;
    Ok(KeyChange::Done)
}

fn remove(rows: &mut dyn Rows, now: Timestamp, keys: &[KeyRow], id: &KeyId) -> Result<KeyChange, StoreError> {
    let Some(old) = find(keys, id).filter(|r| r.state == KeyState::Retiring) else {
        return Ok(outdated(keys, id));
    };
    wipe(rows, now, old)?;
    Ok(KeyChange::Done)
}

fn wipe(rows: &mut dyn Rows, now: Timestamp, old: &KeyRow) -> Result<(), StoreError> {
    let wiped = KeyRow {
        sealed: Vec::new(),
        ..old.clone()
    };
    put(rows, now, &wiped, KeyState::Removed)?;
    let key = old.id.to_string();
    record(rows, now, &Event::KeyRemoved { key })
}

fn put(rows: &mut dyn Rows, now: Timestamp, row: &KeyRow, state: KeyState) -> Result<(), StoreError> {
    rows.put_key(&KeyRow {
        state,
        since: now,
        ..row.clone()
    })
}

fn find<'a>(keys: &'a [KeyRow], id: &KeyId) -> Option<&'a KeyRow> {
    keys.iter().find(|r| r.id == *id)
}

fn outdated(keys: &[KeyRow], id: &KeyId) -> KeyChange {
    KeyChange::Outdated(find(keys, id).map(|r| r.state))
}
