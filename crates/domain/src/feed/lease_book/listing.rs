//! What the book says of edges as they stand: who is behind, who holds which keys, where an exception may still accept.

use std::collections::BTreeMap;

use super::super::message::EdgeName;
use super::LeaseBook;
use super::starts::Row;
use crate::seq::Seq;
use crate::time::{BootTime, Span};

/// A route that may still accept what is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemptUntil {
    /// Its edge.
    pub edge: EdgeName,
    /// Its name.
    pub route: String,
    /// Until then, at the latest.
    pub until: BootTime,
}

/// One edge, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeStatus {
    /// Its name.
    pub edge: EdgeName,
    /// What it has confirmed.
    pub frontier: Seq,
    /// What is left of its lease, or of the last word that it was given if that is more.
    pub lease_left: Span,
    /// Time since its last grant.
    pub since_grant: Span,
    /// The version of the key set that its starts have confirmed: the least of those with a lease, or else its latest one's.
    pub keys: Option<u64>,
}

impl LeaseBook {
    /// Routes that may still accept what was revoked at a position: of starts that have not confirmed it, within each
    /// route's own time. Each route of an edge once.
    #[must_use]
    pub fn exempt(&self, seq: Seq, now: BootTime) -> Vec<ExemptUntil> {
        let mut named: BTreeMap<(&EdgeName, &String), BootTime> = BTreeMap::new();
        let behind = self.starts.0.iter().filter(|(_, row)| row.frontier < seq);
        for (start, row) in behind {
            for (route, until) in row.exempt(now) {
                let latest = named.entry((&start.edge, route)).or_insert(until);
                *latest = until.max(*latest);
            }
        }
        let exempt = |((edge, route), until): ((&EdgeName, &String), BootTime)| ExemptUntil {
            edge: edge.clone(),
            route: route.clone(),
            until,
        };
        named.into_iter().map(exempt).collect()
    }

    /// Until when a start that only an earlier process knew may accept on a route with a written exception.
    #[must_use]
    pub fn unknown_until(&self, now: BootTime) -> Option<BootTime> {
        Some(self.unknown_until).filter(|until| now < *until)
    }

    /// Whether every edge with a live lease has confirmed a position.
    #[must_use]
    pub fn all_confirmed(&self, seq: Seq, now: BootTime) -> bool {
        self.live(now).all(|(_, row)| row.frontier >= seq)
    }

    /// Whether every start with a live lease has confirmed a version of the key set.
    #[must_use]
    pub fn all_hold_keys(&self, version: u64, now: BootTime) -> bool {
        self.live(now).all(|(_, row)| row.keys >= Some(version))
    }

    fn live(&self, now: BootTime) -> impl Iterator<Item = (&EdgeName, &Row)> {
        let all = self.starts.0.iter().map(|(start, row)| (&start.edge, row));
        all.filter(move |(_, row)| row.is_live(now))
    }

    /// Every edge that was ever granted a lease, by its latest start.
    #[must_use]
    pub fn list(&self, now: BootTime) -> Vec<EdgeStatus> {
        let mut latest: BTreeMap<&EdgeName, &Row> = BTreeMap::new();
        for (start, row) in &self.starts.0 {
            let seen = latest.entry(&start.edge).or_insert(row);
            if row.granted_at > seen.granted_at {
                *seen = row;
            }
        }
        let mut keys: BTreeMap<&EdgeName, Option<u64>> = BTreeMap::new();
        for (edge, row) in self.live(now) {
            let least = keys.entry(edge).or_insert(row.keys);
            *least = row.keys.min(*least);
        }
        let status = |(edge, row): (&EdgeName, &Row)| {
            Some(EdgeStatus {
                edge: edge.clone(),
                frontier: row.frontier,
                lease_left: row.lease_until()?.since(now),
                since_grant: now.since(row.granted_at?),
                keys: keys.get(edge).copied().unwrap_or(row.keys),
            })
        };
        latest.into_iter().filter_map(status).collect()
    }
}
