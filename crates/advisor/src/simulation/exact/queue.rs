//! What was put off, in the order of its time.

use std::cmp::Ordering;

/// What was put off.
#[derive(Debug, Clone, Copy)]
pub(super) enum Later {
    /// A revocation that the store could not take.
    Revocation,
    /// A request with a revoked credential.
    Try(Thief),
}

/// Whoever holds a revoked credential.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thief {
    pub(super) key: u64,
    pub(super) revoked_s: f64,
    pub(super) edge: usize,
    pub(super) is_cut: bool,
    pub(super) rate_per_s: f64,
    /// By way.
    pub(super) accepted_until: [f64; 5],
}

/// Ordered by its time, and by its number among equals.
pub(super) struct Due {
    pub(super) at_s: f64,
    pub(super) number: u64,
    pub(super) what: Later,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at_s
            .total_cmp(&other.at_s)
            .then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}
