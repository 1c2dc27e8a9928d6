//! The world, passed in: time and randomness. The real ones live in the composition root.

use crate::time::{BootTime, Timestamp};

/// Where time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Wall-clock time. May jump; never used for leases.
    fn now(&self) -> Timestamp;
    /// Time since start of the machine, suspended time included. Never goes back.
    fn boot(&self) -> BootTime;
}

/// Where unpredictable bytes come from.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills the buffer. A source that cannot must not return.
    fn fill(&self, buffer: &mut [u8]);
}
