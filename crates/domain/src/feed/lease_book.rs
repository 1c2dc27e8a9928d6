//! The authority's side: who holds a lease until when, who has applied what, and when a revocation is enforced.

use std::collections::{BTreeMap, BTreeSet};

use super::lease::LeaseTerms;
use super::message::{EdgeName, FeedHead, Grant, Renewal};
use crate::id::{Id, Incarnation};
use crate::seq::Seq;
use crate::time::{BootTime, Span};

/// How long after its lease a route may go on accepting, at most: a start is remembered so long.
const LONGEST_EXCEPTION: Span = Span::from_mins(15);

/// All leases this authority has granted. One per authority process.
#[derive(Debug)]
pub struct LeaseBook {
    terms: LeaseTerms,
    /// Until then leases of an earlier process may run: `enforced` is not promised before.
    settled_at: BootTime,
    /// The last append whose waiters are frozen: no later grant may rest on an earlier head.
    frozen: Seq,
    /// By start, not by name alone: two starts of one edge may overlap, and each trusts its own map.
    edges: BTreeMap<Start, Row>,
}

type Start = (EdgeName, Id<Incarnation>);

#[derive(Debug, Clone, Copy)]
struct Row {
    frontier: Seq,
    lease_until: BootTime,
    granted_at: BootTime,
}

/// One edge, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeStatus {
    /// Its name.
    pub edge: EdgeName,
    /// What it has confirmed.
    pub frontier: Seq,
    /// What is left of its lease.
    pub lease_left: Span,
    /// Time since its last grant.
    pub since_grant: Span,
}

/// The edges whose word, or whose lease's end, makes a revocation enforced. Frozen at the append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitSet {
    seq: Seq,
    members: Vec<(EdgeName, Id<Incarnation>, BootTime)>,
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
        let settled_at = now + largest_lease + LeaseTerms { lease: largest_lease }.margin();
        Self {
            terms,
            settled_at,
            frozen: Seq::default(),
            edges: BTreeMap::new(),
        }
    }

    /// Grants a lease. `read_at` is this authority's clock *before* it read `head` from the primary. The grant is on
    /// record before it is returned. Nothing when that reading is already older than a lease, or than an append whose
    /// waiters are frozen: this edge would not be among them, and would not have to apply it either.
    pub fn grant(
        &mut self,
        renewal: &Renewal,
        head: FeedHead,
        read_at: BootTime,
        now: BootTime,
    ) -> Option<Grant> {
        let relay_age = now.since(read_at);
        if relay_age >= self.terms.lease || head.seq < self.frozen {
            return None;
        }
        self.edges.retain(|(name, start), row| {
            *name != renewal.edge
                || *start == renewal.incarnation
                || now < row.lease_until + LONGEST_EXCEPTION
        });
        let row = Row {
            frontier: renewal.frontier,
            // Recorded from now, not from the edge's t0, which lies before: never too short.
            lease_until: now + self.terms.lease + self.terms.margin(),
            granted_at: now,
        };
        self.edges
            .entry((renewal.edge.clone(), renewal.incarnation))
            .and_modify(|old| {
                let lease_until = old.lease_until.max(row.lease_until);
                *old = Row { lease_until, ..row };
            })
            .or_insert(row);
        Some(Grant {
            t0: renewal.t0,
            frontier: head.seq,
            relay_age,
            lease: self.terms.lease,
        })
    }

    /// An edge says that it has applied the log up to a position.
    pub fn acknowledge(&mut self, edge: &EdgeName, incarnation: Id<Incarnation>, frontier: Seq) {
        if let Some(row) = self.edges.get_mut(&(edge.clone(), incarnation)) {
            row.frontier = row.frontier.max(frontier);
        }
    }

    /// Freezes who must be waited for, at the moment of the append.
    #[must_use]
    pub fn wait_set(&mut self, seq: Seq, now: BootTime) -> WaitSet {
        self.frozen = self.frozen.max(seq);
        let live = self.edges.iter().filter(|(_, r)| now < r.lease_until);
        WaitSet {
            seq,
            members: live
                .map(|((name, start), r)| (name.clone(), *start, r.lease_until))
                .collect(),
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
        for (edge, incarnation, until) in &set.members {
            let row = self.edges.get(&(edge.clone(), *incarnation));
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

    /// Starts of edges that have not confirmed a position, with the end of their last lease: where a route's written
    /// exception may still accept.
    #[must_use]
    pub fn unconfirmed(&self, seq: Seq) -> Vec<(EdgeName, BootTime)> {
        let behind = self.edges.iter().filter(|(_, r)| r.frontier < seq);
        behind
            .map(|((edge, _), r)| (edge.clone(), r.lease_until))
            .collect()
    }

    /// The terms it grants by.
    #[must_use]
    pub const fn terms(&self) -> LeaseTerms {
        self.terms
    }

    /// Whether every edge with a live lease has confirmed a position.
    #[must_use]
    pub fn all_confirmed(&self, seq: Seq, now: BootTime) -> bool {
        self.edges
            .values()
            .all(|r| now >= r.lease_until || r.frontier >= seq)
    }

    /// Every edge, by its latest start.
    #[must_use]
    pub fn list(&self, now: BootTime) -> Vec<EdgeStatus> {
        let mut latest: BTreeMap<&EdgeName, &Row> = BTreeMap::new();
        for ((edge, _), row) in &self.edges {
            let seen = latest.entry(edge).or_insert(row);
            if row.granted_at > seen.granted_at {
                *seen = row;
            }
        }
        let status = |(edge, row): (&EdgeName, &Row)| EdgeStatus {
            edge: edge.clone(),
            frontier: row.frontier,
            lease_left: row.lease_until.since(now),
            since_grant: now.since(row.granted_at),
        };
        latest.into_iter().map(status).collect()
    }
}
