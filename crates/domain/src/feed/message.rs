//! The messages of the feed.

use crate::cookie::SealingKeys;
use crate::digest::Digest;
use crate::id::{Id, Incarnation};
use crate::name::TenantId;
use crate::revocation::Target;
use crate::seq::Seq;
use crate::session::{Face, Session};
use crate::time::{BootTime, Span, Timestamp};

/// An edge's name: the same alphabet as a tenant's.
pub type EdgeName = TenantId;

/// The committed head of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedHead {
    /// Last committed position.
    pub seq: Seq,
    /// Chain digest there.
    pub digest: Digest,
}

/// Every watermark at a position: how an edge joins, and how it recovers from a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The position it was taken at.
    pub head: FeedHead,
    /// Each target with the sequence of its mark.
    pub marks: Vec<(Target, Seq)>,
}

/// An edge asks for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// Which edge.
    pub edge: EdgeName,
    /// Which start of it.
    pub incarnation: Id<Incarnation>,
    /// The edge's own clock when it asked; returned untouched.
    pub t0: BootTime,
    /// How far it has applied the log.
    pub frontier: Seq,
    /// Its chain digest there.
    pub digest: Digest,
}

/// The answer to a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewalReply {
    /// A lease.
    Granted(Grant),
    /// The edge's position or digest is not part of this log: take a snapshot.
    Resynchronise,
}

/// A lease. It counts only once the edge has applied the log up to `frontier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The edge's clock when it asked.
    pub t0: BootTime,
    /// Head of the log when the authority read it.
    pub frontier: Seq,
    /// How old that reading was when the grant was made.
    pub relay_age: Span,
    /// Length of the lease from `t0`, before the age is taken off.
    pub lease: Span,
}

/// The authority's word on one credential, for a route that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Whether the primary knows of a revocation.
    pub revoked: bool,
    /// For how long it carries what it lets through, counted from when the edge asked: until then a revocation waits for
    /// this edge.
    pub carries: Span,
}

/// The keys that an edge needs to judge by itself. Held in memory only.
#[derive(Debug, Clone)]
pub struct KeyBundle {
    /// Grows with every change of any key.
    pub version: u64,
    /// Keys that verify access tokens of this issuer.
    pub signing: jose::KeySet,
    /// Keys that unseal session cookies.
    pub sealing: SealingKeys,
}

/// A session as an edge needs it, with its face at the host that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAnswer {
    /// The record.
    pub session: Session,
    /// The face at that host.
    pub face: Face,
}

/// What became of a host code that an edge brought back from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostJoin {
    /// The value for the session cookie at this host.
    Joined {
        /// Sealed cookie value.
        cookie: String,
        /// The session's absolute end bounds every use of it.
        expires_at: Timestamp,
    },
    /// Unknown, spent, expired, for another host or another browser.
    Refused,
}
