//! The life cycle of signing and sealing keys: announced, signing, retiring, removed.

mod ring;
#[cfg(test)]
mod ring_tests;

pub use ring::{KeyPlan, KeyPolicy, KeyRing, Step};

use std::fmt;

pub use jose::{Algorithm, KeyId};

use crate::time::Timestamp;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyUse {
    /// Signs tokens with one algorithm.
    Signing(Algorithm),
    /// Seals session cookies.
    Sealing,
    /// Signs the certificates of edges, and the authority's own towards them.
    Feed,
    /// An edge's own key: its thumbprint alone is kept. As many as there are credentials.
    Edge,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyState {
    /// Published, not yet used: the reserve.
    Announced,
    /// In use. For a sealing key: seals.
    Signing,
    /// Verifies (or unseals) until everything it made has ended.
    Retiring,
    /// Gone; kept as a row without its private part, so that its id is never reused.
    Removed,
}

impl KeyState {
    /// The word in listings, rows and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
            Self::Removed => "removed",
        }
    }

    /// From a row's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Announced, Self::Signing, Self::Retiring, Self::Removed]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

impl KeyUse {
    /// The word in rows: the algorithm, `seal`, `feed` or `edge`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing(algorithm) => algorithm.as_str(),
            Self::Sealing => "seal",
            Self::Feed => "feed",
            Self::Edge => "edge",
        }
    }

    /// From a row's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "seal" => Some(Self::Sealing),
            "feed" => Some(Self::Feed),
            "edge" => Some(Self::Edge),
            algorithm => algorithm.parse().ok().map(Self::Signing),
        }
    }

    /// Whether it makes credentials of sessions and clients: those are announced, rotated and handed to edges.
    #[must_use]
    pub const fn makes_credentials(self) -> bool {
        matches!(self, Self::Signing(_) | Self::Sealing)
    }
}

/// A key's row. The private part is sealed by the key-encryption key before it gets here.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// `kid`.
    pub id: KeyId,
    /// What it does.
    pub usage: KeyUse,
    /// Where it is in its life.
    pub state: KeyState,
    /// Private part, sealed at rest; empty once removed.
    pub sealed: Vec<u8>,
    /// Public JWK (JSON) of a signing key; certificate (DER as base64url) of the feed's; name of an edge's.
    pub public: Option<String>,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// When it entered its present state.
    pub since: Timestamp,
}

impl fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeyRow({}, {}, {})",
            self.id,
            self.usage.as_str(),
            self.state.as_str()
        )
    }
}
