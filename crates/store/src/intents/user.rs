//! Users.

use domain::event::Event;
use domain::id::{Id, User as UserKind};
use domain::revocation::Target;
use domain::user::User;
use domain::{Subject, Timestamp};

use super::ledger::{acted, append, must_be_new, record};
use crate::error::StoreError;
use crate::intent::{Actor, AddUser, Disabling, UserAddition};
use crate::rows::Rows;

/// Adds a user whose name is free.
///
/// # Errors
/// Of the rows; or the id was used before.
pub fn add_user(rows: &mut dyn Rows, now: Timestamp, intent: &AddUser) -> Result<UserAddition, StoreError> {
    if !insert(rows, &intent.user)? {
        return Ok(UserAddition::NameTaken);
    }
    let event = Event::UserAdded {
        user: Subject::User(intent.user.id),
        actor: intent.actor.to_string(),
    };
    record(rows, now, &event)?;
    acted(rows, now, &intent.actor, (shown(intent.user.id), "done"))?;
    Ok(UserAddition::Added)
}

/// Disables a user; everything of theirs is dead by class `subject`.
///
/// # Errors
/// Of the rows.
pub fn disable_user(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    actor: &Actor,
) -> Result<Disabling, StoreError> {
    let Some(mut user) = rows.user(id)? else {
        return Ok(Disabling::Unknown);
    };
    if user.disabled_at.is_some() {
        acted(rows, now, actor, (shown(id), "unchanged"))?;
        return Ok(Disabling::Unchanged);
    }
    user.disabled_at = Some(now);
    rows.put_user(&user)?;
    let seq = append(rows, now, Target::Subject(Subject::User(id)))?;
    let event = Event::UserDisabled {
        user: Subject::User(id),
        actor: actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    acted(rows, now, actor, (shown(id), "done"))?;
    Ok(Disabling::Done(seq))
}

/// Lets a user sign in again. Nothing comes back: what was revoked stays below its watermark.
///
/// # Errors
/// Of the rows.
pub fn enable_user(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    actor: &Actor,
) -> Result<Disabling, StoreError> {
    let Some(mut user) = rows.user(id)? else {
        return Ok(Disabling::Unknown);
    };
    if user.disabled_at.take().is_none() {
        acted(rows, now, actor, (shown(id), "unchanged"))?;
        return Ok(Disabling::Unchanged);
    }
    rows.put_user(&user)?;
    let event = Event::UserEnabled {
        user: Subject::User(id),
        actor: actor.to_string(),
    };
    record(rows, now, &event)?;
    acted(rows, now, actor, (shown(id), "done"))?;
    Ok(Disabling::Done(rows.head()?.seq))
}

fn shown(id: Id<UserKind>) -> Option<String> {
    Some(Subject::User(id).to_string())
}

/// Inserts a user row; says whether the name was free.
pub(super) fn insert(rows: &mut dyn Rows, user: &User) -> Result<bool, StoreError> {
    if rows.user_by_name_key(&User::name_key(&user.name))?.is_some() {
        return Ok(false);
    }
    must_be_new(rows.user(user.id)?.is_some())?;
    rows.put_user(user)?;
    Ok(true)
}
