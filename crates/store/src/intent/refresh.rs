//! Rotation of a refresh token.

use domain::Seq;
use domain::family::{RotateRequest, SealedSuccessor};
use domain::grant::Grant;
use domain::session::Session;

/// One compare-and-set on the family's generation, with the watermarks in the same transaction.
#[derive(Debug, Clone)]
pub struct Rotate {
    /// The presented token, reduced to digests, and the prepared successor.
    pub request: RotateRequest,
    /// Whether the token's lineage tag is this family's.
    pub issued: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The prepared successor is the current token now.
    Rotated(Box<Lineage>),
    /// The client does not rotate: the presented token stays good.
    Kept(Box<Lineage>),
    /// An honest retry: the caller opens the kept successor with the presented token.
    Retried(Box<Lineage>, SealedSuccessor),
    /// Theft: grant and session were revoked at this position.
    Replayed(Seq),
    /// The family, or the session that it dies with, is past an end.
    Expired,
    /// Covered by a revocation.
    Revoked,
    /// Not a token of ours, or another client's.
    Unknown,
}

/// What the new access token is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The grant.
    pub grant: Grant,
    /// The session, where the grant dies with one and it is still there.
    pub session: Option<Session>,
}
