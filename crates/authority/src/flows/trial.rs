//! Whether an attempt to give a password is heard. Counted durably before the password is looked at: parallel attempts
//! cannot outnumber the bound, and a restart forgets nothing.

use domain::Digest;
use domain::lockout::{Account, Place, Unknown};
use domain::user::User;
use store::intent::{AttemptCount, CountAttempt};

use crate::authority::Authority;
use crate::error::Fault;

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    /// It is heard; a success takes back what was counted at this place.
    Heard(Place),
    /// Whatever the password: refused, after the same work.
    Deaf,
    /// Not yet.
    Limited {
        /// When to come back.
        retry_after_s: u64,
    },
}

/// Counts an attempt under a name, as it was typed or as the user has it.
///
/// # Errors
/// The store's fault: then nothing is heard.
pub(super) async fn trial(
    authority: &Authority,
    name: &str,
    user: Option<&User>,
    place: Place,
) -> Result<Trial, Fault> {
    let name = User::name_key(name);
    // A known place has a count of its own: nobody who knows a name alone can use it up.
    let counted_as = match place {
        Place::Elsewhere => name.clone(),
        Place::Known(device) => format!("\0{device}"),
        Place::Within(session) => format!("\0{session}"),
    };
    if let Err(many) = authority
        .attempts
        .count_account(&counted_as, authority.clock.boot())
    {
        return Ok(Trial::Limited {
            retry_after_s: many.retry_after_s,
        });
    }
    let intent = CountAttempt {
        account: user.map_or_else(|| nobody(authority, &name), |user| Account::User(user.id)),
        place,
        terms: authority.config.login.lockout,
    };
    Ok(match authority.store.count_attempt(intent).await? {
        AttemptCount::Heard(place) => Trial::Heard(place),
        AttemptCount::Waiting(left) => Trial::Limited {
            retry_after_s: left.as_ms().div_ceil(1000),
        },
        AttemptCount::Locked => Trial::Deaf,
    })
}

/// The count that a name without a user shares with others. Which ones share it only the key tells.
fn nobody(authority: &Authority, name: &str) -> Account {
    let key = authority.event_key.as_bytes();
    let digest = Digest::of_parts(&[b"symbolon nobody", key, name.as_bytes()]);
    let [a, b, c, d, ..] = *digest.as_bytes();
    Account::Nobody(Unknown::of(u32::from_be_bytes([a, b, c, d])))
}

#[cfg(test)]
mod tests;
