//! Steps of a key's life, each applied only from the state that the plan saw.

use domain::Timestamp;
use domain::event::Event;
use domain::key::{KeyId, KeyRing, KeyRow, KeyState};

use super::ledger::{acted, record};
use crate::error::StoreError;
use crate::intent::{Actor, KeyChange, KeyStep};
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

/// One key of a use is in reserve at a time; an id, even of a removed key, is never used again.
fn announce(
    rows: &mut dyn Rows,
    now: Timestamp,
    keys: &[KeyRow],
    row: KeyRow,
) -> Result<KeyChange, StoreError> {
    if let Some(taken) = find(keys, &row.id) {
        return Ok(KeyChange::Outdated(Some(taken.state)));
    }
    if KeyRing::new(row.usage, keys).announced().is_some() {
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
    let wiped = KeyRow {
        sealed: Vec::new(),
        ..old.clone()
    };
    put(rows, now, &wiped, KeyState::Removed)?;
    record(rows, now, &Event::KeyRemoved { key: id.to_string() })?;
    Ok(KeyChange::Done)
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
