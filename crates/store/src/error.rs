//! Faults of a store. Expected branches are outcomes, not errors.

/// Why an intent could not be carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached or has stopped; try again later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// No room to write; reads and revocations may still work.
    #[error("the store has no room to write")]
    Full,
    /// What is in the store cannot be what was written there.
    #[error("the store holds something that it cannot hold: {0}")]
    Corrupt(String),
    /// A number space is used up, or a limit of the store is reached.
    #[error("a limit of the store is reached: {0}")]
    Limit(&'static str),
}

impl StoreError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full)
    }
}
