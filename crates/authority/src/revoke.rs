//! Revocation with a promise: durable, enforced, or waited out (revocation.md, "What revoke() promises").

mod receipt;
#[cfg(test)]
mod tests;

pub use receipt::{Exemption, Level, Receipt, RevokeRefusal};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::feed::{EdgeName, EdgeStatus, FeedHead, Grant, LeaseBook, LeaseTerms, Renewal, WaitSet};
use domain::id::{Id, Incarnation};
use domain::{BootTime, Clock, Seq, Span};
use store::Store;
use store::intent::{Committed, ExemptRoute, Reached, Revoke, RevokeOutcome};
use tokio::sync::watch;

use crate::error::Fault;

/// Writes revocations and knows which edges have applied them.
#[derive(Debug)]
pub(crate) struct Revoker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    book: Mutex<LeaseBook>,
    /// Key-set version that each edge has confirmed.
    key_versions: Mutex<BTreeMap<EdgeName, u64>>,
    /// Routes of each edge that go on accepting for a while after its lease: a receipt names them.
    exceptions: Mutex<BTreeMap<EdgeName, Vec<(String, Span)>>>,
    appended: watch::Sender<Seq>,
    acknowledged: watch::Sender<u64>,
}

impl Revoker {
    pub(crate) async fn open(
        terms: LeaseTerms,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let earlier = store.largest_lease().await?;
        // Before the first grant, so that a crash right after it is waited for too.
        store.raise_largest_lease(terms.lease).await?;
        let head = store.head().await?;
        let book = LeaseBook::new(terms, clock.boot(), earlier);
        Ok(Self {
            store,
            clock,
            book: Mutex::new(book),
            key_versions: Mutex::default(),
            exceptions: Mutex::default(),
            appended: watch::Sender::new(head.seq),
            acknowledged: watch::Sender::new(0),
        })
    }

    /// Revokes, and returns when the level is reached.
    pub(crate) async fn revoke(
        &self,
        intent: Revoke,
        level: Level,
    ) -> Result<Result<Receipt, RevokeRefusal>, Fault> {
        let began = self.clock.boot();
        let committed = match self.store.revoke(intent).await? {
            RevokeOutcome::Committed(committed) => committed,
            RevokeOutcome::Conflict => return Ok(Err(RevokeRefusal::Conflict)),
        };
        Ok(Ok(self.carried_out(committed, level, began).await))
    }

    /// Tells of a committed revocation, returns when the level is reached, and completes the receipt that is kept.
    pub(crate) async fn carried_out(&self, committed: Committed, level: Level, began: BootTime) -> Receipt {
        let (kept, seq, repeated) = (
            (committed.receipt, committed.seq),
            committed.seq,
            committed.repeated,
        );
        if let Some(reached) = committed.reached {
            return Receipt::new(kept, level, repeated, reached);
        }
        let set = lock(&self.book).wait_set(seq, self.clock.boot());
        self.published(seq);
        let reached = self.reach(level, &set, began).await;
        if let Some(number) = committed.receipt.filter(|_| level != Level::Durable)
            && let Err(error) = self.store.reach_receipt(number, reached.clone()).await
        {
            // The promise is kept all the same; only its listing stays open.
            tracing::warn!(%error, number, "a receipt could not be completed");
        }
        Receipt::new(kept, level, repeated, reached)
    }

    /// Tells of what another intent has committed, and returns when the level is reached.
    pub(crate) async fn receipt(&self, seq: Seq, level: Level, began: BootTime) -> Receipt {
        let set = lock(&self.book).wait_set(seq, self.clock.boot());
        self.published(seq);
        Receipt::new((None, seq), level, false, self.reach(level, &set, began).await)
    }

    /// Tells followers that the log has grown.
    pub(crate) fn published(&self, seq: Seq) {
        self.appended.send_if_modified(|head| {
            let grown = seq > *head;
            *head = seq.max(*head);
            grown
        });
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Seq> {
        self.appended.subscribe()
    }

    pub(crate) fn grant(&self, renewal: &Renewal, head: FeedHead, read_at: BootTime) -> Option<Grant> {
        let grant = lock(&self.book).grant(renewal, head, read_at, self.clock.boot());
        self.acknowledged.send_modify(|n| *n = n.wrapping_add(1));
        grant
    }

    pub(crate) fn acknowledge(&self, edge: &EdgeName, incarnation: Id<Incarnation>, frontier: Seq) {
        lock(&self.book).acknowledge(edge, incarnation, frontier);
        self.acknowledged.send_modify(|n| *n = n.wrapping_add(1));
    }

    pub(crate) fn edges(&self) -> Vec<EdgeStatus> {
        lock(&self.book).list(self.clock.boot())
    }

    pub(crate) fn holds_keys(&self, edge: &EdgeName, version: u64) {
        lock(&self.key_versions).insert(edge.clone(), version);
    }

    /// Routes with a written exception, as an edge reports them when it joins; in place of those it reported before.
    pub(crate) fn declare_exceptions(&self, edge: &EdgeName, routes: Vec<(String, Span)>) {
        lock(&self.exceptions).insert(edge.clone(), routes);
    }

    /// The version of the key set that each edge has confirmed.
    pub(crate) fn confirmed_keys(&self) -> BTreeMap<EdgeName, u64> {
        lock(&self.key_versions).clone()
    }

    /// Edges with a live lease, each with the version of the key set that it has confirmed.
    pub(crate) fn live_edges(&self) -> Vec<(EdgeName, Option<u64>)> {
        let versions = self.confirmed_keys();
        let edges = self.edges().into_iter();
        let live = edges.filter(|e| e.lease_left.as_ms() > 0);
        live.map(|e| (e.edge.clone(), versions.get(&e.edge).copied()))
            .collect()
    }

    /// Whether every edge with a live lease has confirmed this version of the key set.
    pub(crate) fn all_hold_keys(&self, version: u64) -> bool {
        self.live_edges().iter().all(|(_, held)| *held >= Some(version))
    }

    /// Routes that may still accept: of edges that have not applied the log so far, within each route's own time.
    fn exempt(&self, seq: Seq, now: BootTime) -> Vec<ExemptRoute> {
        let behind = lock(&self.book).unconfirmed(seq);
        let exceptions = lock(&self.exceptions);
        let wall = self.clock.now();
        let mut named = Vec::new();
        for (edge, lease_until) in behind {
            for (route, beyond) in exceptions.get(&edge).into_iter().flatten() {
                let left = (lease_until + *beyond).since(now);
                if left > Span::from_ms(0) {
                    named.push(ExemptRoute {
                        edge: edge.clone(),
                        route: route.clone(),
                        until: wall + left,
                    });
                }
            }
        }
        named
    }

    async fn reach(&self, level: Level, set: &WaitSet, began: BootTime) -> Reached {
        if level == Level::Durable {
            // Nothing is promised of any edge, so none is named.
            return Reached::default();
        }
        let mut words = self.acknowledged.subscribe();
        let all_out = lock(&self.book).all_out_at(self.clock.boot());
        loop {
            let now = self.clock.boot();
            let status = lock(&self.book).status(set, now);
            let until = match level {
                Level::Durable => None,
                Level::Enforced => status.pending_until,
                Level::WaitOut => Some(all_out).filter(|end| now < *end),
            };
            let Some(until) = until else {
                return Reached {
                    enforced_in_ms: Some(now.since(began).as_ms()),
                    acknowledged: status.acknowledged,
                    expired: status.expired,
                    exempt: self.exempt(set.seq(), now),
                };
            };
            // Woken by an edge's word, or looked at again when the next lease is out.
            let rest = Duration::from_millis(until.since(now).as_ms().clamp(1, 250));
            let _ = tokio::time::timeout(rest, words.changed()).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
