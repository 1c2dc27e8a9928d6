//! Authentication assurance levels (NIST SP 800-63B-4 section 2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How strongly the subject was authenticated. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// One factor.
    #[default]
    Aal1,
    /// Two factors.
    Aal2,
    /// Phishing-resistant hardware.
    Aal3,
}

impl Assurance {
    /// `aal1` to `aal3`: the `acr` value and the configuration's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Aal3 => "aal3",
        }
    }

    /// As a small number, for a row.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::Aal1 => 1,
            Self::Aal2 => 2,
            Self::Aal3 => 3,
        }
    }

    /// From a row's number.
    #[must_use]
    pub const fn from_level(level: u8) -> Option<Self> {
        match level {
            1 => Some(Self::Aal1),
            2 => Some(Self::Aal2),
            3 => Some(Self::Aal3),
            _ => None,
        }
    }
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not one of `aal1`, `aal2`, `aal3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown assurance level: expected aal1, aal2 or aal3")]
pub struct UnknownAssurance;

impl FromStr for Assurance {
    type Err = UnknownAssurance;
    fn from_str(text: &str) -> Result<Self, UnknownAssurance> {
        [Self::Aal1, Self::Aal2, Self::Aal3]
            .into_iter()
            .find(|a| a.as_str() == text)
            .ok_or(UnknownAssurance)
    }
}
