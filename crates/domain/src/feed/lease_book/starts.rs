//! What is known of each start of an edge, bounded: whoever holds one edge's credential may start as often as it likes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::lease::LeaseTerms;
use super::super::message::EdgeName;
use crate::id::{Id, Incarnation};
use crate::seq::Seq;
use crate::time::{BootTime, Span};

/// One start of an edge's process. Two of one name may overlap, and each trusts its own map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeStart {
    /// The edge.
    pub edge: EdgeName,
    /// Which start of it.
    pub incarnation: Id<Incarnation>,
}

/// Routes that go on accepting for a while after the lease, each with for how long.
pub type Exceptions = Arc<[(String, Span)]>;

/// All that is known of one start.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// What it has confirmed.
    pub(super) frontier: Seq,
    /// When its lease, or a word that it was given, is over at the latest.
    lease_until: Option<BootTime>,
    pub(super) granted_at: Option<BootTime>,
    /// The connection on which it is heard.
    connection: Option<u64>,
    /// What it declared on that.
    pub(super) exceptions: Exceptions,
    /// The version of the key set that it has confirmed.
    pub(super) keys: Option<u64>,
}

impl Row {
    /// Whether its lease may still run.
    pub(super) fn is_live(&self, now: BootTime) -> bool {
        self.lease_until.is_some_and(|end| now < end)
    }

    /// Trusted up to then, at the least: a promise that was made is never taken back.
    pub(super) fn trust_until(&mut self, end: BootTime) {
        self.lease_until = self.lease_until.max(Some(end));
    }

    pub(super) const fn lease_until(&self) -> Option<BootTime> {
        self.lease_until
    }

    /// Routes that may accept later than this, each with until when.
    pub(super) fn exempt(&self, now: BootTime) -> impl Iterator<Item = (&String, BootTime)> {
        let ends = self.lease_until.into_iter().flat_map(|end| {
            let each = self.exceptions.iter();
            each.map(move |(route, beyond)| (route, end + *beyond + margin_of(*beyond)))
        });
        ends.filter(move |(_, until)| now < *until)
    }

    pub(super) const fn is_heard_on(&self, connection: u64) -> bool {
        matches!(self.connection, Some(own) if own == connection)
    }
}

/// An exception runs by the edge's clock, as a lease does.
pub(super) const fn margin_of(span: Span) -> Span {
    LeaseTerms { lease: span }.margin()
}

/// Every start that still matters, and of each edge its latest.
#[derive(Debug, Default)]
pub(super) struct Starts(pub(super) BTreeMap<EdgeStart, Row>);

impl Starts {
    /// Most starts of one edge that are remembered at once. One more waits until an earlier one accepts nothing more.
    pub(super) const MOST: usize = 64;

    /// The row of a start, made where there is none and room for one.
    pub(super) fn row(&mut self, start: &EdgeStart, now: BootTime) -> Option<&mut Row> {
        if !self.0.contains_key(start) {
            self.sweep(now);
            if self.of(&start.edge).count() >= Self::MOST {
                return None;
            }
        }
        Some(self.0.entry(start.clone()).or_default())
    }

    pub(super) fn join(
        &mut self,
        start: &EdgeStart,
        connection: u64,
        exceptions: Exceptions,
        now: BootTime,
    ) -> bool {
        let Some(row) = self.row(start, now) else {
            return false;
        };
        row.connection = Some(connection);
        row.exceptions = exceptions;
        true
    }

    pub(super) fn leave(&mut self, start: &EdgeStart, connection: u64) {
        if let Some(row) = self.0.get_mut(start).filter(|row| row.is_heard_on(connection)) {
            row.connection = None;
        }
    }

    fn of<'s>(&'s self, edge: &'s EdgeName) -> impl Iterator<Item = &'s Row> {
        let first = EdgeStart {
            edge: edge.clone(),
            incarnation: Id::from_bytes([0; 16]),
        };
        let own = self.0.range(first..);
        own.take_while(move |(start, _)| start.edge == *edge)
            .map(|(_, row)| row)
    }

    /// Forgets the starts of all edges that are heard no more and accept nothing more; the latest of each stays, for listings.
    fn sweep(&mut self, now: BootTime) {
        let mut latest: BTreeMap<EdgeName, Option<BootTime>> = BTreeMap::new();
        for (start, row) in &self.0 {
            let seen = latest.entry(start.edge.clone()).or_default();
            *seen = (*seen).max(row.granted_at);
        }
        self.0.retain(|start, row| {
            let is_latest = row.granted_at.is_some() && latest.get(&start.edge) == Some(&row.granted_at);
            is_latest || row.connection.is_some() || row.is_live(now) || row.exempt(now).next().is_some()
        });
    }
}
