//! A simulated world for tests: a clock that is moved by hand, entropy that can be replayed.
//! Nothing here is reachable from a running server's configuration.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::{Clock, Entropy};
use crate::time::{BootTime, Span, Timestamp};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicU64,
    boot: AtomicU64,
}

impl ManualClock {
    /// Starts at a wall time, with boot time one hour.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self {
            wall: AtomicU64::new(start.as_ms()),
            boot: AtomicU64::new(3_600_000),
        }
    }

    /// Both clocks go forward.
    pub fn advance(&self, by: Span) {
        self.wall.fetch_add(by.as_ms(), Ordering::SeqCst);
        self.boot.fetch_add(by.as_ms(), Ordering::SeqCst);
    }

    /// Only the wall clock jumps, as when an administrator sets it.
    pub fn set_wall(&self, to: Timestamp) {
        self.wall.store(to.as_ms(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::from_secs(1_767_225_600))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.wall.load(Ordering::SeqCst))
    }
    fn boot(&self) -> BootTime {
        BootTime::from_ms(self.boot.load(Ordering::SeqCst))
    }
}

/// Entropy that repeats for the same seed (SplitMix64). Never for a server.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// A stream that depends on the seed alone.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self
                .0
                .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst)
                .wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            for (slot, byte) in chunk.iter_mut().zip(z.to_le_bytes()) {
                *slot = byte;
            }
        }
    }
}
