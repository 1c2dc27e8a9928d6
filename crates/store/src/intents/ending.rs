//! Ending a session: logout, idleness, the cap, a replaced login, an administrator.

use domain::event::Event;
use domain::grant::Grant;
use domain::revocation::Target;
use domain::session::Session;
use domain::{Seq, Timestamp};

use super::inquiry::{is_revoked, still_runs};
use super::ledger::{acted, append, hashed, record};
use super::revocation::commit;
use crate::error::StoreError;
use crate::intent::{Actor, EndSession, Ending};
use crate::rows::Rows;

/// Ends one session. Its grants without `offline_access` carry its id and die by the same entry; the others are
/// revoked one by one where the caller says so, also if the session itself was over before.
///
/// # Errors
/// Of the rows.
pub fn end_session(rows: &mut dyn Rows, now: Timestamp, intent: &EndSession) -> Result<Ending, StoreError> {
    let mut last = None;
    if let Some(session) = rows.session(intent.session)?
        && still_runs(rows, now, &session)?
    {
        last = Some(end(rows, now, &session, intent.cause, &intent.actor)?);
    }
    if intent.offline_too {
        let grants = rows.grants_of_session(intent.session)?;
        last = revoke_offline(rows, now, grants, intent.cause, &intent.actor)?.or(last);
    }
    if last.is_some() {
        let shown = hashed(rows, &intent.session)?;
        acted(
            rows,
            now,
            &intent.actor,
            (Some(shown.as_str().to_owned()), "done"),
        )?;
    }
    Ok(last.map_or(Ending::Unknown, Ending::Ended))
}

/// Ends a session through the log. Where somebody other than its owner did it, the event of the revocation names them.
pub(super) fn end(
    rows: &mut dyn Rows,
    now: Timestamp,
    session: &Session,
    cause: &str,
    actor: &Actor,
) -> Result<Seq, StoreError> {
    let target = Target::Session(session.id);
    let own = *actor == Actor::system() || *actor == Actor::new(&session.subject.to_string());
    let seq = if own {
        append(rows, now, target)?
    } else {
        commit(rows, now, target, cause, actor)?
    };
    let event = Event::SessionEnded {
        session: hashed(rows, &session.id)?,
        subject: session.subject.clone(),
        cause: cause.to_owned(),
        seq,
    };
    record(rows, now, &event)?;
    Ok(seq)
}

/// Revokes those of the grants that outlive their session and still live; says the last position, if any was.
pub(super) fn revoke_offline(
    rows: &mut dyn Rows,
    now: Timestamp,
    grants: Vec<Grant>,
    cause: &str,
    actor: &Actor,
) -> Result<Option<Seq>, StoreError> {
    let mut last = None;
    for grant in grants.into_iter().filter(Grant::is_offline) {
        if now < grant.expires_at && !is_revoked(rows, &grant.position())? {
            last = Some(commit(rows, now, Target::Grant(grant.id), cause, actor)?);
        }
    }
    Ok(last)
}
