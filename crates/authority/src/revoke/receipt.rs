//! What a revocation promises, and the receipt that says it was kept.

use domain::feed::EdgeName;
pub use domain::revocation::Level;
use domain::{Seq, Timestamp};
use serde::Serialize;
use store::intent::{ExemptRoute, Reached};
use utoipa::ToSchema;

use crate::flows::admin::written::rfc3339;

/// The receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The number under which it is kept, where it is.
    pub number: Option<u64>,
    /// Position of the revocation's last entry.
    pub seq: Seq,
    /// The level that was reached.
    pub level: Level,
    /// Whether the idempotency key had been used for the same request before.
    pub repeated: bool,
    /// Time from the request to the level; nothing for `durable`.
    pub enforced_in_ms: Option<u64>,
    /// Edges that have applied it.
    pub acknowledged: Vec<EdgeName>,
    /// Edges whose lease ran out first.
    pub expired: Vec<EdgeName>,
    /// Routes with a written exception that may still accept.
    pub exempt: Vec<Exemption>,
    /// Until when edges that have not come back since the authority's start may accept on such routes, which it does not
    /// know.
    pub unknown_exempt_until: Option<Timestamp>,
}

impl Receipt {
    /// With what the level came to.
    pub(super) fn new(
        (number, seq): (Option<u64>, Seq),
        level: Level,
        repeated: bool,
        reached: Reached,
    ) -> Self {
        Self {
            number,
            seq,
            level,
            repeated,
            enforced_in_ms: reached.enforced_in_ms,
            acknowledged: reached.acknowledged,
            expired: reached.expired,
            exempt: reached.exempt.into_iter().map(Exemption::from).collect(),
            unknown_exempt_until: reached.unknown_exempt_until,
        }
    }
}

/// A route that may go on accepting for a while: its edge has not applied the revocation, and its policy says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Exemption {
    /// The edge.
    pub edge: String,
    /// The route's name.
    pub route: String,
    /// Until when, at the latest: RFC 3339.
    pub until: String,
}

impl From<ExemptRoute> for Exemption {
    fn from(exempt: ExemptRoute) -> Self {
        Self {
            edge: exempt.edge.to_string(),
            route: exempt.route,
            until: rfc3339(exempt.until),
        }
    }
}

/// Why nothing was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevokeRefusal {
    /// The idempotency key belongs to another request.
    #[error("this idempotency key was used for another revocation")]
    Conflict,
}
