//! Revocation: watermarks, log entries and events in one transaction.

use domain::Seq;
use domain::revocation::Target;

use super::Actor;

/// Revokes one or more targets together.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// What; at least one, at most 1000.
    pub targets: Vec<Target>,
    /// Why, in the administrator's words; at most 200 characters are kept.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// The same key with the same targets is carried out once (kept for a day).
    pub idempotency_key: Option<String>,
}

/// A committed revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Position of its last entry: whoever has applied it has applied all of it.
    pub seq: Seq,
    /// Whether this very request was carried out before.
    pub repeated: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// In the log, durable.
    Committed(Committed),
    /// The idempotency key was used for other targets.
    Conflict,
}
