//! The requests of one connection, and whose turn it is: ours, while we work on one of them, or the peer's, while it
//! keeps us waiting for bytes of its own or for room to write. Counters only: a request takes no lock here.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{BodyError, Limits, ResponseBody};

/// Requests that are being answered on one connection, to the last byte of their responses.
#[derive(Debug)]
pub(crate) struct Flights {
    running: AtomicUsize,
    /// Waits for the peer: of a request for its body, of a response for room. One request may have both.
    theirs: AtomicUsize,
    /// When the peer was last waited for with nothing else to do, in milliseconds since `accepted`.
    owed_since_ms: AtomicU64,
    accepted: Instant,
    answered: AtomicBool,
    dismissed: AtomicBool,
    changed: Notify,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Flight {
    flights: Arc<Flights>,
    is_theirs: bool,
}

impl Flights {
    /// Of a connection that was just accepted: it owes its first request.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            running: AtomicUsize::new(0),
            theirs: AtomicUsize::new(0),
            owed_since_ms: AtomicU64::new(0),
            accepted: Instant::now(),
            answered: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
            changed: Notify::new(),
        })
    }

    /// How long the peer has kept us waiting; nothing while we are at work.
    pub(crate) fn owed(&self) -> Option<Duration> {
        if self.running.load(Ordering::SeqCst) > self.theirs.load(Ordering::SeqCst) {
            return None;
        }
        let since = Duration::from_millis(self.owed_since_ms.load(Ordering::SeqCst));
        Some(self.accepted.elapsed().saturating_sub(since))
    }

    /// Whether it ever had an answer.
    pub(crate) fn was_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst)
    }

    /// Asks the connection to go.
    pub(crate) fn dismiss(&self) {
        self.dismissed.store(true, Ordering::SeqCst);
        self.changed.notify_one();
    }

    /// Whether it was asked to go.
    pub(crate) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::SeqCst)
    }

    /// Returns once it is asked to go.
    pub(crate) async fn dismissal(&self) {
        while !self.is_dismissed() {
            self.changed.notified().await;
        }
    }

    /// Returns once the peer has no claim any more: no request from the beginning within the header time, later within
    /// keep-alive; or one that stalls; or the place is needed.
    pub(crate) async fn idle(&self, limits: &Limits) {
        let first = self.changed.notified();
        let silent = tokio::time::timeout(limits.header_timeout.into(), first).await;
        if silent.is_ok() {
            self.none_for(limits.keep_alive, limits).await;
        }
    }

    /// Returns once no request has been running for so long, or the running ones wait for the peer for too long.
    pub(crate) async fn none_for(&self, span: domain::Span, limits: &Limits) {
        let stall = Duration::from(limits.stall_timeout);
        // What began while it was asked to go is finished first.
        while !(self.is_dismissed() && self.owed().is_some()) {
            let changed = self.changed.notified();
            let running = self.running.load(Ordering::SeqCst) > 0;
            let wait = if running { stall } else { span.into() };
            let silent = tokio::time::timeout(wait, changed).await.is_err();
            let stalled = || self.owed().is_some_and(|owed| owed >= stall);
            if silent && (!running || stalled()) {
                return;
            }
        }
    }

    fn owes_from_now(&self) {
        let now = self.accepted.elapsed().as_millis();
        self.owed_since_ms
            .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Flight {
    pub(crate) fn begin(flights: &Arc<Flights>) -> Self {
        flights.running.fetch_add(1, Ordering::SeqCst);
        flights.changed.notify_one();
        Self {
            flights: Arc::clone(flights),
            is_theirs: false,
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        set_turn(&self.flights, &mut self.is_theirs, false);
        self.flights.answered.store(true, Ordering::SeqCst);
        self.flights.owes_from_now();
        self.flights.running.fetch_sub(1, Ordering::SeqCst);
        self.flights.changed.notify_one();
    }
}

/// Passes the turn to the peer, or takes it back.
fn set_turn(flights: &Flights, is_theirs: &mut bool, theirs: bool) {
    if *is_theirs == theirs {
        return;
    }
    *is_theirs = theirs;
    if theirs {
        flights.owes_from_now();
        flights.theirs.fetch_add(1, Ordering::SeqCst);
    } else {
        flights.theirs.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A request's body: while its next bytes have not arrived, it is the peer's turn.
#[derive(Debug)]
pub(crate) struct Arriving {
    body: Incoming,
    flights: Arc<Flights>,
    is_theirs: bool,
}

impl Arriving {
    pub(crate) fn new(body: Incoming, flight: &Flight) -> Self {
        Self {
            body,
            flights: Arc::clone(&flight.flights),
            is_theirs: false,
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        set_turn(&self.flights, &mut self.is_theirs, false);
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        set_turn(&this.flights, &mut this.is_theirs, polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body that counts as running until it is sent or dropped. From one piece to the asking for the next it is
/// the peer's turn to take.
pub(crate) struct Tracked {
    body: ResponseBody,
    flight: Flight,
}

impl Tracked {
    pub(crate) const fn new(body: ResponseBody, flight: Flight) -> Self {
        Self { body, flight }
    }
}

impl Body for Tracked {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        let sending = matches!(polled, Poll::Ready(Some(Ok(_))));
        set_turn(&this.flight.flights, &mut this.flight.is_theirs, sending);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
