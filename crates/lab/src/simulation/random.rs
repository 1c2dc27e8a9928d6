//! Chance that can be replayed.

use domain::Entropy;
use domain::testing::SeededEntropy;

/// A stream of choices that depends on the seed alone.
#[derive(Debug)]
pub(super) struct Random(SeededEntropy);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub(super) fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Below `bound`, which is not zero.
    pub(super) fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so often of a hundred times.
    pub(super) fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }
}
