//! Signing out everywhere, with a receipt.

use domain::Subject;
use domain::id::{Id, Session as SessionKind};
use store::intent::{Actor, EndEverywhere, EndedEverywhere};

use crate::authority::Authority;
use crate::error::Fault;
use crate::revoke::{Level, Receipt};

/// What ended, and from when on it is refused.
#[derive(Debug)]
pub struct Everywhere {
    /// Sessions that were alive until now.
    pub sessions: u32,
    /// Grants that were.
    pub grants: u32,
    /// Of the revocation.
    pub receipt: Receipt,
}

/// Ends all of a subject's sessions and grants (those with `offline_access` too) but the session that is kept, and returns
/// when the level is reached. Nothing: the session to keep is not alive.
///
/// # Errors
/// The store's fault: then nothing has ended.
pub async fn sign_out_everywhere(
    authority: &Authority,
    (subject, keep): (Subject, Option<Id<SessionKind>>),
    actor: Actor,
    level: Level,
) -> Result<Option<Everywhere>, Fault> {
    let began = authority.clock.boot();
    let intent = EndEverywhere { subject, keep, actor };
    let EndedEverywhere::Done {
        seq,
        sessions,
        grants,
    } = authority.store.end_everywhere(intent).await?
    else {
        return Ok(None);
    };
    for _ in 0..sessions {
        authority.metrics.session("ended");
    }
    authority.metrics.revocation(level.as_str());
    Ok(Some(Everywhere {
        sessions,
        grants,
        receipt: authority.revoker.receipt(seq, level, began).await,
    }))
}

#[cfg(test)]
mod tests;
