//! Following the authority: snapshot, entries, leases, keys. Each step is a method; tasks repeat them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::feed::{Follower, GrantOutcome, LeaseTerms, Moment, RenewalReply};
use domain::id::{Id, Incarnation};
use domain::{Clock, Seq, Span};
use tokio::sync::{Mutex, watch};
use verifier::Checker;

use crate::link::{AuthorityLink, LinkError};
use crate::streams::Streams;
use domain::feed::EdgeName;

/// The state of following.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) link: Arc<dyn AuthorityLink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) checker: Arc<Checker>,
    pub(crate) name: EdgeName,
    /// Exchanges under way: what an entry revokes is ended before the entry is acknowledged.
    pub(crate) streams: Arc<Streams>,
    incarnation: Id<Incarnation>,
    follower: Mutex<Follower>,
    lease: AtomicU64,
    /// For whoever waits for a position: the map holds everything up to here.
    pub(crate) applied: watch::Sender<Seq>,
    pulls: Mutex<()>,
    begun: AtomicU64,
    finished: AtomicU64,
}

/// What a new follower is made of.
#[derive(Debug)]
pub(crate) struct FollowParts {
    pub(crate) link: Arc<dyn AuthorityLink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) checker: Arc<Checker>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) name: EdgeName,
    pub(crate) incarnation: Id<Incarnation>,
}

impl Follow {
    pub(crate) fn new(parts: FollowParts, follower: Follower) -> Self {
        Self {
            link: parts.link,
            clock: parts.clock,
            checker: parts.checker,
            name: parts.name,
            streams: parts.streams,
            incarnation: parts.incarnation,
            follower: Mutex::new(follower),
            lease: AtomicU64::new(LeaseTerms::default().lease.as_ms()),
            applied: watch::Sender::new(Seq::default()),
            pulls: Mutex::new(()),
            begun: AtomicU64::new(0),
            finished: AtomicU64::new(0),
        }
    }

    /// How far the log is applied; nothing before the snapshot.
    pub(crate) async fn frontier(&self) -> Option<Seq> {
        self.follower.lock().await.frontier()
    }

    /// Takes a snapshot: to join, or because the log could not be followed.
    pub(crate) async fn join(&self) -> Result<(), LinkError> {
        let snapshot = self.link.snapshot().await?;
        {
            let mut follower = self.follower.lock().await;
            follower.join(&snapshot);
            self.end_what_is_revoked(snapshot.head.seq);
        }
        self.acknowledge(snapshot.head.seq).await
    }

    /// Entries after the frontier, waiting up to `wait` for the first; says how many were applied.
    pub(crate) async fn advance(&self, wait: Span) -> Result<usize, LinkError> {
        let Some(after) = self.frontier().await else {
            self.join().await?;
            return Ok(0);
        };
        let Some(entries) = self.link.entries_after(after, wait).await? else {
            tracing::warn!(edge = %self.name, "far behind: taking a snapshot");
            self.join().await?;
            return Ok(1);
        };
        if entries.is_empty() {
            return Ok(0);
        }
        let applied = {
            let mut follower = self.follower.lock().await;
            let result = follower.apply(&entries);
            if result.is_err() {
                // No grant counts over a gap. The map is kept: it only refuses more.
                follower.drop_lease(self.clock.boot());
            }
            if let Some(frontier) = follower.frontier() {
                self.end_what_is_revoked(frontier);
            }
            result.map(|()| follower.frontier())
        };
        match applied {
            Ok(Some(frontier)) => self.acknowledge(frontier).await?,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(edge = %self.name, %error, "the log cannot be followed: taking a snapshot");
                self.join().await?;
            }
        }
        Ok(entries.len())
    }

    /// Asks for a lease. Says whether one counts now.
    pub(crate) async fn renew(&self) -> Result<bool, LinkError> {
        let Some(renewal) = self.at_this_moment(Follower::renewal).await else {
            self.join().await?;
            return Ok(false);
        };
        let reply = self.link.renew(renewal).await?;
        let grant = match reply {
            RenewalReply::Granted(grant) => grant,
            RenewalReply::Resynchronise => {
                tracing::warn!(edge = %self.name, "the authority's log is another one: taking a snapshot");
                self.follower.lock().await.drop_lease(self.clock.boot());
                self.join().await?;
                return Ok(false);
            }
        };
        self.lease.store(grant.lease.as_ms(), Ordering::Release);
        let outcome = self
            .at_this_moment(|follower, at| follower.grant(grant, at))
            .await;
        match outcome {
            GrantOutcome::Counted => Ok(true),
            GrantOutcome::Ignored => Ok(false),
            GrantOutcome::Pending => {
                self.advance(Span::from_ms(0)).await?;
                Ok(self.frontier().await >= Some(grant.frontier))
            }
        }
    }

    /// How long to the next renewal.
    pub(crate) fn renew_every(&self) -> Span {
        let terms = LeaseTerms {
            lease: Span::from_ms(self.lease.load(Ordering::Acquire)),
        };
        terms.renew_every(self.checker.routes().smallest_max_staleness())
    }

    /// Keys that differ from those held, or the same after `wait`; asking confirms those held.
    pub(crate) async fn refresh_keys(&self, wait: Span) -> Result<(), LinkError> {
        let known = self.checker.keys_version();
        let bundle = self.link.keys(&self.name, known, wait).await?;
        if known != Some(bundle.version) {
            self.checker.install_keys(&bundle);
        }
        Ok(())
    }

    /// Everything that the authority has committed by now, in search of `wanted`. Callers share a pull that began after
    /// they asked.
    pub(crate) async fn pull(&self, wanted: Seq) -> Result<(), LinkError> {
        let ticket = self.begun.load(Ordering::SeqCst);
        let _turn = self.pulls.lock().await;
        if self.finished.load(Ordering::SeqCst) > ticket {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        while self.advance(Span::from_ms(0)).await? > 0 {}
        if self
            .frontier()
            .await
            .is_some_and(|at| at.epoch() < wanted.epoch())
        {
            // A log of a later epoch does not continue this one: only a snapshot leads there.
            self.join().await?;
        }
        self.finished.store(number, Ordering::SeqCst);
        Ok(())
    }

    /// A step of the follower that depends on the time.
    async fn at_this_moment<T>(&self, step: impl FnOnce(&mut Follower, Moment) -> T) -> T {
        let mut follower = self.follower.lock().await;
        let jumps = follower.jumps();
        let at = Moment {
            boot: self.clock.boot(),
            wall: self.clock.now(),
        };
        let stepped = step(&mut follower, at);
        if follower.jumps() != jumps {
            tracing::warn!(edge = %self.name, "the wall clock jumped: the lease is dropped");
        }
        stepped
    }

    /// What was applied ends exchanges before anybody can say that it was applied: the follower is still held, and a renewal,
    /// which names its frontier, waits for it.
    fn end_what_is_revoked(&self, frontier: Seq) {
        self.streams.sweep();
        self.applied.send_replace(frontier);
    }

    async fn acknowledge(&self, frontier: Seq) -> Result<(), LinkError> {
        self.link
            .acknowledge(&self.name, self.incarnation, frontier)
            .await
    }
}
