//! The one-time set-up code and the first administrator.

use domain::event::Event;
use domain::user::User;
use domain::{Digest, Subject, Timestamp};

use super::ledger::{acted, record};
use super::user::insert;
use crate::error::StoreError;
use crate::intent::{Actor, Setup, SetupCode};
use crate::rows::Rows;

/// So many wrong tries spend a code.
const TRIES: u32 = 5;

/// Keeps a code in place of any other.
///
/// # Errors
/// Of the rows.
pub fn put_setup_code(
    rows: &mut dyn Rows,
    now: Timestamp,
    code: SetupCode,
    actor: &Actor,
) -> Result<(), StoreError> {
    rows.put_setup_code(Some((code, 0)))?;
    let event = Event::SetupCodeMade {
        actor: actor.to_string(),
    };
    record(rows, now, &event)?;
    acted(rows, now, actor, (None, "done"))
}

/// Uses the code: makes an administrator. A wrong try is counted, and that is all that a refusal writes.
///
/// # Errors
/// Of the rows; or the user's id was used before.
pub fn complete_setup(
    rows: &mut dyn Rows,
    now: Timestamp,
    presented: Digest,
    user: User,
) -> Result<Setup, StoreError> {
    let Some((code, tries)) = rows.setup_code()?.filter(|(code, _)| now < code.expires_at) else {
        return Ok(Setup::Refused);
    };
    if code.digest != presented {
        let tries = tries.saturating_add(1);
        rows.put_setup_code((tries < TRIES).then_some((code, tries)))?;
        return Ok(Setup::Refused);
    }
    let user = User {
        admin: true,
        disabled_at: None,
        ..user
    };
    if !insert(rows, &user)? {
        return Ok(Setup::NameTaken);
    }
    rows.put_setup_code(None)?;
    let event = Event::SetupCompleted {
        user: Subject::User(user.id),
    };
    record(rows, now, &event)?;
    Ok(Setup::Done)
}
