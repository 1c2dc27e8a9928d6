//! Security events: typed, durable, ordered and hash-chained. Ids of sessions, grants and tokens appear as keyed
//! hashes (ASVS 16.2.5); no secret and no personal data is ever in one.

mod hashed;
mod kind;

pub use hashed::{EventKey, HashedId};
pub use kind::Event;

use crate::digest::Digest;
use crate::time::Timestamp;

/// A committed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When, by the store's clock.
    pub at: Timestamp,
    /// What: a registered kind.
    pub kind: String,
    /// The event as JSON, exactly as it was hashed.
    pub body: String,
    /// The chain's digest up to and with this event.
    pub digest: Digest,
}

impl EventRecord {
    /// The record that follows `before`.
    #[must_use]
    pub fn following(before: &Digest, number: u64, at: Timestamp, event: &Event) -> Self {
        let body = serde_json::to_string(event).unwrap_or_default();
        let kind = event.kind().to_owned();
        let digest = Self::link(before, number, at, &body);
        Self {
            number,
            at,
            kind,
            body,
            digest,
        }
    }

    /// Whether this record follows the digest before it: what an auditor checks.
    #[must_use]
    pub fn follows(&self, before: &Digest) -> bool {
        self.digest == Self::link(before, self.number, self.at, &self.body)
    }

    fn link(before: &Digest, number: u64, at: Timestamp, body: &str) -> Digest {
        Digest::of_parts(&[
            before.as_bytes(),
            &number.to_be_bytes(),
            &at.as_ms().to_be_bytes(),
            body.as_bytes(),
        ])
    }
}
