//! Attempts to give a password, and their count.

use domain::Span;
use domain::lockout::{Account, LockoutTerms, Place};

/// Counts an attempt before its password is looked at, so that attempts that race cannot outnumber the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountAttempt {
    /// Whose password is tried.
    pub account: Account,
    /// From where.
    pub place: Place,
    /// How many are heard.
    pub terms: LockoutTerms,
}

/// What became of it. Each answer but [`AttemptCount::Waiting`] has written one row: they take the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptCount {
    /// It is heard, and counted as a failure at this place until it succeeds. A known browser that has failed too often
    /// counts as unknown.
    Heard(Place),
    /// Not before this time has passed; nothing was counted.
    Waiting(Span),
    /// It is not heard.
    Locked,
}
