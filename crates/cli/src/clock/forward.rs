//! Wall time that does not go back: what has ended stays ended when the clock is set back.
//!
//! A small set-back is waited out: time stands still until the wall clock has caught up. After a larger one it stands
//! still only until everything issued before is revoked; then, told so, it follows. See
//! `docs/DECISIONS/0014-clock-set-back.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{BootTime, Clock, Span, Timestamp};

/// The largest set-back that is waited out. What is alive lives longer by at most this.
const WAITED_OUT: Span = Span::from_mins(5);

/// What the wall clock has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBack {
    /// So little that it is waited out.
    Small(Span),
    /// So far that time stands still until [`ForwardClock::follow`].
    Large(Span),
}

/// A wall clock whose time stands still where the wall clock is set back. Boot time is passed on.
#[derive(Debug)]
pub(crate) struct ForwardClock {
    wall: Arc<dyn Clock>,
    latest_ms: AtomicU64,
}

impl ForwardClock {
    pub(crate) fn new(wall: Arc<dyn Clock>) -> Self {
        Self {
            latest_ms: AtomicU64::new(wall.now().as_ms()),
            wall,
        }
    }

    /// Time was this late before: told at start, of the time that the store last acted at.
    pub(crate) fn was_at(&self, time: Timestamp) {
        self.latest_ms.fetch_max(time.as_ms(), Ordering::SeqCst);
    }

    /// How far the wall clock lies behind the latest time; nothing where it does not.
    pub(crate) fn set_back(&self) -> Option<SetBack> {
        let wall = self.wall.now();
        let by = Timestamp::from_ms(self.latest_ms.load(Ordering::SeqCst)).since(wall);
        match by {
            none if none == Span::from_ms(0) => None,
            small if small <= WAITED_OUT => Some(SetBack::Small(small)),
            large => Some(SetBack::Large(large)),
        }
    }

    /// Goes back to where the wall clock is. Only after all that ended meanwhile is dead by other means.
    pub(crate) fn follow(&self) {
        self.latest_ms.store(self.wall.now().as_ms(), Ordering::SeqCst);
    }
}

impl Clock for ForwardClock {
    fn now(&self) -> Timestamp {
        let wall = self.wall.now().as_ms();
        let latest = self.latest_ms.load(Ordering::SeqCst);
        // Written at most once a millisecond, however many ask.
        if wall > latest {
            return Timestamp::from_ms(self.latest_ms.fetch_max(wall, Ordering::SeqCst).max(wall));
        }
        Timestamp::from_ms(latest)
    }

    fn boot(&self) -> BootTime {
        self.wall.boot()
    }
}

#[cfg(test)]
mod tests {
    use domain::testing::ManualClock;

    use super::*;

    fn clocks() -> (Arc<ManualClock>, ForwardClock, Timestamp) {
        let wall = Arc::new(ManualClock::default());
        let forward = ForwardClock::new(Arc::clone(&wall) as Arc<dyn Clock>);
        let start = wall.now();
        (wall, forward, start)
    }

    #[test]
    fn a_small_set_back_is_waited_out() {
        let (wall, forward, start) = clocks();
        let second = Span::from_secs(1);
        wall.advance(second);
        assert_eq!((forward.now(), forward.set_back()), (start + second, None));
        wall.set_wall(start + second - WAITED_OUT);
        assert_eq!(forward.now(), start + second, "time stands still");
        assert_eq!(forward.set_back(), Some(SetBack::Small(WAITED_OUT)));
        wall.advance(WAITED_OUT);
        assert_eq!((forward.now(), forward.set_back()), (start + second, None));
        wall.advance(second);
        assert_eq!(forward.now(), start + second + second, "and goes on");
    }

    #[test]
    fn a_large_one_is_followed_only_when_told() {
        let (wall, forward, start) = clocks();
        let by = WAITED_OUT + Span::from_ms(1);
        wall.set_wall(start - by);
        assert_eq!(forward.set_back(), Some(SetBack::Large(by)));
        assert_eq!(forward.now(), start);
        wall.advance(Span::from_ms(1));
        assert_eq!(forward.now(), start, "it stands still");
        wall.set_wall(start - by);
        forward.follow();
        assert_eq!((forward.now(), forward.set_back()), (start - by, None));
    }

    #[test]
    fn what_was_before_the_start_counts() {
        let (wall, forward, start) = clocks();
        let day = Span::from_days(1);
        forward.was_at(start - day);
        assert_eq!((forward.now(), forward.set_back()), (start, None));
        forward.was_at(start + day);
        assert_eq!(forward.now(), start + day);
        assert_eq!(forward.set_back(), Some(SetBack::Large(day)));
        wall.advance(day + day);
        assert_eq!(forward.now(), start + day + day, "the right time came back");
    }
}
