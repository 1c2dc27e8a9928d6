//! Faults of the authority: what is nobody's mistake in the request.

use store::StoreError;

/// The work could not be done. The public learns a status and whether to try again; the cause goes to the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// The store refused or is away.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A key could not be used or unsealed.
    #[error("keys: {0}")]
    Keys(String),
    /// The lists of passwords cannot be read.
    #[error("passwords: {0}")]
    Passwords(String),
    /// All places for password hashing were taken for too long.
    #[error("too many sign-ins at once")]
    Busy,
}

impl Fault {
    /// Whether there is no room to write: reading and revoking go on.
    #[must_use]
    pub const fn is_no_room(&self) -> bool {
        matches!(self, Self::Store(StoreError::Full))
    }

    /// When to come back, in seconds. Room is made by people, or by what is over being swept.
    #[must_use]
    pub const fn retry_after_s(&self) -> u64 {
        if self.is_no_room() { 30 } else { 2 }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Busy => true,
            Self::Keys(_) | Self::Passwords(_) => false,
        }
    }
}
