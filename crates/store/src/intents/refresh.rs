//! Rotation of a refresh token: the family's rule, the watermarks and the log in one transaction.

use domain::Timestamp;
use domain::event::Event;
use domain::family::{Family, RotateRequest, RotateVerdict};
use domain::grant::Grant;
use domain::revocation::Target;

use super::inquiry::{bound_session, is_ended, is_revoked};
use super::ledger::{append, hashed, record};
use crate::error::StoreError;
use crate::intent::{Actor, Lineage, Rotate, Rotation};
use crate::rows::Rows;

/// Rotates. Revocation is judged before anything is used, replay before the session's own ends: a thief is shown the
/// door also where the session is past its time.
///
/// # Errors
/// Of the rows.
pub fn rotate(rows: &mut dyn Rows, now: Timestamp, intent: &Rotate) -> Result<Rotation, StoreError> {
    let Some(family) = rows.family(intent.request.family)? else {
        return Ok(Rotation::Unknown);
    };
    let verdict = family.judge(&intent.request, intent.issued, now);
    if verdict == RotateVerdict::Unknown {
        return Ok(Rotation::Unknown);
    }
    if is_revoked(rows, &family.position)? {
        return Ok(Rotation::Revoked);
    }
    let Some(grant) = rows.grant(family.grant)? else {
        return Ok(Rotation::Expired);
    };
    match verdict {
        RotateVerdict::Unknown => Ok(Rotation::Unknown),
        RotateVerdict::Expired => Ok(Rotation::Expired),
        RotateVerdict::Replay => replayed(rows, now, &family, &grant, &intent.request),
        RotateVerdict::Rotate | RotateVerdict::Keep | RotateVerdict::Retry => {
            let bound = bound_session(rows, now, &grant)?;
            match bound.filter(|_| now < grant.expires_at) {
                None => Ok(Rotation::Expired),
                Some(session) => {
                    let lineage = Box::new(Lineage { grant, session });
                    step(rows, now, &family, &intent.request, (verdict, lineage))
                }
            }
        }
    }
}

/// The three verdicts that yield a token.
fn step(
    rows: &mut dyn Rows,
    now: Timestamp,
    family: &Family,
    request: &RotateRequest,
    (verdict, lineage): (RotateVerdict, Box<Lineage>),
) -> Result<Rotation, StoreError> {
    let hashed_family = hashed(rows, &family.id)?;
    if verdict == RotateVerdict::Rotate {
        let next = family.rotated(request, now);
        rows.use_family(&next)?;
        let event = Event::TokenRefreshed {
            family: hashed_family,
            client: family.client.clone(),
            generation: next.generation,
            origin: request.origin.clone(),
        };
        record(rows, now, &event)?;
        return Ok(Rotation::Rotated(lineage));
    }
    let next = family.retried(request);
    match (&next.previous, verdict) {
        (Some(previous), RotateVerdict::Retry) => {
            rows.use_family(&next)?;
            let event = Event::RefreshRetried {
                family: hashed_family,
                client: family.client.clone(),
                generation: next.generation,
                origin: request.origin.clone(),
                foreign: previous.foreign,
            };
            record(rows, now, &event)?;
            Ok(Rotation::Retried(lineage, previous.successor.clone()))
        }
        _ => {
            rows.use_family(&Family {
                used_at: now,
                ..family.clone()
            })?;
            Ok(Rotation::Kept(lineage))
        }
    }
}

/// Theft: the grant and its session die through the log, so that every edge refuses what came of either.
fn replayed(
    rows: &mut dyn Rows,
    now: Timestamp,
    family: &Family,
    grant: &Grant,
    request: &RotateRequest,
) -> Result<Rotation, StoreError> {
    let mut seq = append(rows, now, Target::Grant(grant.id))?;
    let session = grant.session.map(|id| rows.session(id)).transpose()?.flatten();
    match (session, grant.session) {
        (Some(session), _) if !is_ended(rows, &session)? => {
            seq = super::ending::end(rows, now, &session, "refresh_replayed", &Actor::system())?;
        }
        (None, Some(id)) => seq = append(rows, now, Target::Session(id))?,
        _ => {}
    }
    let event = Event::RefreshReplayed {
        family: hashed(rows, &family.id)?,
        grant: hashed(rows, &grant.id)?,
        client: family.client.clone(),
        subject: grant.subject.clone(),
        origin: request.origin.clone(),
        seq,
    };
    record(rows, now, &event)?;
    Ok(Rotation::Replayed(seq))
}
