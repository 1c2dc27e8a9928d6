//! The authority's side: who holds a lease until when, who has applied what, and when a revocation is enforced.

mod listing;
mod starts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::lease::LeaseTerms;
use super::message::{EdgeName, FeedHead, Grant, Renewal};
use crate::id::{Id, Incarnation};
use crate::seq::Seq;
use crate::time::{BootTime, Span};
pub use listing::{EdgeStatus, ExemptUntil};
pub use starts::{EdgeStart, Exceptions};
use starts::{Starts, margin_of};

/// All leases this authority has granted. One per authority process.
#[derive(Debug)]
pub struct LeaseBook {
    terms: LeaseTerms,
    /// Until then leases of an earlier process may run: `enforced` is not promised before.
    settled_at: BootTime,
    /// Until then a start that an earlier process knew may accept on a route with a written exception.
    unknown_until: BootTime,
    /// The last append whose waiters are frozen: no later grant may rest on an earlier head.
    frozen: Seq,
    /// How far the log is known to reach: nobody can have applied more.
    head: Seq,
    /// By start, not by name alone.
    starts: Starts,
}

/// The edges whose word, or whose lease's end, makes a revocation enforced. Frozen at the append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitSet {
    seq: Seq,
    members: Vec<(EdgeStart, BootTime)>,
}

/// How a wait stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitStatus {
    /// Have applied it.
    pub acknowledged: Vec<EdgeName>,
    /// Their lease ran out first.
    pub expired: Vec<EdgeName>,
    /// When the next of the others is out, at the latest; nothing once all are settled.
    pub pending_until: Option<BootTime>,
}

impl WaitSet {
    /// The append it waits for.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        self.seq
    }
}

impl LeaseBook {
    /// A book opened at `now`; `largest_lease` is the largest ever granted on this log.
    #[must_use]
    pub fn new(terms: LeaseTerms, now: BootTime, largest_lease: Span) -> Self {
        let settled_at = now + largest_lease + margin_of(largest_lease);
        Self {
            terms,
            settled_at,
            unknown_until: now,
            frozen: Seq::default(),
            head: Seq::default(),
            starts: Starts::default(),
        }
    }

    /// With the longest exception that any edge ever declared: a start of before this process may still hold one.
    #[must_use]
    pub fn after_exceptions(mut self, longest: Span) -> Self {
        if longest > Span::from_ms(0) {
            self.unknown_until = self.settled_at + longest + margin_of(longest);
        }
        self
    }

    /// An edge greets: from now on this start is heard on that connection alone, and these are its exceptions. `false`:
    /// there are as many starts of that edge as may be.
    pub fn join(
        &mut self,
        start: &EdgeStart,
        connection: u64,
        exceptions: Exceptions,
        now: BootTime,
    ) -> bool {
        self.starts.join(start, connection, exceptions, now)
    }

    /// Whether a start is heard on a connection.
    #[must_use]
    pub fn hears(&self, start: &EdgeStart, connection: u64) -> bool {
        let row = self.starts.0.get(start);
        row.is_some_and(|row| row.is_heard_on(connection))
    }

    /// A connection has ended.
    pub fn leave(&mut self, start: &EdgeStart, connection: u64) {
        self.starts.leave(start, connection);
    }

    /// Other exceptions of what is heard on a connection under this name.
    pub fn redeclare(&mut self, edge: &EdgeName, connection: u64, exceptions: &Exceptions) {
        for (start, row) in &mut self.starts.0 {
            if start.edge == *edge && row.is_heard_on(connection) {
                row.exceptions = Exceptions::clone(exceptions);
            }
        }
    }

    /// Grants a lease. `read_at` is this authority's clock *before* it read `head` from the primary. The grant is on
    /// record before it is returned. Nothing when that reading is already older than a lease, or than an append whose
    /// waiters are frozen: this edge would not be among them, and would not have to apply it either. Nothing, too, for one
    /// start too many of an edge.
    pub fn grant(
        &mut self,
        renewal: &Renewal,
        head: FeedHead,
        read_at: BootTime,
        now: BootTime,
    ) -> Option<Grant> {
        self.head = self.head.max(head.seq);
        let relay_age = now.since(read_at);
        if relay_age >= self.terms.lease || head.seq < self.frozen {
            return None;
        }
        let start = EdgeStart {
            edge: renewal.edge.clone(),
            incarnation: renewal.incarnation,
        };
        let trusted_until = self.trusted_until(now);
        let row = self.starts.row(&start, now)?;
        row.frontier = renewal.frontier;
        row.granted_at = Some(now);
        row.trust_until(trusted_until);
        Some(Grant {
            t0: renewal.t0,
            frontier: head.seq,
            relay_age,
            lease: self.terms.lease,
        })
    }

    /// A start is about to be given the authority's word on one credential. Called before that is read: until the word is
    /// over the start is waited for, as with a lease. Says for how long the word is good, counted from the question;
    /// nothing for one start too many.
    pub fn vouch(&mut self, start: &EdgeStart, now: BootTime) -> Option<Span> {
        let trusted_until = self.trusted_until(now);
        self.starts.row(start, now)?.trust_until(trusted_until);
        Some(self.terms.lease)
    }

    /// Recorded from now, not from the edge's own time of asking, which lies before: never too short.
    fn trusted_until(&self, now: BootTime) -> BootTime {
        now + self.terms.lease + self.terms.margin()
    }

    /// The log reaches so far.
    pub fn appended(&mut self, head: Seq) {
        self.head = self.head.max(head);
    }

    /// An edge says that it has applied the log up to a position. `false`: the log is not known to reach so far, and the
    /// word does not count.
    pub fn acknowledge(&mut self, edge: &EdgeName, incarnation: Id<Incarnation>, frontier: Seq) -> bool {
        if frontier > self.head {
            return false;
        }
        let start = EdgeStart {
            edge: edge.clone(),
            incarnation,
        };
        if let Some(row) = self.starts.0.get_mut(&start) {
            row.frontier = row.frontier.max(frontier);
        }
        true
    }

    /// A start says which version of the key set it holds.
    pub fn confirm_keys(&mut self, start: &EdgeStart, version: u64) {
        if let Some(row) = self.starts.0.get_mut(start) {
            row.keys = row.keys.max(Some(version));
        }
    }

    /// Freezes who must be waited for, at the moment of the append.
    #[must_use]
    pub fn wait_set(&mut self, seq: Seq, now: BootTime) -> WaitSet {
        self.frozen = self.frozen.max(seq);
        self.head = self.head.max(seq);
        let live = self.starts.0.iter().filter(|(_, row)| row.is_live(now));
        let members = live.filter_map(|(start, row)| Some((start.clone(), row.lease_until()?)));
        WaitSet {
            seq,
            members: members.collect(),
        }
    }

    /// How a wait stands at a time.
    #[must_use]
    pub fn status(&self, set: &WaitSet, now: BootTime) -> WaitStatus {
        let mut status = WaitStatus {
            acknowledged: vec![],
            expired: vec![],
            pending_until: None,
        };
        if now < self.settled_at {
            status.pending_until = Some(self.settled_at);
        }
        let mut open = BTreeSet::new();
        for (start, until) in &set.members {
            let (edge, row) = (&start.edge, self.starts.0.get(start));
            if row.is_some_and(|r| r.frontier >= set.seq) {
                status.acknowledged.push(edge.clone());
            } else if now >= *until {
                status.expired.push(edge.clone());
            } else {
                open.insert(edge);
                status.pending_until = status.pending_until.max(Some(*until));
            }
        }
        // One name, one word: an edge counts as its least settled start.
        status.expired.dedup();
        status.expired.retain(|edge| !open.contains(edge));
        status.acknowledged.dedup();
        status
            .acknowledged
            .retain(|edge| !open.contains(edge) && !status.expired.contains(edge));
        status
    }

    /// When every lease ever granted before `now` has run out, whoever holds it: what `wait_out` waits for.
    #[must_use]
    pub fn all_out_at(&self, now: BootTime) -> BootTime {
        self.settled_at.max(now + self.terms.lease + self.terms.margin())
    }

    /// The terms it grants by.
    #[must_use]
    pub const fn terms(&self) -> LeaseTerms {
        self.terms
    }
}
