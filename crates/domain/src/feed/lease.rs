//! The lease as every check reads it: three atomics, no lock.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::seq::Seq;
use crate::time::{BootTime, Span};

/// Length of leases and the margin for clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTerms {
    /// L: how long a grant lets an edge trust its map. 250 ms to 60 s.
    pub lease: Span,
}

impl LeaseTerms {
    /// Shortest lease.
    pub const MIN: Span = Span::from_ms(250);
    /// Longest lease.
    pub const MAX: Span = Span::from_secs(60);

    /// Two clocks may run apart by 1e-3 of L; both are read in whole milliseconds.
    #[must_use]
    pub const fn margin(&self) -> Span {
        Span::from_ms(self.lease.as_ms() / 1000 + 3)
    }

    /// How often an edge renews: a third of the smallest promise, at least 50 ms apart.
    #[must_use]
    pub fn renew_every(&self, smallest_max_staleness: Option<Span>) -> Span {
        let shortest = smallest_max_staleness.map_or(self.lease, |s| s.min(self.lease));
        Span::from_ms((shortest.as_ms() / 3).max(50))
    }
}

impl Default for LeaseTerms {
    fn default() -> Self {
        Self {
            lease: Span::from_secs(10),
        }
    }
}

/// What a check sees of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseView {
    /// How far the map may be behind the truth; never below it. Nothing before the first grant.
    pub staleness: Option<Span>,
    /// How long ago the lease ended; zero while it runs. Nothing before the first grant.
    pub over_by: Option<Span>,
    /// What the map holds.
    pub frontier: Seq,
}

/// The end of a lease that was dropped.
const DROPPED: BootTime = BootTime::from_ms(0);

/// Shared between the follower, which writes, and the checks, which read. Each field is true by itself: a reader that
/// sees one new and one old value sees two promises that were both made.
#[derive(Debug, Default)]
pub struct LeaseCell {
    /// Boot time up to which the map is known to be complete; 0 is never.
    fresh_at: AtomicU64,
    /// Boot time at which the lease ends.
    end: AtomicU64,
    frontier: AtomicU64,
}

impl LeaseCell {
    /// The view at a time.
    #[must_use]
    pub fn view(&self, now: BootTime) -> LeaseView {
        self.read().at(now)
    }

    /// Judges by the map, with a view that is never newer than the map that was judged. The follower changes the map
    /// first, then the frontier, then the lease; so this reads them in the opposite order, and the clock last. Otherwise a
    /// decision could report a frontier that it did not see, and a staleness below the true one.
    pub fn around<T>(
        &self,
        judge: impl FnOnce() -> T,
        clock: impl FnOnce() -> BootTime,
    ) -> (T, LeaseView, BootTime) {
        let before = self.read();
        let judged = judge();
        let now = clock();
        (judged, before.at(now), now)
    }

    fn read(&self) -> Reading {
        Reading {
            fresh_at: self.fresh_at.load(Ordering::Acquire),
            end: BootTime::from_ms(self.end.load(Ordering::Acquire)),
            frontier: Seq::from_u64(self.frontier.load(Ordering::Acquire)).unwrap_or_default(),
        }
    }

    pub(super) fn grant(&self, fresh_at: BootTime, end: BootTime) {
        self.end.store(end.as_ms(), Ordering::Release);
        self.fresh_at.fetch_max(fresh_at.as_ms(), Ordering::Release);
    }

    /// The map holds everything up to here. A snapshot that was overtaken by entries takes nothing out of it.
    pub(super) fn advance(&self, frontier: Seq) {
        self.frontier.fetch_max(frontier.as_u64(), Ordering::Release);
    }

    pub(super) fn drop_lease(&self) {
        self.end.store(DROPPED.as_ms(), Ordering::Release);
    }
}

/// The cell as it was read.
#[derive(Debug, Clone, Copy)]
struct Reading {
    fresh_at: u64,
    end: BootTime,
    frontier: Seq,
}

impl Reading {
    fn at(self, now: BootTime) -> LeaseView {
        let Self {
            fresh_at,
            end,
            frontier,
        } = self;
        let granted = fresh_at > 0;
        // At the very end the lease is over: the limit itself belongs to the refusal.
        let over_by = if now < end {
            Span::from_ms(0)
        } else if end == DROPPED {
            // How long ago is not known: no exception reaches that far.
            Span::from_ms(u64::MAX)
        } else {
            now.since(end) + Span::from_ms(1)
        };
        LeaseView {
            staleness: granted.then(|| now.since(BootTime::from_ms(fresh_at))),
            over_by: granted.then_some(over_by),
            frontier,
        }
    }
}
