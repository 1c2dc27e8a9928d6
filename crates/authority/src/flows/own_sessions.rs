//! The sessions of whoever is here: to see them, and to end them.

use domain::Timestamp;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Liveness, Origin};
use store::intent::SessionFilter;

use super::session::{Live, end};
use crate::authority::Authority;
use crate::error::Fault;

/// As many as the store lists at once; the cap on sessions is not larger.
const PAGE: usize = 1000;

/// One of the subject's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// Its id.
    pub id: Id<SessionKind>,
    /// Where it was made.
    pub origin: Origin,
    /// When.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub active_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// All of the subject's sessions that live, this one first, then those last used first.
///
/// # Errors
/// The store's fault.
pub async fn own_sessions(authority: &Authority, live: &Live) -> Result<Vec<OwnSession>, Fault> {
    let filter = SessionFilter {
        subject: Some(live.session().subject.clone()),
        after: None,
        limit: PAGE,
    };
    let now = authority.clock.now();
    let mut own: Vec<OwnSession> = authority
        .store
        .sessions(filter)
        .await?
        .into_iter()
        .filter(|s| s.liveness(now) == Liveness::Live)
        .map(|s| OwnSession {
            id: s.id,
            origin: s.origin,
            created_at: s.created_at,
            active_at: s.active_at,
            is_this: s.id == live.session().id,
        })
        .collect();
    own.sort_by_key(|s| (!s.is_this, std::cmp::Reverse(s.active_at)));
    Ok(own)
}

/// Ends one of the subject's sessions. `false`: it is not theirs, or was over before; nobody learns which.
///
/// # Errors
/// The store's fault.
pub async fn end_own(authority: &Authority, live: &Live, id: Id<SessionKind>) -> Result<bool, Fault> {
    let found = authority
        .store
        .session(id, &domain::cookie::Purpose::Authority)
        .await?;
    match found {
        Some((session, _)) if session.subject == live.session().subject => end(authority, live, id).await,
        _ => Ok(false),
    }
}

/// Ends all of the subject's sessions but this one; says how many.
///
/// # Errors
/// The store's fault; those before it have ended.
pub async fn end_others(authority: &Authority, live: &Live) -> Result<usize, Fault> {
    let mut ended = 0;
    for other in own_sessions(authority, live).await? {
        if !other.is_this && end(authority, live, other.id).await? {
            ended += 1;
        }
    }
    Ok(ended)
}
