//! The edge's side: applies the log in order, counts grants, never serves before both.

use std::sync::Arc;

use super::lease::LeaseCell;
use super::message::{EdgeName, Grant, Renewal, Snapshot};
use crate::digest::Digest;
use crate::id::{Id, Incarnation};
use crate::revocation::{LogEntry, RevocationMap};
use crate::seq::Seq;
use crate::time::{BootTime, Span, Timestamp};

/// By how much wall time may run away from boot time before the lease is dropped: more is a sleep that boot time did not
/// count, a restored machine, or somebody's hand.
const MAX_JUMP: Span = Span::from_secs(2);

/// Both clocks of an edge, looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By which leases are counted.
    pub boot: BootTime,
    /// Only compared with the other.
    pub wall: Timestamp,
}

/// The state of one edge process.
#[derive(Debug)]
pub struct Follower {
    edge: EdgeName,
    incarnation: Id<Incarnation>,
    map: Arc<RevocationMap>,
    lease: Arc<LeaseCell>,
    position: Option<(Seq, Digest)>,
    /// A grant whose frontier is not applied yet.
    pending: Option<Grant>,
    /// When the lease was last dropped: what was asked for until then does not count.
    dropped_at: Option<BootTime>,
    /// Wall time less boot time, when last looked at.
    offset: Option<i128>,
    jumps: u64,
}

/// Entries that do not follow: the edge keeps its map, which only refuses more, and takes a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// No snapshot yet.
    #[error("entries came before the snapshot")]
    NotJoined,
    /// A number is missing, or the epoch is another.
    #[error("the log has a gap before {0}")]
    Gap(Seq),
    /// The chain's digest does not fit.
    #[error("the log's digest differs at {0}")]
    Digest(Seq),
}

/// What became of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantOutcome {
    /// The lease runs.
    Counted,
    /// It counts as soon as its frontier is applied.
    Pending,
    /// No snapshot yet, or asked for before the lease was dropped: it never counts.
    Ignored,
}

impl Follower {
    /// A new incarnation: it holds nothing and serves nothing.
    #[must_use]
    pub fn new(
        edge: EdgeName,
        incarnation: Id<Incarnation>,
        map: Arc<RevocationMap>,
        lease: Arc<LeaseCell>,
    ) -> Self {
        Self {
            edge,
            incarnation,
            map,
            lease,
            position: None,
            pending: None,
            dropped_at: None,
            offset: None,
            jumps: 0,
        }
    }

    /// How far the log is applied; nothing before the snapshot.
    #[must_use]
    pub fn frontier(&self) -> Option<Seq> {
        self.position.map(|(seq, _)| seq)
    }

    /// Takes a snapshot. Marks are merged: what the map already refuses it goes on refusing.
    pub fn join(&mut self, snapshot: &Snapshot) {
        for (target, seq) in &snapshot.marks {
            self.map.apply(target, *seq);
        }
        self.pending = None;
        self.move_to(snapshot.head.seq, snapshot.head.digest);
    }

    /// Applies entries in order; already applied ones are passed over.
    ///
    /// # Errors
    /// The first entry that does not follow; those before it are applied.
    pub fn apply(&mut self, entries: &[LogEntry]) -> Result<(), ApplyError> {
        for entry in entries {
            let (at, digest) = self.position.ok_or(ApplyError::NotJoined)?;
            if entry.seq <= at && entry.seq.epoch() == at.epoch() {
                continue;
            }
            if at.next() != Some(entry.seq) {
                return Err(ApplyError::Gap(entry.seq));
            }
            if !entry.follows(at, &digest) {
                return Err(ApplyError::Digest(entry.seq));
            }
            self.map.apply(&entry.target, entry.seq);
            self.move_to(entry.seq, entry.digest);
        }
        Ok(())
    }

    /// Asks for a lease at a time of the edge's own clock. Nothing to ask before the snapshot.
    #[must_use]
    pub fn renewal(&mut self, at: Moment) -> Option<Renewal> {
        self.look(at);
        let (frontier, digest) = self.position?;
        Some(Renewal {
            edge: self.edge.clone(),
            incarnation: self.incarnation,
            t0: at.boot,
            frontier,
            digest,
        })
    }

    /// Takes a grant, at the time at which it came.
    pub fn grant(&mut self, grant: Grant, at: Moment) -> GrantOutcome {
        self.look(at);
        // What made the lease worthless may have happened while this grant was under way.
        if self.dropped_at.is_some_and(|dropped| grant.t0 <= dropped) {
            return GrantOutcome::Ignored;
        }
        match self.position {
            None => GrantOutcome::Ignored,
            Some((at, _)) if at >= grant.frontier && at.epoch() == grant.frontier.epoch() => {
                self.count(grant);
                GrantOutcome::Counted
            }
            Some(_) => {
                self.pending = Some(grant);
                GrantOutcome::Pending
            }
        }
    }

    /// How often the wall clock was seen to jump.
    #[must_use]
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }

    /// Drops the lease if wall time and boot time ran apart since the last look. Looked at before anything is asked for, and
    /// when the answer is there: a jump while it was under way makes it worthless.
    fn look(&mut self, at: Moment) {
        let offset = i128::from(at.wall.as_ms()) - i128::from(at.boot.as_ms());
        let before = self.offset.replace(offset).unwrap_or(offset);
        if offset.abs_diff(before) > u128::from(MAX_JUMP.as_ms()) {
            self.jumps = self.jumps.wrapping_add(1);
            self.drop_lease(at.boot);
        }
    }

    /// The wall clock jumped further than boot time, or the log cannot be followed: trust nothing until a grant that is
    /// asked for after `now`.
    pub fn drop_lease(&mut self, now: BootTime) {
        self.pending = None;
        self.dropped_at = self.dropped_at.max(Some(now));
        self.lease.drop_lease();
    }

    fn move_to(&mut self, seq: Seq, digest: Digest) {
        self.position = Some((seq, digest));
        self.lease.advance(seq);
        if let Some(grant) = self
            .pending
            .take_if(|g| g.frontier <= seq && g.frontier.epoch() == seq.epoch())
        {
            self.count(grant);
        }
    }

    fn count(&self, grant: Grant) {
        // Counted from when the edge asked, not from receipt: a delayed answer is an old answer.
        self.lease.grant(
            grant.t0 - grant.relay_age,
            grant.t0 + grant.lease.saturating_sub(grant.relay_age),
        );
    }
}
