//! Signing out everywhere: sessions and grants of a subject together.

use domain::event::Event;
use domain::revocation::Target;
use domain::{Seq, Timestamp};

use super::ending::{end, revoke_offline};
use super::inquiry::{is_live, is_revoked, still_runs};
use super::ledger::{acted, hashed, record};
use super::revocation::commit;
use crate::error::StoreError;
use crate::intent::{EndEverywhere, EndedEverywhere};
use crate::rows::Rows;

const CAUSE: &str = "signed_out_everywhere";

/// Ends all of a subject's sessions and grants, those with `offline_access` too. Where one session is kept, it lives on
/// with its own grants, and the others end one by one; otherwise one entry of class `subject` covers everything that was
/// issued so far, also what is still under way.
///
/// # Errors
/// Of the rows.
pub fn end_everywhere(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &EndEverywhere,
) -> Result<EndedEverywhere, StoreError> {
    let subject = &intent.subject;
    let mut over = Vec::new();
    for session in rows.sessions_of(subject)? {
        if Some(session.id) != intent.keep && still_runs(rows, now, &session)? {
            over.push(session);
        }
    }
    if let Some(kept) = intent.keep {
        let session = rows.session(kept)?.filter(|s| s.subject == *subject);
        // A session that died meanwhile keeps nothing, and ends nothing: it may be a thief's.
        let lives = session.map(|s| is_live(rows, now, &s)).transpose()?;
        if lives != Some(true) {
            return Ok(EndedEverywhere::Overtaken);
        }
    }
    let grants = rows.grants_of(subject, now)?;
    let mut live = Vec::new();
    for grant in grants {
        let kept = intent.keep.is_some() && grant.bound_session() == intent.keep;
        if !kept && !is_revoked(rows, &grant.position())? {
            live.push(grant);
        }
    }
    let (sessions, ended) = (count(over.len()), count(live.len()));
    if intent.keep.is_some() && sessions == 0 && ended == 0 {
        // Asked again and again, it would fill the events, and use up the room that is kept for revocations.
        return Ok(done(rows.head()?.seq, 0, 0));
    }
    if intent.keep.is_some() {
        for session in &over {
            end(rows, now, session, CAUSE, &intent.actor)?;
        }
        revoke_offline(rows, now, live, CAUSE, &intent.actor)?;
    } else {
        commit(rows, now, Target::Subject(subject.clone()), CAUSE, &intent.actor)?;
    }
    let seq = rows.head()?.seq;
    let kept = intent.keep.map(|id| hashed(rows, &id)).transpose()?;
    let event = Event::SignedOutEverywhere {
        subject: subject.clone(),
        kept,
        sessions,
        grants: ended,
        actor: intent.actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    acted(rows, now, &intent.actor, (Some(subject.to_string()), "done"))?;
    Ok(done(seq, sessions, ended))
}

const fn done(seq: Seq, sessions: u32, grants: u32) -> EndedEverywhere {
    EndedEverywhere::Done {
        seq,
        sessions,
        grants,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
