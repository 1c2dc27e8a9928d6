//! Keyed hashes of ids: events can be correlated, but an event log does not give away which rows to look for.

use std::fmt;

use aws_lc_rs::hmac;
use serde::{Serialize, Serializer};

use crate::id::{Id, Kind};
use crate::ports::Entropy;

/// The installation's key for hashed ids.
pub struct EventKey([u8; 32]);

/// The hash of an id: 22 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashedId(String);

impl EventKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// From what a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For a store to keep.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Hashes an id.
    #[must_use]
    pub fn hash<K: Kind>(&self, id: &Id<K>) -> HashedId {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), id.as_bytes());
        let short: Vec<u8> = tag.as_ref().iter().copied().take(16).collect();
        HashedId(format!("{}{}", K::PREFIX, jose::base64url::encode(&short)))
    }
}

impl HashedId {
    /// The text, for events that name their object in a field of text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventKey(..)")
    }
}

impl fmt::Debug for HashedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for HashedId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
