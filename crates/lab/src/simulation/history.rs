//! What happened, in order: all that the checker reads.

use domain::Seq;
use domain::revocation::{Position, Target};

/// A point in the history: true time, and the order among what happened in the same millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment {
    /// True time in milliseconds.
    pub ms: u64,
    /// Grows with everything that happens.
    pub order: u64,
}

/// A credential.
#[derive(Debug, Clone)]
pub struct Credential {
    /// When its authentication began: before the first evidence was looked at.
    pub began: Moment,
    /// What a revocation could name in it.
    pub position: Position,
}

/// A revocation.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// What it names.
    pub target: Target,
    /// Its place in the log.
    pub seq: Seq,
    /// When it was committed.
    pub committed: Moment,
    /// When somebody last froze whom to wait for.
    pub frozen: Option<Moment>,
    /// When `enforced` returned.
    pub enforced: Option<Moment>,
    /// Whether the authority that waited was new enough to have to wait for earlier leases, or was itself replaced.
    pub disturbed: bool,
}

/// A check at an edge.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// When.
    pub at: Moment,
    /// Index of the credential.
    pub credential: usize,
    /// What the edge's map held.
    pub frontier: Seq,
    /// What came of it.
    pub result: CheckResult,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// Let through, with the staleness that the edge reported, in milliseconds.
    Accepted {
        /// As reported.
        staleness_ms: u64,
    },
    /// Refused as revoked.
    Revoked,
    /// Refused for now: stale, behind, no lease yet.
    NotNow,
}

/// Everything.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Length of leases, in milliseconds.
    pub lease_ms: u64,
    /// What clocks may run apart in a lease, in milliseconds.
    pub margin_ms: u64,
    /// Credentials.
    pub credentials: Vec<Credential>,
    /// Revocations.
    pub revocations: Vec<Revocation>,
    /// Checks, in order.
    pub checks: Vec<Check>,
}
