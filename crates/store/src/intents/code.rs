//! OAuth authorization codes: from code to grant and refresh family in one transaction.

use domain::code::{CodeVerdict, IssuedCode};
use domain::event::Event;
use domain::family::Family;
use domain::grant::{Grant, OFFLINE_ACCESS};
use domain::id::{Grant as GrantKind, Id};
use domain::revocation::{Position, Target};
use domain::session::{Liveness, Session};
use domain::{Seq, Span, Timestamp};

use super::inquiry::is_revoked;
use super::ledger::{append, hashed, must_be_new, record};
use super::notice;
use crate::error::StoreError;
use crate::intent::{CodeRedemption, NewGrant, NewRefresh, RedeemCode};
use crate::rows::Rows;

/// How long a code's row stays after its end: a second redemption is recognised so long.
pub const CODE_KEPT: Span = Span::from_days(1);

/// Keeps a code.
///
/// # Errors
/// Of the rows; or the code was issued before.
pub fn issue_code(rows: &mut dyn Rows, code: &IssuedCode) -> Result<(), StoreError> {
    must_be_new(rows.code(&code.digest)?.is_some())?;
    rows.put_code(code)
}

/// Redeems a code. The second valid redemption revokes the grant of the first.
///
/// # Errors
/// Of the rows; or an id of the new grant was used before.
pub fn redeem_code(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: RedeemCode,
) -> Result<CodeRedemption, StoreError> {
    let Some(code) = rows.code(&intent.digest)? else {
        return Ok(CodeRedemption::Unknown);
    };
    match code.judge(&intent.proof, now) {
        CodeVerdict::Mismatch => Ok(CodeRedemption::Mismatch),
        CodeVerdict::Expired => Ok(CodeRedemption::Expired),
        CodeVerdict::Replay(grant) => replayed(rows, now, &code, grant),
        CodeVerdict::Redeem => redeem(rows, now, code, intent.grant),
    }
}

fn redeem(
    rows: &mut dyn Rows,
    now: Timestamp,
    mut code: IssuedCode,
    new: NewGrant,
) -> Result<CodeRedemption, StoreError> {
    let position = Position {
        client: Some(code.client.clone()),
        session: Some(code.session),
        ..code.position.clone()
    };
    if is_revoked(rows, &position)? {
        return Ok(CodeRedemption::Revoked);
    }
    let session = rows.session(code.session)?;
    let Some(session) = session.filter(|s| s.liveness(now) == Liveness::Live) else {
        return Ok(CodeRedemption::Expired);
    };
    must_be_new(rows.grant(new.id)?.is_some())?;
    let grant = grant_of(&code, &session, &new, now);
    rows.put_grant(&grant)?;
    notice::joins(rows, code.session, &code.client)?;
    if let Some(refresh) = new.refresh {
        must_be_new(rows.family(refresh.family)?.is_some())?;
        rows.insert_family(&family_of(&grant, refresh, now))?;
    }
    code.redeemed = Some(grant.id);
    rows.put_code(&code)?;
    let event = Event::GrantCreated {
        grant: hashed(rows, &grant.id)?,
        subject: grant.subject.clone(),
        client: grant.client.clone(),
        scope: grant.scope.iter().cloned().collect::<Vec<_>>().join(" "),
    };
    record(rows, now, &event)?;
    Ok(CodeRedemption::Redeemed {
        code: Box::new(code),
        grant: Box::new(grant),
        session: Box::new(session),
    })
}

/// Everything but id and life is inherited from the code; a grant that dies with its session never outlives it.
fn grant_of(code: &IssuedCode, session: &Session, new: &NewGrant, now: Timestamp) -> Grant {
    // A step-up since the code was issued is not the authentication that it goes back to.
    let same = session.authenticated_at == code.authenticated_at;
    let end = now + new.life;
    let offline = code.scope.contains(OFFLINE_ACCESS);
    Grant {
        id: new.id,
        subject: code.position.subject.clone(),
        client: code.client.clone(),
        tenant: code.position.tenant.clone(),
        device: code.position.device,
        session: Some(code.session),
        rs: code.position.rs,
        scope: code.scope.clone(),
        audience: code.audience.clone(),
        authenticated_at: code.authenticated_at,
        assurance: same.then_some(session.assurance),
        amr: if same { session.amr.clone() } else { Vec::new() },
        created_at: now,
        expires_at: if offline { end } else { end.min(session.expires_at) },
    }
}

fn family_of(grant: &Grant, new: NewRefresh, now: Timestamp) -> Family {
    Family {
        id: new.family,
        grant: grant.id,
        client: grant.client.clone(),
        public: new.public,
        position: grant.position(),
        lineage: new.lineage,
        generation: 1,
        current: new.digest,
        previous: None,
        foreign_streak: 0,
        used_at: now,
        idle: new.idle,
        expires_at: grant.expires_at,
        retry_window: new.retry_window,
        rotate: new.rotate,
    }
}

/// Revokes the grant once; later replays find it dead and write nothing.
fn replayed(
    rows: &mut dyn Rows,
    now: Timestamp,
    code: &IssuedCode,
    grant: Id<GrantKind>,
) -> Result<CodeRedemption, StoreError> {
    let target = Target::Grant(grant);
    let mark = rows.watermark(&target)?.and_then(Seq::from_u64);
    if let Some(before) = mark.filter(|mark| code.position.rs < *mark) {
        return Ok(CodeRedemption::Replayed(before));
    }
    let seq = append(rows, now, target)?;
    let event = Event::CodeReplayed {
        grant: hashed(rows, &grant)?,
        client: code.client.clone(),
        subject: code.position.subject.clone(),
        seq,
    };
    record(rows, now, &event)?;
    Ok(CodeRedemption::Replayed(seq))
}
