//! A login's last step.

use domain::event::Event;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Face, Overflow, Session};
use domain::user::User;
use domain::{Subject, Timestamp};

use super::attempt::succeeded;
use super::ending::end;
use super::inquiry::{is_live, is_over, is_revoked, still_runs};
use super::ledger::{hashed, must_be_new, record};
use super::notice::is_to_be_told;
use crate::error::StoreError;
use crate::intent::{Actor, CreateSession, SessionCreation};
use crate::rows::Rows;

/// Rows of dead sessions that one login deletes at most.
const MOST_TIDIED: usize = 100;

/// Makes a session, unless something happened since the login began: the credential changed, the user was disabled,
/// or a revocation that covers it was committed.
///
/// # Errors
/// Of the rows; or the id was used before (a session is never overwritten).
pub fn create_session(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &CreateSession,
) -> Result<SessionCreation, StoreError> {
    let session = &intent.session;
    if let Some(refusal) = subject_refusal(rows, intent)? {
        return Ok(refusal);
    }
    if is_revoked(rows, &session.position())? {
        return Ok(SessionCreation::Revoked);
    }
    // The password fitted, whether or not there is room for one more session: it is no failure that counts towards a lock.
    credential_proven(rows, now, intent)?;
    let Some(displaced) = make_room(rows, now, intent)? else {
        return Ok(SessionCreation::CapReached);
    };
    if let Some(replaced) = replaced_by(rows, now, intent)? {
        end(rows, now, &replaced, "replaced", &Actor::system())?;
    }
    for old in &displaced {
        end(rows, now, old, "cap", &Actor::system())?;
    }
    let made = Session {
        active_at: session.active_at.min(now),
        ..session.clone()
    };
    let face = Face {
        session: session.id,
        purpose: domain::cookie::Purpose::Authority,
        digest: intent.secret,
        generation: session.generation,
        previous: None,
    };
    let is_new = rows.insert_session(&made, &face)?;
    must_be_new(!is_new)?;
    let head = rows.head()?.seq;
    let event = Event::SessionCreated {
        session: hashed(rows, &session.id)?,
        subject: session.subject.clone(),
        assurance: session.assurance,
        amr: session.amr.clone(),
        origin: session.origin.clone(),
        seq: session.rs,
    };
    record(rows, now, &event)?;
    Ok(SessionCreation::Created {
        displaced: ids(&displaced),
        head,
    })
}

/// A user must be there, enabled, and hold the very credential that was examined; a client must be registered.
fn subject_refusal(
    rows: &mut dyn Rows,
    intent: &CreateSession,
) -> Result<Option<SessionCreation>, StoreError> {
    Ok(match &intent.session.subject {
        Subject::Client(id) => rows.client(id)?.is_none().then_some(SessionCreation::Disabled),
        Subject::User(id) => match rows.user(*id)? {
            Some(user) if user.disabled_at.is_none() => (intent.credential_version
                != Some(user.credential_version))
            .then_some(SessionCreation::CredentialChanged),
            _ => Some(SessionCreation::Disabled),
        },
    })
}

/// The password fitted: failures before it are over, and a hash of the same password in another form takes its place. The
/// credential's version, which was compared, stays: no session ends.
fn credential_proven(rows: &mut dyn Rows, now: Timestamp, intent: &CreateSession) -> Result<(), StoreError> {
    let Subject::User(id) = &intent.session.subject else {
        return Ok(());
    };
    if let Some(place) = intent.counted {
        succeeded(rows, now, *id, place)?;
    }
    let Some(hash) = &intent.rehashed else {
        return Ok(());
    };
    match rows.user(*id)? {
        Some(user) => rows.put_user(&User {
            password: Some(hash.clone()),
            ..user
        }),
        None => Ok(()),
    }
}

/// The sessions that must end to keep the cap; nothing if the policy refuses instead. Only sessions that live now
/// count, and the one that this login replaces does not. Rows that are over go: a later login does not read them again.
fn make_room(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &CreateSession,
) -> Result<Option<Vec<Session>>, StoreError> {
    let (mut live, mut over) = (Vec::new(), Vec::new());
    for other in rows.sessions_of(&intent.session.subject)? {
        // One with the id of the new one stays: then the new one is refused.
        if Some(other.id) == intent.replaces || other.id == intent.session.id {
            continue;
        }
        if is_live(rows, now, &other)? {
            live.push(other);
        } else if is_over(rows, now, &other)? && !is_to_be_told(rows, other.id)? {
            over.push(other.id);
        }
    }
    let cap = usize::try_from(intent.cap).unwrap_or(usize::MAX);
    let excess = (live.len() + 1).saturating_sub(cap);
    if excess > 0 && (cap == 0 || intent.overflow == Overflow::Refuse) {
        return Ok(None);
    }
    for id in over.into_iter().take(MOST_TIDIED) {
        rows.delete_session(id)?;
    }
    live.truncate(excess);
    Ok(Some(live))
}

fn replaced_by(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &CreateSession,
) -> Result<Option<Session>, StoreError> {
    let Some(old) = intent.replaces.map(|id| rows.session(id)).transpose()?.flatten() else {
        return Ok(None);
    };
    Ok(still_runs(rows, now, &old)?.then_some(old))
}

fn ids(sessions: &[Session]) -> Vec<Id<SessionKind>> {
    sessions.iter().map(|s| s.id).collect()
}
