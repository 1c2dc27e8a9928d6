//! One-time codes that give an application host its own cookie of a session.

use domain::Timestamp;
use domain::code::IssuedHostCode;
use domain::cookie::Purpose;
use domain::event::Event;
use domain::session::{Face, Liveness};

use super::inquiry::is_revoked;
use super::ledger::{hashed, record};
use crate::error::StoreError;
use crate::intent::{HostCodeRedemption, RedeemHostCode};
use crate::rows::Rows;

/// Keeps a code until it is tried.
///
/// # Errors
/// Of the rows.
pub fn issue_host_code(rows: &mut dyn Rows, code: &IssuedHostCode) -> Result<(), StoreError> {
    rows.put_host_code(code)
}

/// Redeems a code. Any try spends it, also one that is refused.
///
/// # Errors
/// Of the rows.
pub fn redeem_host_code(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: RedeemHostCode,
) -> Result<HostCodeRedemption, StoreError> {
    let Some(code) = rows.take_host_code(&intent.digest)? else {
        return Ok(HostCodeRedemption::Unknown);
    };
    if !((code.host == intent.host) & (code.challenge == intent.challenge)) {
        return Ok(HostCodeRedemption::Mismatch);
    }
    if now >= code.expires_at {
        return Ok(HostCodeRedemption::Expired);
    }
    let Some(session) = rows.session(code.session)? else {
        return Ok(HostCodeRedemption::Expired);
    };
    // The generation of the cookie that asked: a thief of an old cookie must not come back with a new one.
    let asked = domain::revocation::Position {
        generation: Some(code.generation),
        ..session.position()
    };
    if code.generation != session.generation || is_revoked(rows, &asked)? {
        return Ok(HostCodeRedemption::Revoked);
    }
    if session.liveness(now) != Liveness::Live {
        return Ok(HostCodeRedemption::Expired);
    }
    let face = Face {
        session: session.id,
        purpose: Purpose::Application(code.host.clone()),
        digest: intent.secret,
        generation: session.generation,
        previous: None,
    };
    rows.put_face(&face)?;
    let event = Event::HostJoined {
        session: hashed(rows, &session.id)?,
        subject: session.subject.clone(),
        host: code.host,
    };
    record(rows, now, &event)?;
    Ok(HostCodeRedemption::Joined {
        session: Box::new(session),
        face: Box::new(face),
    })
}
