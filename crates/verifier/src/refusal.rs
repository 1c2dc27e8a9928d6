//! A refusal: the registered reason for everybody, and a fixed text for the operator.

use std::fmt;

use domain::Reason;

/// Why a request is not let through. Neither part holds anything of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The registered word.
    pub reason: Reason,
    /// What exactly, for logs and for the operator.
    pub detail: &'static str,
}

impl Refusal {
    /// A refusal with its detail.
    #[must_use]
    pub const fn new(reason: Reason, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason, reason.explanation())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}
