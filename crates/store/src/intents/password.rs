//! Changing a password: whoever knew the old one loses everything that it gave.

use domain::event::Event;
use domain::session::Session;
use domain::{Subject, Timestamp};

use super::attempt::forgotten;
use super::ending::{end, revoke_offline};
use super::inquiry::{is_live, still_runs};
use super::ledger::{acted, record};
use super::renewal::renew;
use crate::error::StoreError;
use crate::intent::{ChangePassword, PasswordChange};
use crate::rows::Rows;

const CAUSE: &str = "password_change";

/// Sets a password. All other sessions end, with the grants that die with them; grants with `offline_access` are
/// revoked wherever they came from; the session that made the change gets a new secret. A session that died in the
/// meantime changes nothing: `Outdated`.
///
/// # Errors
/// Of the rows.
pub fn change_password(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: ChangePassword,
) -> Result<PasswordChange, StoreError> {
    let Some(mut user) = rows.user(intent.user)?.filter(|u| u.disabled_at.is_none()) else {
        return Ok(PasswordChange::Unknown);
    };
    let subject = Subject::User(user.id);
    let Some(mut kept) = kept_session(rows, now, &intent, &subject)? else {
        return Ok(PasswordChange::Outdated);
    };
    if user.credential_version != intent.credential_version {
        return Ok(PasswordChange::Outdated);
    }
    user.credential_version = user
        .credential_version
        .checked_add(1)
        .ok_or(StoreError::Limit("credential versions are used up"))?;
    user.password = Some(intent.password);
    user.must_change_password = intent.must_change;
    rows.put_user(&user)?;
    forgotten(rows, now, user.id, &intent.actor)?;
    let kept_id = kept.as_ref().map(|s| s.id);
    for other in rows.sessions_of(&subject)? {
        if Some(other.id) != kept_id && still_runs(rows, now, &other)? {
            end(rows, now, &other, CAUSE, &intent.actor)?;
        }
    }
    let grants = rows.grants_of(&subject, now)?;
    revoke_offline(rows, now, grants, CAUSE, &intent.actor)?;
    if let (Some(session), Some((_, secret))) = (&mut kept, intent.keep) {
        renew(rows, now, session, secret, CAUSE)?;
    }
    let seq = rows.head()?.seq;
    let shown = Some(subject.to_string());
    let event = Event::PasswordChanged {
        user: subject,
        actor: intent.actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    acted(rows, now, &intent.actor, (shown, "done"))?;
    Ok(PasswordChange::Changed {
        seq,
        generation: kept.map(|s| s.generation),
    })
}

/// The session to keep. Outer nothing: one was named that is not alive or not this user's.
fn kept_session(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &ChangePassword,
    subject: &Subject,
) -> Result<Option<Option<Session>>, StoreError> {
    let Some((id, _)) = intent.keep else {
        return Ok(Some(None));
    };
    let Some(session) = rows.session(id)?.filter(|s| s.subject == *subject) else {
        return Ok(None);
    };
    Ok(is_live(rows, now, &session)?.then_some(Some(session)))
}
