//! Deleting what is over. Watermarks, log and events are never touched.

use domain::lockout::Place;
use domain::{Span, Timestamp};

use super::state::State;
use crate::error::StoreError;
use crate::intents::{CODE_KEPT, PLACE_KEPT, SWEEP_DELAY, is_over, is_revoked, is_to_be_told};
use crate::rows::Rows;

/// Deletes at most `limit` rows; says how many.
pub(super) fn sweep(state: &mut State, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    // A little later than the end: an edge's last report of activity may still be under way.
    let then = now - SWEEP_DELAY;
    let mut left = limit;
    left -= sessions(state, now, left)?;
    left -= families(state, then, left)?;
    left -= grants(state, then, left)?;
    left -= codes(state, now, left);
    left -= receipts(state, now, left);
    left -= places(state, now, left);
    Ok(limit - left)
}

fn sessions(state: &mut State, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let mut doomed = Vec::new();
    let all: Vec<_> = state.sessions.values().cloned().collect();
    for session in all {
        if doomed.len() == limit {
            break;
        }
        if is_over(state, now, &session)? && !is_to_be_told(state, session.id)? {
            doomed.push(session.id);
        }
    }
    doomed.iter().try_for_each(|id| state.delete_session(*id))?;
    Ok(doomed.len())
}

fn families(state: &mut State, then: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let mut doomed = Vec::new();
    let all: Vec<_> = state.families.values().cloned().collect();
    for family in all {
        if doomed.len() == limit {
            break;
        }
        let over = then >= family.expires_at || then >= family.used_at + family.idle;
        if over || is_revoked(state, &family.position)? {
            doomed.push(family.id);
        }
    }
    for id in &doomed {
        state.families.take(id);
    }
    Ok(doomed.len())
}

fn grants(state: &mut State, then: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let mut doomed = Vec::new();
    let all: Vec<_> = state.grants.values().cloned().collect();
    for grant in all {
        if doomed.len() == limit {
            break;
        }
        if then >= grant.expires_at || is_revoked(state, &grant.position())? {
            doomed.push(grant);
        }
    }
    for grant in &doomed {
        state.grants.take(&grant.id);
        if let Some(session) = grant.session {
            state.grants_by_session.take(&(session, grant.id));
        }
    }
    Ok(doomed.len())
}

/// A redeemed code stays for a while: its second redemption must be recognised.
fn codes(state: &mut State, now: Timestamp, limit: usize) -> usize {
    let spent: Vec<_> = state
        .codes
        .values()
        .filter(|code| is_past(now, code.expires_at, CODE_KEPT))
        .map(|code| code.digest)
        .take(limit)
        .collect();
    let left = limit - spent.len();
    let hosts: Vec<_> = state
        .host_codes
        .values()
        .filter(|code| now >= code.expires_at)
        .map(|code| code.digest)
        .take(left)
        .collect();
    for digest in &spent {
        state.codes.take(digest);
    }
    for digest in &hosts {
        state.host_codes.take(digest);
    }
    spent.len() + hosts.len()
}

fn receipts(state: &mut State, now: Timestamp, limit: usize) -> usize {
    let old: Vec<_> = state
        .receipts
        .values()
        .filter(|receipt| now >= receipt.ends_at)
        .map(|receipt| receipt.number)
        .take(limit)
        .collect();
    for number in &old {
        state.receipts.take(number);
    }
    old.len()
}

/// Known places alone: what was tried from elsewhere is forgotten by a success only.
fn places(state: &mut State, now: Timestamp, limit: usize) -> usize {
    let old: Vec<_> = state
        .failures
        .iter()
        .filter(|((_, place), failures)| {
            *place != Place::Elsewhere && is_past(now, failures.last_at, PLACE_KEPT)
        })
        .map(|(key, _)| *key)
        .take(limit)
        .collect();
    for key in &old {
        state.failures.take(key);
    }
    old.len()
}

fn is_past(now: Timestamp, end: Timestamp, kept: Span) -> bool {
    now >= end + kept
}
