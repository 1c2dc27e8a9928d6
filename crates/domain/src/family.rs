//! Refresh token families: one lineage of rotating tokens, safe and quiet (credentials.md, RFC 9700 section 4.14).

mod rotate;
mod successor;
mod token;

pub use rotate::{RotateRequest, RotateVerdict};
pub use successor::{SealedSuccessor, open_successor, seal_successor};
pub use token::{LineageKey, RefreshToken};

use crate::digest::Digest;
use crate::id::{Family as FamilyKind, Grant, Id};
use crate::name::ClientId;
use crate::revocation::Position;
use crate::session::Origin;
use crate::time::{Span, Timestamp};

/// One lineage. All its tokens share the grant; only the newest is good, and the one before it for a moment.
#[derive(Debug, Clone)]
pub struct Family {
    /// Row id; travels inside each token, proven by the lineage key.
    pub id: Id<FamilyKind>,
    /// Its grant: replay ends it and its session.
    pub grant: Id<Grant>,
    /// The only client that may use it.
    pub client: ClientId,
    /// Whether that client is public and not sender-constrained: retries are then counted strictly.
    pub public: bool,
    /// The grant's position; compared with the watermarks in every intent.
    pub position: Position,
    /// Proves that a token with an old generation was once issued here.
    pub lineage: LineageKey,
    /// Generation of the current token, from 1.
    pub generation: u32,
    /// Digest of the current token.
    pub current: Digest,
    /// The token before it, until its successor is used or the window ends.
    pub previous: Option<Previous>,
    /// Consecutive generations in which a retry came from another network and agent.
    pub foreign_streak: u8,
    /// When a token of it was last used.
    pub used_at: Timestamp,
    /// How long it may stay unused.
    pub idle: Span,
    /// The absolute end, set with the first token, never moved.
    pub expires_at: Timestamp,
    /// How long a retry of the previous token is honest.
    pub retry_window: Span,
    /// Whether each use rotates.
    pub rotate: bool,
}

/// What is kept of the token before the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its digest.
    pub digest: Digest,
    /// When it was rotated, by the store's clock.
    pub rotated_at: Timestamp,
    /// Who rotated it.
    pub origin: Origin,
    /// Retries so far.
    pub retries: u32,
    /// Whether a retry of this generation came from elsewhere.
    pub foreign: bool,
    /// The current token, readable only with the previous one.
    pub successor: SealedSuccessor,
}

#[cfg(test)]
mod tests;
