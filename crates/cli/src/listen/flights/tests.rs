use super::super::bodies::Bodies;
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
    let (flights, limits) = (Flights::new(Bodies::new(1 << 20).share()), limits());
    assert_eq!(seconds(flights.idle(&limits)).await, 10);
    let (idle, ()) = tokio::join!(seconds(flights.idle(&limits)), ask_for(&flights, 100));
    assert_eq!(idle, 160, "counted from the end of the request");
    let short = Limits {
        keep_alive: Span::from_secs(1),
        ..limits
    };
    let flights = Flights::new(Bodies::new(1 << 20).share());
    drop(Flight::begin(&flights));
    assert_eq!(
        seconds(flights.idle(&short)).await,
        1,
        "it does not wait for the header time"
    );
}

#[tokio::test(start_paused = true)]
async fn last_words_are_counted_from_now_and_who_runs_is_waited_for() {
    let (flights, limits) = (Flights::new(Bodies::new(1 << 20).share()), limits());
    drop(Flight::begin(&flights));
    sleep(Duration::from_secs(50)).await;
    assert_eq!(seconds(flights.none_for(Span::from_secs(1), &limits)).await, 1);
    let last = seconds(flights.none_for(Span::from_secs(1), &limits));
    let (quiet, ()) = tokio::join!(last, ask_for(&flights, 30));
    assert_eq!(quiet, 31);
}

#[tokio::test(start_paused = true)]
async fn who_keeps_us_waiting_in_a_request_goes_after_the_stall_time() {
    let (flights, limits) = (Flights::new(Bodies::new(1 << 20).share()), limits());
    let stalled = async {
        sleep(Duration::from_secs(3)).await;
        let mut flight = Flight::begin(&flights);
        sleep(Duration::from_secs(4)).await;
        flight.turn.pass(true);
        flight
    };
    let (idle, _flight) = tokio::join!(seconds(flights.idle(&limits)), stalled);
    assert_eq!(idle, 27, "twenty seconds after it was the peer's turn");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_body_and_room_is_one_wait() {
    let flights = Flights::new(Bodies::new(1 << 20).share());
    let mut both = Flight::begin(&flights);
    let mut body = Turn::of_body(&mut both);
    body.pass(true);
    assert!(flights.owed().is_some(), "for its body");
    both.turn.pass(true);
    let ours = Flight::begin(&flights);
    assert_eq!(flights.owed(), None, "we are at work on another");
    drop(ours);
    body.pass(false);
    assert!(flights.owed().is_some(), "still for room");
    both.turn.pass(false);
    assert_eq!(flights.owed(), None);
    body.pass(true);
    body.pass(false);
    drop(both);
    assert_eq!(flights.theirs.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn who_is_dismissed_goes_as_soon_as_it_owes() {
    let (flights, limits) = (Flights::new(Bodies::new(1 << 20).share()), limits());
    let dismissal = async {
        sleep(Duration::from_secs(5)).await;
        flights.dismiss();
    };
    let (idle, (), ()) = tokio::join!(seconds(flights.idle(&limits)), ask_for(&flights, 30), dismissal);
    assert_eq!(idle, 30, "after what began");
}
