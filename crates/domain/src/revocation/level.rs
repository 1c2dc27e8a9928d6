//! When a revocation returns (revocation.md, "What revoke() promises").

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// When a revocation returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Committed; connected edges refuse within propagation.
    #[default]
    Durable,
    /// Every edge with a live lease at the append has applied it, or its lease has run out.
    Enforced,
    /// The largest lease ever granted, and the margin, have passed.
    WaitOut,
}

/// Not a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown level: expected durable, enforced or wait_out")]
pub struct InvalidLevel;

impl Level {
    /// Every level, weakest first.
    pub const ALL: [Self; 3] = [Self::Durable, Self::Enforced, Self::WaitOut];

    /// The word on the wire and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Enforced => "enforced",
            Self::WaitOut => "wait_out",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = InvalidLevel;
    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or(InvalidLevel)
    }
}
