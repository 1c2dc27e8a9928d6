//! A new secret for a living session: step-up, privilege escalation, password change.

use domain::cookie::Purpose;
use domain::digest::Digest;
use domain::event::Event;
use domain::lockout::{Account, Place};
use domain::revocation::Target;
use domain::session::{Face, Liveness, Session};
use domain::{Seq, Subject, Timestamp};

use super::inquiry::is_revoked;
use super::ledger::{append, hashed, record};
use crate::error::StoreError;
use crate::intent::{RenewSecret, Renewal};
use crate::rows::Rows;

/// Gives a session a new secret; every older cookie of it dies, at every host.
///
/// # Errors
/// Of the rows.
pub fn renew_secret(rows: &mut dyn Rows, now: Timestamp, intent: RenewSecret) -> Result<Renewal, StoreError> {
    let Some(mut session) = rows.session(intent.session)? else {
        return Ok(Renewal::Unknown);
    };
    if is_revoked(rows, &session.position())? || !credential_fits(rows, &session, &intent)? {
        return Ok(Renewal::Revoked);
    }
    if session.liveness(now) != Liveness::Live {
        return Ok(Renewal::Expired);
    }
    if session.generation != intent.generation {
        return Ok(Renewal::Outdated);
    }
    if let Some((assurance, methods, at)) = intent.authenticated {
        if let Subject::User(id) = session.subject {
            rows.clear_failures(Account::User(id), Some(Place::Within(session.id)))?;
        }
        session.assurance = assurance;
        session.amr = methods;
        session.authenticated_at = at.min(now);
        session.active_at = session.active_at.max(now);
    }
    session.idle = intent.idle.unwrap_or(session.idle);
    let seq = renew(rows, now, &mut session, intent.secret, intent.cause)?;
    Ok(Renewal::Renewed {
        generation: session.generation,
        seq,
    })
}

/// Raises the generation: row, face, `session_secret` entry, event.
pub(super) fn renew(
    rows: &mut dyn Rows,
    now: Timestamp,
    session: &mut Session,
    secret: Digest,
    cause: &str,
) -> Result<Seq, StoreError> {
    session.generation = session
        .generation
        .checked_add(1)
        .ok_or(StoreError::Limit("a session's secrets are used up"))?;
    rows.update_session(session)?;
    rows.delete_application_faces(session.id)?;
    rows.put_face(&Face {
        session: session.id,
        purpose: Purpose::Authority,
        digest: secret,
        generation: session.generation,
        previous: None,
    })?;
    let seq = append(rows, now, Target::SessionSecret(session.id, session.generation))?;
    let event = Event::SecretRenewed {
        session: hashed(rows, &session.id)?,
        subject: session.subject.clone(),
        cause: cause.to_owned(),
        generation: session.generation,
        seq,
    };
    record(rows, now, &event)?;
    Ok(seq)
}

/// A factor that was verified must still be the user's. Where none was, there is nothing to compare.
fn credential_fits(rows: &mut dyn Rows, session: &Session, intent: &RenewSecret) -> Result<bool, StoreError> {
    let Subject::User(id) = &session.subject else {
        return Ok(true);
    };
    if intent.credential_version.is_none() && intent.authenticated.is_none() {
        return Ok(true);
    }
    let user = rows.user(*id)?.filter(|u| u.disabled_at.is_none());
    Ok(user.is_some_and(|u| intent.credential_version == Some(u.credential_version)))
}
