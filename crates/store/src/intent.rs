//! What callers ask and what they are told: one request and one outcome type per intent.

mod attempt;
mod code;
mod login;
mod manage;
mod refresh;
mod revoke;
mod session;

pub use attempt::{AttemptCount, CountAttempt};
pub use code::{CodeRedemption, HostCodeRedemption, NewGrant, NewRefresh, RedeemCode, RedeemHostCode};
pub use login::{CreateSession, SessionCreation};
pub use manage::{
    AddUser, ChangePassword, Disabling, KeyChange, KeyStep, PasswordChange, Setup, SetupCode, UserAddition,
};
pub use refresh::{Lineage, Rotate, Rotation};
pub use revoke::{Committed, Revoke, RevokeOutcome};
pub use session::{
    Activity, EndEverywhere, EndSession, EndedEverywhere, Ending, RenewSecret, Renewal, SessionFilter,
};

use std::fmt;

/// Who causes a change: for the event chain. Plain text of bounded length, such as `cli`, `user:..`, `client:..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// The system itself: schedules, limits.
    #[must_use]
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// Anybody else; cut after 80 characters, control characters dropped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_control()).take(80).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
