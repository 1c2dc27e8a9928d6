//! Positions in the revocation log: `seq = epoch * 2^36 + n`, below 2^53 so that every JSON reader keeps it whole.

use std::fmt;

use serde::{Deserialize, Serialize};

const POSITION_BITS: u32 = 36;
const LIMIT: u64 = 1 << 53;

/// One position in the log. Totally ordered, also across epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(try_from = "u64", into = "u64")]
pub struct Seq(u64);

/// No log reaches this position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position of a log: it must be below 2^53")]
pub struct BeyondEveryLog;

impl TryFrom<u64> for Seq {
    type Error = BeyondEveryLog;
    fn try_from(value: u64) -> Result<Self, BeyondEveryLog> {
        Self::from_u64(value).ok_or(BeyondEveryLog)
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> Self {
        seq.0
    }
}

/// Grows whenever the store may have gone back in time. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u32);

impl Seq {
    /// The start of an epoch, before its first entry.
    #[must_use]
    pub const fn start_of(epoch: Epoch) -> Self {
        Self((epoch.0 as u64) << POSITION_BITS)
    }

    /// From a number that was stored or received; refuses what no log can hold.
    #[must_use]
    pub const fn from_u64(value: u64) -> Option<Self> {
        if value < LIMIT { Some(Self(value)) } else { None }
    }

    /// As a number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The epoch it belongs to.
    #[must_use]
    pub const fn epoch(self) -> Epoch {
        Epoch((self.0 >> POSITION_BITS) as u32)
    }

    /// Its number within the epoch; the first entry is 1.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.0 & ((1 << POSITION_BITS) - 1)
    }

    /// The next position of the same epoch; nothing when the epoch is full.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        if self.position() == (1 << POSITION_BITS) - 1 {
            None
        } else {
            Some(Self(self.0 + 1))
        }
    }
}

impl Epoch {
    /// The first epoch of a new store.
    pub const FIRST: Self = Self(1);

    /// From a number that was stored; the log holds 2^17 epochs.
    #[must_use]
    pub const fn from_u32(value: u32) -> Option<Self> {
        if value < (1 << (53 - POSITION_BITS)) {
            Some(Self(value))
        } else {
            None
        }
    }

    /// As a number.
    #[must_use]
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::from_u32(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_epoch_is_above_everything_earlier() {
        let full = Seq::from_u64((2u64 << 36) - 1).unwrap();
        assert_eq!((full.epoch(), full.next()), (Epoch::FIRST, None));
        assert!(Seq::start_of(Epoch::FIRST.next().unwrap()) > full);
    }

    #[test]
    fn numbers_stay_below_two_to_the_53() {
        assert!(Seq::from_u64(LIMIT - 1).is_some());
        assert!(Seq::from_u64(LIMIT).is_none());
        assert!(Epoch::from_u32(1 << 17).is_none());
        let read = |text: &str| serde_json::from_str::<Seq>(text).ok();
        assert_eq!(read("7"), Seq::from_u64(7));
        assert_eq!(read("9007199254740992"), None);
    }
}
