//! Codes: OAuth authorization codes and the one-time codes of application hosts.

use domain::code::{CodeProof, IssuedCode};
use domain::digest::Digest;
use domain::family::LineageKey;
use domain::grant::Grant;
use domain::id::{Family, Grant as GrantKind, Id};
use domain::name::Host;
use domain::session::{Face, Session};
use domain::{Seq, Span};

/// Redeems an authorization code: one transaction from code to grant and refresh family.
#[derive(Debug, Clone)]
pub struct RedeemCode {
    /// Digest of the presented code.
    pub digest: Digest,
    /// What the client shows.
    pub proof: CodeProof,
    /// The grant to make of it.
    pub grant: NewGrant,
}

/// What the caller decides about a new grant; the rest is inherited from the code.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Its id.
    pub id: Id<GrantKind>,
    /// Its life; never beyond what the client's policy allows.
    pub life: Span,
    /// A refresh family, where the client may refresh.
    pub refresh: Option<NewRefresh>,
}

/// The first token of a family.
#[derive(Debug, Clone)]
pub struct NewRefresh {
    /// Row id.
    pub family: Id<Family>,
    /// Proves lineage.
    pub lineage: LineageKey,
    /// Digest of the first token.
    pub digest: Digest,
    /// Whether the client is public.
    pub public: bool,
    /// Idle limit.
    pub idle: Span,
    /// Retry window.
    pub retry_window: Span,
    /// Whether each use rotates.
    pub rotate: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeRedemption {
    /// First valid redemption: the grant lives. The code tells nonce and scope.
    Redeemed {
        /// The code's row.
        code: Box<IssuedCode>,
        /// The new grant.
        grant: Box<Grant>,
        /// Assurance, methods and times of the session, for the token.
        session: Box<Session>,
    },
    /// A second valid redemption: the grant was revoked at this position.
    Replayed(Seq),
    /// Wrong client, redirect URI or verifier; the code stays good for its owner.
    Mismatch,
    /// Its 60 seconds are over.
    Expired,
    /// Session, subject or client were revoked since.
    Revoked,
    /// No such code.
    Unknown,
}

/// Redeems a host code: the application host gets its own secret of the session.
#[derive(Debug, Clone)]
pub struct RedeemHostCode {
    /// Digest of the presented code.
    pub digest: Digest,
    /// The host that presents it.
    pub host: Host,
    /// SHA-256 of the flow cookie's secret.
    pub challenge: Digest,
    /// Digest of the new secret.
    pub secret: Digest,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostCodeRedemption {
    /// The host has its own face of the session.
    Joined {
        /// The session.
        session: Box<Session>,
        /// The new face.
        face: Box<Face>,
    },
    /// Another host or another browser; the code is spent.
    Mismatch,
    /// Its time is over, or that of the session.
    Expired,
    /// The session was revoked since.
    Revoked,
    /// No such code, or spent.
    Unknown,
}
