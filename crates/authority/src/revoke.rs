//! Revocation with a promise: durable, enforced, or waited out (revocation.md, "What revoke() promises").

mod receipt;
#[cfg(test)]
mod tests;

pub use receipt::{Exemption, Level, Receipt, RevokeRefusal};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::feed::{
    EdgeName, EdgeStart, EdgeStatus, Exceptions, ExemptUntil, FeedHead, Grant, LeaseBook, LeaseTerms,
    Renewal, WaitSet,
};
use domain::id::{Id, Incarnation};
use domain::{BootTime, Clock, Seq, Span, Timestamp};
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
    /// The edges of this process, with their routes that go on accepting for a while after the lease.
    own: Mutex<BTreeMap<EdgeName, Exceptions>>,
    longest_exception: tokio::sync::Mutex<Longest>,
    appended: watch::Sender<Seq>,
    acknowledged: watch::Sender<u64>,
}

/// The longest exception of any edge in another process.
#[derive(Debug)]
struct Longest {
    /// As the store has it: perhaps of an edge that only an earlier process knew.
    recorded: Span,
    /// Of the edges that this process knows.
    declared: Span,
}

/// The "connection" of edges in this process.
const IN_PROCESS: u64 = u64::MAX;

impl Revoker {
    pub(crate) async fn open(
        terms: LeaseTerms,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let earlier = store.largest_lease().await?;
        // Before the first grant, so that a crash right after it is waited for too.
        store.raise_largest_lease(terms.lease).await?;
        let longest = store.longest_exception().await?;
        let head = store.head().await?;
        let mut book = LeaseBook::new(terms, clock.boot(), earlier).after_exceptions(longest);
        book.appended(head.seq);
        Ok(Self {
            store,
            clock,
            book: Mutex::new(book),
            own: Mutex::default(),
            longest_exception: tokio::sync::Mutex::new(Longest {
                recorded: longest,
                declared: Span::default(),
            }),
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
        lock(&self.book).appended(seq);
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

    /// `false`: the log is not known to reach so far, and the word does not count.
    pub(crate) fn acknowledge(&self, edge: &EdgeName, incarnation: Id<Incarnation>, frontier: Seq) -> bool {
        let counts = lock(&self.book).acknowledge(edge, incarnation, frontier);
        self.acknowledged.send_modify(|n| *n = n.wrapping_add(1));
        counts
    }

    pub(crate) fn edges(&self) -> Vec<EdgeStatus> {
        lock(&self.book).list(self.clock.boot())
    }

    /// An edge of this process, and its exceptions in place of those from before. They end with the process.
    pub(crate) fn declare_own(&self, edge: &EdgeName, routes: Vec<(String, Span)>) {
        let exceptions = Exceptions::from(routes);
        lock(&self.own).insert(edge.clone(), Exceptions::clone(&exceptions));
        lock(&self.book).redeclare(edge, IN_PROCESS, &exceptions);
    }

    /// Whether an edge of this process has this name: then no other may speak under it.
    pub(crate) fn is_own(&self, edge: &EdgeName) -> bool {
        lock(&self.own).contains_key(edge)
    }

    /// An edge of this process begins.
    pub(crate) fn begin_own(&self, start: &EdgeStart) {
        let exceptions = lock(&self.own).entry(start.edge.clone()).or_default().clone();
        lock(&self.book).join(start, IN_PROCESS, exceptions, self.clock.boot());
    }

    /// A start of an edge greets on a connection: from now on it is heard there alone. Its exceptions are on record before
    /// it can have a lease, also for whoever reads the store after this process. `false`: there are too many starts.
    pub(crate) async fn join(
        &self,
        start: &EdgeStart,
        connection: u64,
        exceptions: Exceptions,
    ) -> Result<bool, Fault> {
        let longest = exceptions.iter().map(|(_, beyond)| *beyond).max();
        let mut known = self.longest_exception.lock().await;
        known.declared = known.declared.max(longest.unwrap_or_default());
        if known.declared > known.recorded {
            self.store.put_longest_exception(known.declared).await?;
            known.recorded = known.declared;
        }
        drop(known);
        Ok(lock(&self.book).join(start, connection, exceptions, self.clock.boot()))
    }

    /// Once nothing that an earlier process knew can accept any more, only what this one knows is on record.
    pub(crate) async fn forget_unknown(&self) -> Result<(), Fault> {
        let mut known = self.longest_exception.lock().await;
        let is_over = lock(&self.book).unknown_until(self.clock.boot()).is_none();
        if is_over && known.declared < known.recorded {
            self.store.put_longest_exception(known.declared).await?;
            known.recorded = known.declared;
        }
        Ok(())
    }

    /// Whether a start is heard on a connection.
    pub(crate) fn hears(&self, start: &EdgeStart, connection: u64) -> bool {
        lock(&self.book).hears(start, connection)
    }

    /// A connection has ended.
    pub(crate) fn leave(&self, start: &EdgeStart, connection: u64) {
        lock(&self.book).leave(start, connection);
    }

    /// A start is about to be given the authority's word on a credential, which is read after this.
    pub(crate) fn vouch(&self, start: &EdgeStart) -> Option<Span> {
        lock(&self.book).vouch(start, self.clock.boot())
    }

    pub(crate) fn holds_keys(&self, start: &EdgeStart, version: u64) {
        lock(&self.book).confirm_keys(start, version);
    }

    /// Edges with a live lease, each with the version of the key set that all its starts have confirmed.
    pub(crate) fn live_edges(&self) -> Vec<(EdgeName, Option<u64>)> {
        let live = self.edges().into_iter().filter(|e| e.lease_left.as_ms() > 0);
        live.map(|e| (e.edge, e.keys)).collect()
    }

    /// Whether every start of an edge with a live lease has confirmed this version of the key set.
    pub(crate) fn all_hold_keys(&self, version: u64) -> bool {
        lock(&self.book).all_hold_keys(version, self.clock.boot())
    }

    /// Where may still be accepted what was revoked at a position: routes of edges that have not applied the log so far,
    /// within each route's own time; and until when edges may have such that only an earlier process knew.
    fn exempt(&self, seq: Seq, now: BootTime) -> (Vec<ExemptRoute>, Option<Timestamp>) {
        let (routes, unknown) = {
            let book = lock(&self.book);
            (book.exempt(seq, now), book.unknown_until(now))
        };
        let wall = self.clock.now();
        let named = |exempt: ExemptUntil| ExemptRoute {
            edge: exempt.edge,
            route: exempt.route,
            until: wall + exempt.until.since(now),
        };
        let unknown = unknown.map(|until| wall + until.since(now));
        (routes.into_iter().map(named).collect(), unknown)
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
                let (exempt, unknown_exempt_until) = self.exempt(set.seq(), now);
                return Reached {
                    enforced_in_ms: Some(now.since(began).as_ms()),
                    acknowledged: status.acknowledged,
                    expired: status.expired,
                    exempt,
                    unknown_exempt_until,
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
