//! The canary: a credential of the authority's own that is revoked again and again, while every edge is asked what it thinks
//! of it. What is said here goes beside the frames, as JSON: whoever does not know it leaves it out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{Id, Token};

/// Whom the canary's token is for: nobody. No route and no client may name it, so it opens nothing.
pub const CANARY_AUDIENCE: &str = "urn:symbolon:canary";

/// The canary's client and subject.
pub const CANARY_CLIENT: &str = "symbolon-canary";

/// The id of every canary: revoked again and again, it is one mark at every edge, however long it sings.
pub const CANARY_ID: Id<Token> = Id::from_bytes(*b"symbolon-canary.");

/// Most bytes of what an edge says, or is told.
pub const MAX_CANARY: usize = 4 * 1024;

/// One question: judge this credential now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryCheck {
    /// Grows with every question.
    pub number: u64,
    /// The credential: an access token for [`CANARY_AUDIENCE`].
    pub token: String,
}

/// What a check of the canary came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanarySeen {
    /// Let through.
    Accepted,
    /// Refused as revoked.
    Revoked,
    /// Refused for now: the edge has no lease.
    Stale,
    /// Refused for another reason.
    Other,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryAnswer {
    /// To which question.
    pub number: u64,
    /// What the check came to, which began after the question was there.
    pub seen: CanarySeen,
}

/// An edge tells what the last question came to, if there was one, and waits for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryWanted {
    /// The answer.
    pub answer: Option<CanaryAnswer>,
    /// How long the next question may be in coming.
    pub wait_ms: u64,
}

impl fmt::Debug for CanaryCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanaryCheck({})", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/FEED.md promises it to whoever writes the other side.
    #[test]
    fn what_is_said_has_four_kibibytes() {
        assert_eq!(MAX_CANARY, 4096);
    }

    #[test]
    fn the_token_is_not_in_its_debug_text() {
        let check = CanaryCheck {
            number: 7,
            token: "secret".into(),
        };
        assert_eq!(format!("{check:?}"), "CanaryCheck(7)");
    }
}
