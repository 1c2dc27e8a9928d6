//! Refusals as aggregates: by reason, place, address network and minute. Bounded, in memory, no I/O: garbage can neither
//! fill the disk nor slow the path that refuses it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::session::Origin;
use domain::{Clock, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::admin::written::rfc3339;

/// Most rows, overflow rows apart (at most one for each kept minute).
pub const MOST_ROWS: usize = 4096;
/// Minutes that are kept.
const KEPT_MINUTES: u64 = 60;
const PLACE_MOST: usize = 80;
/// Stands for everything that had no room of its own.
const OVERFLOW: &str = "*";

/// One aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusalView {
    /// The minute, RFC 3339.
    pub minute: String,
    /// A registered word: see docs/ERRORS.md; `*` for what had no room of its own.
    pub reason: &'static str,
    /// Route or endpoint.
    pub place: String,
    /// Address network: /24 or /48.
    pub network: String,
    /// How many.
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    minute: u64,
    reason: &'static str,
    place: String,
    network: String,
}

/// All aggregates of one process.
#[derive(Debug)]
pub struct RefusalLog {
    clock: Arc<dyn Clock>,
    rows: Mutex<BTreeMap<Row, u64>>,
}

impl RefusalLog {
    /// An empty log.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            rows: Mutex::default(),
        }
    }

    /// Counts one refusal. `reason` is a registered word, `place` a route or an endpoint: never what a request said.
    pub fn count(&self, reason: &'static str, place: &str, address: Option<IpAddr>) {
        let network = Origin::new(address, "").network;
        self.add(reason, place, network, (self.clock.now(), 1));
    }

    /// Takes over what an edge has counted: `minute` is when its minute began, with how many.
    pub fn add(&self, reason: &'static str, place: &str, network: String, (minute, count): (Timestamp, u64)) {
        let minute = minute.as_ms() / 60_000;
        let row = Row {
            minute,
            reason,
            place: place.chars().take(PLACE_MOST).collect(),
            network,
        };
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = if rows.contains_key(&row) || has_room(&mut rows, minute) {
            row
        } else {
            overflow(minute)
        };
        let known = rows.entry(row).or_default();
        *known = known.saturating_add(count);
    }

    /// Every aggregate, newest minute first.
    #[must_use]
    pub fn list(&self) -> Vec<RefusalView> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let view = |(row, count): (&Row, &u64)| RefusalView {
            minute: rfc3339(Timestamp::from_ms(row.minute * 60_000)),
            reason: row.reason,
            place: row.place.clone(),
            network: row.network.clone(),
            count: *count,
        };
        rows.iter().rev().map(view).collect()
    }
}

fn overflow(minute: u64) -> Row {
    Row {
        minute,
        reason: OVERFLOW,
        place: OVERFLOW.to_owned(),
        network: OVERFLOW.to_owned(),
    }
}

/// Makes room, if it can be made: forgets what is too old, then folds the oldest minute into its overflow row. The
/// present minute is never folded, so that a flood shows what it is.
fn has_room(rows: &mut BTreeMap<Row, u64>, minute: u64) -> bool {
    while let Some(oldest) = rows.first_key_value().map(|(row, _)| row.minute) {
        if oldest + KEPT_MINUTES > minute {
            break;
        }
        rows.pop_first();
    }
    if rows.len() < MOST_ROWS {
        return true;
    }
    let foldable = |row: &Row| row.minute < minute && row.reason != OVERFLOW;
    let Some(oldest) = rows.keys().find(|r| foldable(r)).map(|r| r.minute) else {
        return false;
    };
    let mut folded = 0u64;
    rows.retain(|row, count| {
        let keep = row.minute != oldest || row.reason == OVERFLOW;
        if !keep {
            folded = folded.saturating_add(*count);
        }
        keep
    });
    let count = rows.entry(overflow(oldest)).or_default();
    *count = count.saturating_add(folded);
    rows.len() < MOST_ROWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Span;
    use domain::testing::ManualClock;

    fn log() -> (RefusalLog, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::default());
        (RefusalLog::new(clock.clone()), clock)
    }

    fn address(n: u32) -> Option<IpAddr> {
        Some(IpAddr::V4((0x0a00_0000 + (n << 8)).into()))
    }

    #[test]
    fn the_same_refusal_in_the_same_minute_is_one_row() {
        let (log, clock) = log();
        for _ in 0..3 {
            log.count("malformed", "admin", address(1));
        }
        log.count("malformed", "admin", address(2));
        clock.advance(Span::from_mins(1));
        log.count("malformed", "admin", address(1));
        let counts: Vec<u64> = log.list().iter().map(|r| r.count).collect();
        assert_eq!(counts, [1, 1, 3]);
        assert_eq!(log.list()[0].minute, "2026-01-01T00:01:00.000Z");
        assert_eq!(log.list()[0].network, "10.0.1.0/24");
    }

    #[test]
    fn a_flood_fills_a_bounded_table_and_nothing_goes_uncounted() {
        let (log, clock) = log();
        let flood = u32::try_from(MOST_ROWS).unwrap() * 3;
        for n in 0..flood {
            log.count("malformed", "check", address(n));
        }
        clock.advance(Span::from_mins(1));
        log.count("expired", "check", address(1));
        let rows = log.list();
        assert!(rows.len() <= MOST_ROWS + 1, "{}", rows.len());
        assert_eq!(rows[0].reason, "expired", "the present minute has room again");
        assert_eq!(rows.iter().map(|r| r.count).sum::<u64>(), u64::from(flood) + 1);
        assert!(rows.iter().any(|r| r.reason == OVERFLOW));
    }

    #[test]
    fn an_hour_later_it_is_forgotten() {
        let (log, clock) = log();
        log.count("malformed", "check", None);
        clock.advance(Span::from_mins(60));
        log.count("expired", "check", None);
        assert_eq!(log.list().len(), 1);
    }
}
