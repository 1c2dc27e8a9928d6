//! Revocation: watermarks, log entries and events in one transaction.

use domain::Seq;
use domain::revocation::Target;

use super::{Actor, KeepReceipt, Reached};

/// Revokes one or more targets together.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// What; at least one, at most 1000.
    pub targets: Vec<Target>,
    /// Why, in the administrator's words; at most 200 characters are kept.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// The receipt that is kept. Nothing where the log and the events are enough: what clients do to their own tokens
    /// must not push out what administrators did.
    pub receipt: Option<KeepReceipt>,
}

/// A committed revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Position of its last entry: whoever has applied it has applied all of it.
    pub seq: Seq,
    /// Whether this very request was carried out before.
    pub repeated: bool,
    /// The number of its receipt, where one is kept.
    pub receipt: Option<u64>,
    /// That the level was reached before, if this is a repetition; `durable` is reached by the commit.
    pub reached: Option<Reached>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// In the log, durable.
    Committed(Committed),
    /// The idempotency key was used for another request.
    Conflict,
}
