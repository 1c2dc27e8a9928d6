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

use super::bodies::Share;
use super::{BodyError, Limits, ResponseBody};

/// Requests that are being answered on one connection, to the last byte of their responses.
#[derive(Debug)]
pub(crate) struct Flights {
    running: AtomicUsize,
    /// Those of them that wait for the peer: for its body, for room to write, or for both at once.
    theirs: AtomicUsize,
    /// When the peer was last waited for with nothing else to do, in milliseconds since `accepted`.
    owed_since_ms: AtomicU64,
    accepted: Instant,
    answered: AtomicBool,
    dismissed: AtomicBool,
    changed: Notify,
    bodies: Arc<Share>,
    broken: Notify,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Flight {
    turn: Turn,
}

/// Whose turn it is in one request, as its body or its response sees it.
#[derive(Debug)]
struct Turn {
    flights: Arc<Flights>,
    is_theirs: bool,
    /// How many of the two wait, where both can: the request counts once.
    waits: Option<Arc<AtomicUsize>>,
}

impl Flights {
    /// Of a connection that was just accepted: it owes its first request.
    pub(crate) fn new(bodies: Arc<Share>) -> Arc<Self> {
        Arc::new(Self {
            bodies,
            broken: Notify::new(),
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

    /// What the bodies of its running requests take.
    pub(crate) fn held(&self) -> usize {
        self.bodies.held()
    }

    /// Ends the connection, whatever it is at.
    pub(crate) fn break_off(&self) {
        self.broken.notify_one();
    }

    /// Returns once it is to be ended.
    pub(crate) async fn breaking(&self) {
        self.broken.notified().await;
    }

    /// Returns once it is asked to go.
    pub(crate) async fn dismissal(&self) {
        while !self.is_dismissed() {
            self.changed.notified().await;
        }
    }

    /// Returns once the peer has no claim any more: no request from the beginning within the header time, later within
    /// keep-alive; or one that stalls; or the place is needed. Looks when that could be so: a request wakes nobody.
    pub(crate) async fn idle(&self, limits: &Limits) {
        let began = Instant::now();
        let first = began + Duration::from(limits.header_timeout);
        let often = Duration::from(limits.keep_alive.min(limits.stall_timeout));
        while !self.is_dismissed() && !self.was_answered() && self.running.load(Ordering::SeqCst) == 0 {
            let now = Instant::now();
            if now >= first {
                return;
            }
            self.dismissal_until(first.min(now + often)).await;
        }
        self.quiet(began, limits.keep_alive, limits).await;
    }

    /// Returns once no request has been running for so long from now on, or the running ones wait for the peer for too long.
    pub(crate) async fn none_for(&self, span: domain::Span, limits: &Limits) {
        self.quiet(Instant::now(), span, limits).await;
    }

    async fn quiet(&self, from: Instant, span: domain::Span, limits: &Limits) {
        // Often enough that neither of the two is noticed late: what begins meanwhile has its own time.
        let often = Duration::from(span.min(limits.stall_timeout));
        // What began while it was asked to go is finished first.
        while !(self.is_dismissed() && self.owed().is_some()) {
            let running = self.running.load(Ordering::SeqCst) > 0;
            let patience = Duration::from(if running { limits.stall_timeout } else { span });
            let now = Instant::now();
            let since = self
                .owed()
                .map_or(now, |owed| now.checked_sub(owed).unwrap_or(from).max(from));
            if now >= since + patience {
                return;
            }
            self.dismissal_until((since + patience).min(now + often)).await;
        }
    }

    /// Until then, or until it is asked to go or ends what it had to finish before.
    async fn dismissal_until(&self, end: Instant) {
        let _ = tokio::time::timeout_at(end, self.changed.notified()).await;
    }

    /// Only who was asked to go is waited for.
    fn tell_if_dismissed(&self) {
        if self.is_dismissed() {
            self.changed.notify_one();
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
        Self {
            turn: Turn {
                flights: Arc::clone(flights),
                is_theirs: false,
                waits: None,
            },
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.turn.pass(false);
        let flights = &self.turn.flights;
        flights.answered.store(true, Ordering::SeqCst);
        flights.owes_from_now();
        flights.running.fetch_sub(1, Ordering::SeqCst);
        flights.tell_if_dismissed();
    }
}

impl Turn {
    /// The same request's turn, as its body sees it.
    fn of_body(flight: &mut Flight) -> Self {
        let waits = flight.turn.waits.get_or_insert_default();
        Self {
            flights: Arc::clone(&flight.turn.flights),
            is_theirs: false,
            waits: Some(Arc::clone(waits)),
        }
    }

    /// Passes the turn to the peer, or takes it back.
    fn pass(&mut self, theirs: bool) {
        if self.is_theirs == theirs {
            return;
        }
        self.is_theirs = theirs;
        let waits = self.waits.as_deref();
        if theirs {
            self.flights.owes_from_now();
            if waits.is_none_or(|waits| waits.fetch_add(1, Ordering::SeqCst) == 0) {
                self.flights.theirs.fetch_add(1, Ordering::SeqCst);
                self.flights.tell_if_dismissed();
            }
        } else if waits.is_none_or(|waits| waits.fetch_sub(1, Ordering::SeqCst) == 1) {
            self.flights.theirs.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A request's body: while its next bytes have not arrived, it is the peer's turn.
#[derive(Debug)]
pub(crate) struct Arriving {
    body: Incoming,
    turn: Turn,
}

impl Arriving {
    pub(crate) fn new(body: Incoming, flight: &mut Flight) -> Self {
        Self {
            body,
            turn: Turn::of_body(flight),
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.turn.pass(false);
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        this.turn.pass(polled.is_pending());
        let counted = |frame: Frame<Bytes>| match frame.into_data() {
            Ok(bytes) => Ok(Frame::data(this.turn.flights.bodies.hold(bytes)?)),
            Err(other) => Ok(other),
        };
        polled.map(|next| next.map(|frame| frame.map_err(BodyError::from).and_then(counted)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body, if it has one, that counts as running until it is sent or dropped. From one piece to the asking for the next it is
/// the peer's turn to take.
pub(crate) struct Tracked {
    body: Option<ResponseBody>,
    flight: Flight,
}

impl Tracked {
    pub(crate) const fn new(body: Option<ResponseBody>, flight: Flight) -> Self {
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
        let polled = match &mut this.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        };
        let sending = matches!(polled, Poll::Ready(Some(Ok(_))));
        this.flight.turn.pass(sending);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

#[cfg(test)]
mod tests;
