//! Wrong passwords in a row: counted before the password is looked at, forgotten when one fits.

use domain::event::Event;
use domain::id::{Id, User as UserKind};
use domain::lockout::{Account, Failures, Place, Standing};
use domain::{Span, Subject, Timestamp};

use super::ledger::{acted, record};
use crate::error::StoreError;
use crate::intent::{Actor, AttemptCount, CountAttempt, Disabling};
use crate::rows::Rows;

/// Most known places of one account with failures of their own: further ones count as unknown.
const MOST_PLACES: usize = 64;
/// How long a place without attempts is remembered: nothing that names one lives longer.
pub const PLACE_KEPT: Span = Span::from_days(91);

/// Fewer are slips of its owner's, or attempts that run side by side with this one.
const TOLD_FROM: u32 = 3;

/// Counts an attempt as a failure, if it may be heard.
///
/// # Errors
/// Of the rows.
pub fn count_attempt(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &CountAttempt,
) -> Result<AttemptCount, StoreError> {
    let CountAttempt {
        account,
        place,
        terms,
    } = *intent;
    if place != Place::Elsewhere && has_room(rows, account, place)? {
        let failures = failures_at(rows, account, place)?;
        match (place, failures.standing(terms.after_known, now)) {
            (_, Standing::Open) => return heard(rows, now, intent, place),
            (_, Standing::Waiting(left)) => return Ok(AttemptCount::Waiting(left)),
            // Whoever holds the session guesses: the way through the front door is not opened instead.
            (Place::Within(_), Standing::Locked) => {
                rows.put_failures(
                    account,
                    place,
                    &Failures {
                        last_at: now,
                        ..failures
                    },
                )?;
                return Ok(AttemptCount::Locked);
            }
            (_, Standing::Locked) => {}
        }
    }
    let failures = failures_at(rows, account, Place::Elsewhere)?;
    match failures.standing(terms.after, now) {
        Standing::Open => heard(rows, now, intent, Place::Elsewhere),
        Standing::Waiting(left) => Ok(AttemptCount::Waiting(left)),
        Standing::Locked => turned_away(rows, now, account, failures),
    }
}

/// An administrator lets attempts be heard again. `Done` carries the head.
///
/// # Errors
/// Of the rows.
pub fn unlock_user(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    actor: &Actor,
) -> Result<Disabling, StoreError> {
    if rows.user(id)?.is_none() {
        return Ok(Disabling::Unknown);
    }
    let failures = failures_at(rows, Account::User(id), Place::Elsewhere)?;
    let places = rows.failing_places(Account::User(id))?;
    let shown = || Some(Subject::User(id).to_string());
    if failures.count == 0 && places == 0 {
        acted(rows, now, actor, (shown(), "unchanged"))?;
        return Ok(Disabling::Unchanged);
    }
    rows.clear_failures(Account::User(id), None)?;
    ended(rows, now, id, (&failures, "unlocked", actor))?;
    acted(rows, now, actor, (shown(), "done"))?;
    Ok(Disabling::Done(rows.head()?.seq))
}

/// A password fitted: what was counted elsewhere and at its own place is forgotten. Tells the subject of failures that
/// were not this attempt itself.
pub(super) fn succeeded(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    place: Place,
) -> Result<(), StoreError> {
    let account = Account::User(id);
    let elsewhere = failures_at(rows, account, Place::Elsewhere)?;
    let mut count = elsewhere.count;
    let mut last_at = elsewhere.last_at;
    if place != Place::Elsewhere {
        let here = failures_at(rows, account, place)?;
        count = count.saturating_add(here.count);
        last_at = last_at.max(here.last_at);
        rows.clear_failures(account, Some(place))?;
    }
    rows.clear_failures(account, Some(Place::Elsewhere))?;
    if elsewhere.locked_at.is_some() {
        let actor = Actor::new(&id.to_string());
        ended(rows, now, id, (&elsewhere, "signed_in", &actor))?;
    }
    let others = count.saturating_sub(1);
    if others < TOLD_FROM {
        return Ok(());
    }
    let event = Event::PasswordFailures {
        user: Subject::User(id),
        failures: others,
        last_at,
    };
    record(rows, now, &event)
}

/// A new password was never guessed at.
pub(super) fn forgotten(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    actor: &Actor,
) -> Result<(), StoreError> {
    let failures = failures_at(rows, Account::User(id), Place::Elsewhere)?;
    rows.clear_failures(Account::User(id), None)?;
    if failures.locked_at.is_none() {
        return Ok(());
    }
    ended(rows, now, id, (&failures, "password_change", actor))
}

fn failures_at(rows: &mut dyn Rows, account: Account, place: Place) -> Result<Failures, StoreError> {
    Ok(rows.failures(account, place)?.unwrap_or_default())
}

fn has_room(rows: &mut dyn Rows, account: Account, place: Place) -> Result<bool, StoreError> {
    Ok(rows.failures(account, place)?.is_some() || rows.failing_places(account)? < MOST_PLACES)
}

fn heard(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &CountAttempt,
    place: Place,
) -> Result<AttemptCount, StoreError> {
    let failures = failures_at(rows, intent.account, place)?.plus_one(now);
    rows.put_failures(intent.account, place, &failures)?;
    Ok(AttemptCount::Heard(place))
}

/// Nothing is heard, and the row is written all the same: how long the answer takes does not tell.
fn turned_away(
    rows: &mut dyn Rows,
    now: Timestamp,
    account: Account,
    failures: Failures,
) -> Result<AttemptCount, StoreError> {
    let begun = failures.locked_at.is_none();
    let kept = Failures {
        last_at: now,
        locked_at: failures.locked_at.or(Some(now)),
        ..failures
    };
    rows.put_failures(account, Place::Elsewhere, &kept)?;
    if let (true, Account::User(id)) = (begun, account) {
        let event = Event::LockoutBegun {
            user: Subject::User(id),
            failures: failures.count,
        };
        record(rows, now, &event)?;
    }
    Ok(AttemptCount::Locked)
}

fn ended(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<UserKind>,
    (failures, cause, actor): (&Failures, &str, &Actor),
) -> Result<(), StoreError> {
    let event = Event::LockoutEnded {
        user: Subject::User(id),
        failures: failures.count,
        cause: cause.to_owned(),
        actor: actor.to_string(),
    };
    record(rows, now, &event)
}
