//! What a revocation promises, and the receipt that says it was kept.

use domain::Seq;
use domain::feed::EdgeName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When a revocation returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Committed; connected edges refuse within propagation.
    #[default]
    Durable,
    /// Every edge with a live lease at the append has applied it, or its lease has run out.
    Enforced,
    /// The largest lease ever granted, and the margin, have passed.
    WaitOut,
}

impl Level {
    /// The word on the wire and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Enforced => "enforced",
            Self::WaitOut => "wait_out",
        }
    }
}

/// The receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
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

/// Why nothing was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevokeRefusal {
    /// The idempotency key belongs to another request.
    #[error("this idempotency key was used for another revocation")]
    Conflict,
}
