//! Whether something lives now: time and watermarks together.

use domain::id::{Family, Grant as GrantKind, Id};
use domain::revocation::{Position, Target};
use domain::session::{Liveness, Session};
use domain::{Digest, Seq, Span, Timestamp};

use crate::error::StoreError;
use crate::rows::Rows;

/// How long a sweep leaves a row after its end: an edge's last report of activity may still be under way.
pub const SWEEP_DELAY: Span = Span::from_hours(1);

/// Whether a revocation covers a position: the same classes and comparisons as `domain::revocation::RevocationMap`.
/// A position above the head was never reached: it proves nothing and counts as revoked.
///
/// # Errors
/// Of the rows.
pub fn is_revoked(rows: &mut dyn Rows, at: &Position) -> Result<bool, StoreError> {
    if at.rs > rows.head()?.seq {
        return Ok(true);
    }
    let dated = [
        Some(Target::All),
        Some(Target::Subject(at.subject.clone())),
        at.session.map(Target::Session),
        at.grant.map(Target::Grant),
        at.client.clone().map(Target::Client),
        at.tenant.clone().map(Target::Tenant),
        at.device.map(Target::Device),
        at.jti.map(Target::Jti),
    ];
    for target in dated.into_iter().flatten() {
        if is_below(rows, &target, at.rs)? {
            return Ok(true);
        }
    }
    if let (Some(session), Some(generation)) = (at.session, at.generation) {
        let least = rows.watermark(&Target::SessionSecret(session, 0))?;
        if least.is_some_and(|least| u64::from(generation) < least) {
            return Ok(true);
        }
    }
    // Absolute: a thief of the key chooses `rs`, so it is not asked.
    match &at.key {
        Some(key) => Ok(rows.watermark(&Target::Key(key.clone()))?.is_some()),
        None => Ok(false),
    }
}

/// Whether a session lives: within its limits and not revoked.
///
/// # Errors
/// Of the rows.
pub fn is_live(rows: &mut dyn Rows, now: Timestamp, session: &Session) -> Result<bool, StoreError> {
    Ok(session.liveness(now) == Liveness::Live && !is_revoked(rows, &session.position())?)
}

/// Whether a session's row is of no use to anybody any more: revoked, or past an end for long enough that the last report
/// of its use has arrived.
///
/// # Errors
/// Of the rows.
pub fn is_over(rows: &mut dyn Rows, now: Timestamp, session: &Session) -> Result<bool, StoreError> {
    Ok(session.liveness(now - SWEEP_DELAY) != Liveness::Live || is_revoked(rows, &session.position())?)
}

/// Whether a session was ended through the log. One whose every secret is dead (class `session_secret`) was not: its
/// grants carry no generation and run on.
pub(super) fn is_ended(rows: &mut dyn Rows, session: &Session) -> Result<bool, StoreError> {
    let whole = Position {
        generation: None,
        ..session.position()
    };
    is_revoked(rows, &whole)
}

/// Whether something of a session may still run: it was not ended, and its absolute end is to come.
pub(super) fn still_runs(rows: &mut dyn Rows, now: Timestamp, session: &Session) -> Result<bool, StoreError> {
    Ok(now < session.expires_at && !is_ended(rows, session)?)
}

/// A grant, and whether it lives: its own end, that of the session it dies with, and revocations considered.
///
/// # Errors
/// Of the rows.
pub fn grant_state(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<GrantKind>,
) -> Result<Option<(domain::grant::Grant, bool)>, StoreError> {
    let Some(grant) = rows.grant(id)? else {
        return Ok(None);
    };
    let lives = now < grant.expires_at
        && !is_revoked(rows, &grant.position())?
        && bound_session(rows, now, &grant)?.is_some();
    Ok(Some((grant, lives)))
}

/// A family's grant, whether it lives, and whether the digest is that of its current token.
///
/// # Errors
/// Of the rows.
pub fn family_state(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: Id<Family>,
    presented: Digest,
) -> Result<Option<(domain::grant::Grant, bool, bool)>, StoreError> {
    let Some(family) = rows.family(id)? else {
        return Ok(None);
    };
    let within = now < family.expires_at && now < family.used_at + family.idle;
    let state = grant_state(rows, now, family.grant)?;
    Ok(state.map(|(grant, lives)| (grant, lives && within, family.current == presented)))
}

/// The session that a grant dies with. Outer nothing: it should have one, and that one is past an end or gone.
/// Inner nothing: it outlives its session.
pub(super) fn bound_session(
    rows: &mut dyn Rows,
    now: Timestamp,
    grant: &domain::grant::Grant,
) -> Result<Option<Option<Session>>, StoreError> {
    let Some(id) = grant.bound_session() else {
        return Ok(Some(None));
    };
    let session = rows.session(id)?;
    Ok(session.filter(|s| s.liveness(now) == Liveness::Live).map(Some))
}

fn is_below(rows: &mut dyn Rows, target: &Target, rs: Seq) -> Result<bool, StoreError> {
    Ok(rows.watermark(target)?.is_some_and(|mark| rs.as_u64() < mark))
}
