//! Room on the store's disk: how it is judged, for `/readyz`, metrics and `symbolon doctor`.

use store::Room;

/// Limits on it: `[store]` of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceTerms {
    /// Kept back for revocations, in bytes.
    pub reserve_bytes: u64,
    /// Below this there is little room.
    pub low_bytes: u64,
    /// Below this there is too little.
    pub short_bytes: u64,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// Enough.
    Ample,
    /// Little: somebody should make room.
    Low,
    /// Too little, or the reserve is in use: what is no revocation is refused, or will be soon.
    Short,
}

impl SpaceTerms {
    /// Judges what a store has left.
    #[must_use]
    pub const fn judge(&self, room: &Room) -> Space {
        if room.reserve_bytes < room.reserve_wanted_bytes {
            return Space::Short;
        }
        self.judge_free(room.free_bytes)
    }

    /// The same where nothing is known of a reserve.
    #[must_use]
    pub const fn judge_free(&self, free_bytes: u64) -> Space {
        match free_bytes {
            free if free < self.short_bytes => Space::Short,
            free if free < self.low_bytes => Space::Low,
            _ => Space::Ample,
        }
    }
}

impl Default for SpaceTerms {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            reserve_bytes: 16 * MIB,
            low_bytes: 2048 * MIB,
            short_bytes: 256 * MIB,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_and_a_reserve_in_use_are_told() {
        let terms = SpaceTerms {
            reserve_bytes: 10,
            low_bytes: 200,
            short_bytes: 100,
        };
        let room = |free_bytes, reserve_bytes| Room {
            free_bytes,
            reserve_bytes,
            reserve_wanted_bytes: 10,
            log_file_bytes: 0,
        };
        assert_eq!(terms.judge(&room(200, 10)), Space::Ample);
        assert_eq!(terms.judge(&room(199, 10)), Space::Low);
        assert_eq!(terms.judge(&room(100, 10)), Space::Low);
        assert_eq!(terms.judge(&room(99, 10)), Space::Short);
        assert_eq!(
            terms.judge(&room(10_000, 0)),
            Space::Short,
            "the reserve is in use"
        );
    }
}
