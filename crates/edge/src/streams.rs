//! Exchanges under way through the proxy. Each lives only as long as a check of its credential would let it through: what
//! is passed on is judged as it passes, and what is quiet is ended when an entry is applied, or when its time is over.
//!
//! The rule. An exchange ends when (1) an entry or a snapshot is applied that revokes its credential; (2) its token expires
//! or its session reaches its absolute end; (3) its route would refuse for staleness, so at a cut-off edge with the lease
//! and not later; where the route asks, with the lease too, or with the authority's word where that carries longer, which
//! is as long as revocations wait for this edge: nobody asks on behalf of an open stream. Its client comes again, and that
//! request is asked for; (4) it is older than `edge.max_stream_life`. A route's `beyond_lease` holds
//! for its streams as for its requests. Idleness ends no stream, and bytes that pass are no activity of a session. One thing
//! is given all the same: the short answer, of a length that it says, to a request other than GET and HEAD, for it may be
//! this very request that ended the session.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{BootTime, Clock, Reason, Span};
use tokio::sync::watch;
use verifier::{Checker, Permit};

use crate::metrics::StreamMetrics;

/// Bounds of what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamTerms {
    /// Most at once.
    pub most: usize,
    /// Longest life of one.
    pub life: Span,
}

/// Why an exchange was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum Ended {
    /// A check would be refused now.
    #[error("its credential is no longer good: {0}")]
    Refused(Reason),
    /// It had its time.
    #[error("it was open for as long as a stream may be")]
    TooLong,
    /// The edge stops.
    #[error("the edge stops")]
    Stopped,
}

impl Ended {
    /// Every word, for metrics that begin at zero.
    pub(crate) const WORDS: [&'static str; 6] =
        ["revoked", "expired", "stale", "too_long", "stopped", "other"];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Refused(Reason::Revoked) => "revoked",
            Self::Refused(Reason::Expired) => "expired",
            Self::Refused(Reason::Stale) => "stale",
            Self::Refused(_) => "other",
            Self::TooLong => "too_long",
            Self::Stopped => "stopped",
        }
    }
}

/// Every exchange under way, bounded.
#[derive(Debug)]
pub(crate) struct Streams {
    checker: Arc<Checker>,
    clock: Arc<dyn Clock>,
    open: Mutex<HashMap<u64, Arc<Ride>>>,
    next: AtomicU64,
    metrics: StreamMetrics,
}

/// One exchange.
#[derive(Debug)]
struct Ride {
    permit: Permit,
    reading: bool,
    over_at: BootTime,
    end: watch::Sender<Option<Ended>>,
}

/// The place of one exchange: it is given back when the last of its parts is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    streams: Arc<Streams>,
    ride: Arc<Ride>,
    number: u64,
}

impl Streams {
    pub(crate) fn new(checker: Arc<Checker>, clock: Arc<dyn Clock>, metrics: StreamMetrics) -> Arc<Self> {
        Arc::new(Self {
            checker,
            clock,
            open: Mutex::default(),
            next: AtomicU64::new(0),
            metrics,
        })
    }

    /// Takes a place for a request that was let through. Nothing where all are taken.
    ///
    /// It is entered first and judged again after: whoever applies an entry meanwhile either finds it here, or had
    /// changed the map before this looks.
    pub(crate) fn enter(self: &Arc<Self>, permit: Permit, reading: bool, terms: StreamTerms) -> Option<Seat> {
        let ride = Arc::new(Ride {
            permit,
            reading,
            over_at: self.clock.boot() + terms.life,
            end: watch::Sender::new(None),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        {
            let mut open = self.lock();
            if open.len() >= terms.most {
                return None;
            }
            open.insert(number, Arc::clone(&ride));
            self.metrics.open(open.len());
        }
        Some(Seat {
            streams: Arc::clone(self),
            ride,
            number,
        })
    }

    /// Judges all of them: after entries were applied, and now and then for what ends by time.
    pub(crate) fn sweep(&self) {
        let open: Vec<Arc<Ride>> = self.lock().values().cloned().collect();
        for ride in open {
            let _ = self.judge(&ride);
        }
    }

    /// Ends all of them: the edge stops.
    pub(crate) fn end_all(&self) {
        let open: Vec<Arc<Ride>> = self.lock().values().cloned().collect();
        for ride in open {
            self.end(&ride, Ended::Stopped);
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    fn judge(&self, ride: &Ride) -> Result<(), Ended> {
        if let Some(ended) = *ride.end.borrow() {
            return Err(ended);
        }
        let judged = match self.checker.still_permits(&ride.permit, ride.reading) {
            Err(reason) => Err(Ended::Refused(reason)),
            Ok(()) if self.clock.boot() >= ride.over_at => Err(Ended::TooLong),
            Ok(()) => Ok(()),
        };
        if let Err(ended) = judged {
            self.end(ride, ended);
        }
        judged
    }

    fn end(&self, ride: &Ride, ended: Ended) {
        let is_first = ride.end.send_if_modified(|told| {
            let first = told.is_none();
            if first {
                *told = Some(ended);
            }
            first
        });
        if is_first {
            self.metrics.end(ended);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Ride>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Whether it may go on now.
    ///
    /// # Errors
    /// Why not; from then on always.
    pub(crate) fn judge(&self) -> Result<(), Ended> {
        self.streams.judge(&self.ride)
    }

    /// Returns once it is ended.
    pub(crate) fn ended(&self) -> impl Future<Output = Ended> + Send + Sync + use<> {
        let mut told = self.ride.end.subscribe();
        async move {
            let ended = told.wait_for(Option::is_some).await.ok().and_then(|told| *told);
            match ended {
                Some(ended) => ended,
                // Every seat is gone: nobody is left to be told.
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        open.remove(&self.number);
        self.streams.metrics.open(open.len());
    }
}
