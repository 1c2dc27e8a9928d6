//! Wrong passwords in a row: how long the next attempt waits, and when attempts from unknown places end (NIST SP 800-63B-4
//! section 3.2.2). Places that the account's owner is known to use are counted apart, so that nobody can lock another out.

use crate::id::{Device, Id, Session, User};
use crate::time::{Span, Timestamp};

/// Failures before attempts begin to wait.
const FREE: u32 = 5;
/// Longest wait: a bound of 100 is then not reached within seven hours.
const LONGEST_WAIT: Span = Span::from_mins(5);

/// Whose attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// A user.
    User(Id<User>),
    /// Names that nobody has share counts, so that an account that waits looks the same whether it exists or not.
    Nobody(Unknown),
}

/// One of the [`Unknown::MANY`] counts that names without an account share. They are so many that to fill them, and so tell
/// a fresh name that exists from one that does not, takes millions of failures; and their rows are so few that they bound
/// what guessed names can add to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unknown(u32);

impl Unknown {
    /// How many there are.
    pub const MANY: u32 = 1 << 20;

    /// The count for a number drawn from the name by a secret key.
    #[must_use]
    pub const fn of(drawn: u32) -> Self {
        Self(drawn % Self::MANY)
    }

    /// Which one, below [`Unknown::MANY`].
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// From where an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// From anywhere: nothing is known of it.
    Elsewhere,
    /// A browser in which this user signed in before.
    Known(Id<Device>),
    /// A living session of this user.
    Within(Id<Session>),
}

/// How many wrong passwords in a row are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutTerms {
    /// From unknown places together.
    pub after: u32,
    /// From one known browser, or within one session.
    pub after_known: u32,
}

/// Attempts since the last success. Each is counted before its password is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was made.
    pub last_at: Timestamp,
    /// When an attempt was first turned away for their number.
    pub locked_at: Option<Timestamp>,
}

/// What they mean for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is heard.
    Open,
    /// It is heard after this time.
    Waiting(Span),
    /// It is not heard.
    Locked,
}

impl Failures {
    /// Judges the next attempt against a bound.
    #[must_use]
    pub fn standing(&self, bound: u32, now: Timestamp) -> Standing {
        if self.locked_at.is_some() || self.count >= bound {
            return Standing::Locked;
        }
        // A clock that was set back makes nobody wait longer than the longest wait.
        let wait = wait_after(self.count);
        let left = (self.last_at.min(now) + wait).since(now);
        if left > Span::from_ms(0) {
            Standing::Waiting(left)
        } else {
            Standing::Open
        }
    }

    /// With one more.
    #[must_use]
    pub fn plus_one(self, now: Timestamp) -> Self {
        Self {
            count: self.count.saturating_add(1),
            last_at: now,
            ..self
        }
    }
}

/// Doubles with every failure beyond the free ones.
fn wait_after(count: u32) -> Span {
    match count.checked_sub(FREE) {
        None => Span::from_ms(0),
        Some(beyond) => Span::from_secs(1 << beyond.min(16)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Timestamp {
        Timestamp::from_secs(s)
    }

    fn failures(count: u32) -> Failures {
        Failures {
            count,
            last_at: at(1000),
            locked_at: None,
        }
    }

    #[test]
    fn the_wait_doubles_to_its_bound_and_then_the_lock_falls() {
        for (count, now, standing) in [
            (0, 1000, Standing::Open),
            (4, 1000, Standing::Open),
            (5, 1000, Standing::Waiting(Span::from_secs(1))),
            (5, 1001, Standing::Open),
            (8, 1002, Standing::Waiting(Span::from_secs(6))),
            (13, 1000, Standing::Waiting(Span::from_secs(256))),
            (14, 1000, Standing::Waiting(LONGEST_WAIT)),
            (99, 1000, Standing::Waiting(LONGEST_WAIT)),
            (99, 1300, Standing::Open),
            (100, 9_999_999, Standing::Locked),
            (u32::MAX, 0, Standing::Locked),
        ] {
            assert_eq!(
                failures(count).standing(100, at(now)),
                standing,
                "{count} at {now}"
            );
        }
    }

    #[test]
    fn a_lock_stays_when_the_bound_is_raised_and_falls_when_it_is_lowered() {
        let locked = Failures {
            locked_at: Some(at(1)),
            ..failures(10)
        };
        assert_eq!(locked.standing(100, at(99_999)), Standing::Locked);
        assert_eq!(failures(20).standing(10, at(99_999)), Standing::Locked);
    }

    #[test]
    fn a_clock_that_went_back_makes_nobody_wait_longer() {
        assert_eq!(
            failures(50).standing(100, at(10)),
            Standing::Waiting(LONGEST_WAIT)
        );
        assert_eq!(failures(3).plus_one(at(7)).count, 4);
        assert_eq!(failures(u32::MAX).plus_one(at(7)).count, u32::MAX);
    }
}
