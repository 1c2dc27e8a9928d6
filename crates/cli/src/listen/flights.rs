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
        self.flights.tell_if_dismissed();
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
        flights.tell_if_dismissed();
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
        set_turn(&this.flight.flights, &mut this.flight.is_theirs, sending);
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
mod tests {
    use super::*;
    use domain::Span;
    use tokio::time::sleep;

    fn limits() -> Limits {
        Limits {
            header_timeout: Span::from_secs(10),
            keep_alive: Span::from_secs(60),
            stall_timeout: Span::from_secs(20),
            ..Limits::default()
        }
    }

    /// The clock goes on only while all wait: each figure is exact.
    async fn seconds(until: impl Future<Output = ()>) -> u64 {
        let began = Instant::now();
        until.await;
        began.elapsed().as_secs()
    }

    async fn ask_for(flights: &Arc<Flights>, seconds: u64) {
        let flight = Flight::begin(flights);
        sleep(Duration::from_secs(seconds)).await;
        drop(flight);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_stays_for_the_header_time_and_who_asked_for_keep_alive() {
        let (flights, limits) = (Flights::new(), limits());
        assert_eq!(seconds(flights.idle(&limits)).await, 10);
        let (idle, ()) = tokio::join!(seconds(flights.idle(&limits)), ask_for(&flights, 100));
        assert_eq!(idle, 160, "counted from the end of the request");
        let short = Limits {
            keep_alive: Span::from_secs(1),
            ..limits
        };
        let flights = Flights::new();
        drop(Flight::begin(&flights));
        assert_eq!(
            seconds(flights.idle(&short)).await,
            1,
            "it does not wait for the header time"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn last_words_are_counted_from_now_and_who_runs_is_waited_for() {
        let (flights, limits) = (Flights::new(), limits());
        drop(Flight::begin(&flights));
        sleep(Duration::from_secs(50)).await;
        assert_eq!(seconds(flights.none_for(Span::from_secs(1), &limits)).await, 1);
        let last = seconds(flights.none_for(Span::from_secs(1), &limits));
        let (quiet, ()) = tokio::join!(last, ask_for(&flights, 30));
        assert_eq!(quiet, 31);
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_us_waiting_in_a_request_goes_after_the_stall_time() {
        let (flights, limits) = (Flights::new(), limits());
        let stalled = async {
            sleep(Duration::from_secs(3)).await;
            let mut flight = Flight::begin(&flights);
            sleep(Duration::from_secs(4)).await;
            set_turn(&flight.flights, &mut flight.is_theirs, true);
            flight
        };
        let (idle, _flight) = tokio::join!(seconds(flights.idle(&limits)), stalled);
        assert_eq!(idle, 27, "twenty seconds after it was the peer's turn");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_dismissed_goes_as_soon_as_it_owes() {
        let (flights, limits) = (Flights::new(), limits());
        let dismissal = async {
            sleep(Duration::from_secs(5)).await;
            flights.dismiss();
        };
        let (idle, (), ()) = tokio::join!(seconds(flights.idle(&limits)), ask_for(&flights, 30), dismissal);
        assert_eq!(idle, 30, "after what began");
    }
}
