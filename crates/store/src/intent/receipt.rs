//! Receipts of revocations, as they are kept: what was asked, and what came of it.

use domain::feed::EdgeName;
use domain::revocation::Level;
use domain::{Digest, Seq, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A receipt that is to be kept of a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepReceipt {
    /// The same key with the same request by the same actor is carried out once, as long as its receipt is kept.
    pub idempotency_key: Option<String>,
    /// What was asked for.
    pub level: Level,
    /// How many are kept, and how long.
    pub terms: ReceiptTerms,
}

/// Bounds of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptTerms {
    /// Most receipts; a new one takes the place of the oldest.
    pub most: u64,
    /// How long a receipt is kept.
    pub kept_for: Span,
}

impl Default for ReceiptTerms {
    fn default() -> Self {
        Self {
            most: 100_000,
            kept_for: Span::from_days(30),
        }
    }
}

/// A receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReceipt {
    /// Its number; they grow by one.
    pub number: u64,
    /// Position of the revocation's last entry.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// When the receipt may go.
    pub ends_at: Timestamp,
    /// Of its idempotency key, if it had one.
    pub repeats: Option<RequestMark>,
    /// What was asked, and what came of it.
    pub body: ReceiptBody,
}

/// By what a repeated request is known: digests alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestMark {
    /// Of the actor and the key.
    pub key: Digest,
    /// Of the request.
    pub request: Digest,
}

/// What was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptBody {
    /// What was revoked, as events show it: ids are hashed.
    pub targets: String,
    /// The level that was asked for.
    pub level: Level,
    /// By whom.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What the level came to; nothing while it is waited for, and where the process ended meanwhile.
    pub reached: Option<Reached>,
}

/// That a level was reached, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reached {
    /// Time from the request to the level; nothing for `durable`.
    pub enforced_in_ms: Option<u64>,
    /// Edges that have applied it.
    pub acknowledged: Vec<EdgeName>,
    /// Edges whose lease ran out first.
    pub expired: Vec<EdgeName>,
    /// Routes that may go on accepting for a while, by a written exception.
    pub exempt: Vec<ExemptRoute>,
    /// Until when others may that nobody could name: of edges that had not come back since the authority's start.
    #[serde(default)]
    pub unknown_exempt_until: Option<Timestamp>,
}

/// A route that may go on accepting for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemptRoute {
    /// Its edge, which has not applied the revocation.
    pub edge: EdgeName,
    /// The route's name.
    pub route: String,
    /// Until when, at the latest.
    pub until: Timestamp,
}
