//! The decision: map first, lease after. Pure; no I/O, no lock.

use serde::{Deserialize, Serialize};

use super::lease::LeaseView;
use crate::reason::Reason;
use crate::revocation::Judgement;
use crate::seq::Seq;
use crate::time::Span;

/// What a route tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StalenessPolicy {
    /// Most staleness that is accepted; default: the lease.
    pub max_staleness: Option<Span>,
    /// What to do beyond.
    pub on_stale: OnStale,
    /// A written exception: goes on accepting that long after the lease.
    pub beyond_lease: Option<Span>,
    /// The exception is for GET and HEAD only.
    pub read_only: bool,
}

impl StalenessPolicy {
    /// Longest exception.
    pub const LONGEST_EXCEPTION: Span = Span::from_mins(15);
}

/// What a route does when the edge is too stale for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStale {
    /// 503 with Retry-After.
    #[default]
    Refuse,
    /// Ask the authority, in a flight that starts after the check began.
    Ask,
}

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let through.
    Accept {
        /// How far the map may be behind.
        staleness: Span,
        /// What the map holds.
        frontier: Seq,
        /// Accepted by the route's exception, after the lease.
        beyond_lease: bool,
    },
    /// Refused for good.
    Refuse(Reason),
    /// Refused for now.
    Stale {
        /// How far over the route's limit.
        by: Span,
    },
    /// The credential's `rs` is above the frontier: the edge is behind and pulls; above the head it is forged.
    Behind(Seq),
    /// The authority must be asked.
    NeedsAuthority,
}

/// Decides one check whose credential is verified.
#[must_use]
pub fn decide(
    judgement: Judgement,
    rs: Seq,
    lease: LeaseView,
    policy: &StalenessPolicy,
    reading: bool,
) -> Decision {
    if let Judgement::Revoked(_) = judgement {
        return Decision::Refuse(Reason::Revoked);
    }
    let (Some(staleness), Some(over_by)) = (lease.staleness, lease.over_by) else {
        return Decision::Stale { by: Span::from_ms(0) };
    };
    if rs > lease.frontier {
        return Decision::Behind(rs);
    }
    let leased = over_by == Span::from_ms(0);
    let too_stale = policy
        .max_staleness
        .map_or(Span::from_ms(0), |most| staleness.saturating_sub(most));
    if leased && too_stale == Span::from_ms(0) {
        return Decision::Accept {
            staleness,
            frontier: lease.frontier,
            beyond_lease: false,
        };
    }
    let excused = policy.beyond_lease.is_some_and(|most| over_by <= most) && (reading || !policy.read_only);
    if excused && !leased {
        return Decision::Accept {
            staleness,
            frontier: lease.frontier,
            beyond_lease: true,
        };
    }
    match policy.on_stale {
        OnStale::Ask => Decision::NeedsAuthority,
        OnStale::Refuse => Decision::Stale {
            by: too_stale.max(over_by),
        },
    }
}
