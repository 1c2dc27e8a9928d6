//! Joining, following, leases and what breaks them.

use std::sync::{Arc, Mutex};

use domain::revocation::Target;
use domain::testing::ManualClock;
use domain::{Clock, Span};

use super::world::*;
use crate::proxy::direct;
use crate::streams::StreamTerms;

#[tokio::test]
async fn nothing_counts_before_the_snapshot_and_a_grant() {
    let world = World::new();
    let follow = world.follow();
    assert_eq!(
        (follow.frontier().await, follow.checker.lease().over_by),
        (None, None)
    );
    assert!(!follow.renew().await.unwrap(), "the first renewal only joins");
    assert_eq!(follow.frontier().await, Some(world.authority.head().seq));
    assert_eq!(follow.checker.lease().over_by, None);
    assert!(follow.renew().await.unwrap());
    assert_eq!(follow.checker.lease().over_by, Some(Span::from_ms(0)));
}

#[tokio::test]
async fn entries_are_applied_before_they_are_acknowledged() {
    let world = World::new();
    let follow = world.follow();
    follow.join().await.unwrap();
    let seq = world.authority.revoke(Target::All);
    assert_ne!(world.authority.state().acknowledged, Some(seq));
    assert_eq!(follow.advance(Span::from_ms(0)).await.unwrap(), 1);
    assert_eq!(follow.frontier().await, Some(seq));
    assert_eq!(world.authority.state().acknowledged, Some(seq));
}

#[tokio::test]
async fn a_grant_above_the_frontier_waits_for_its_entries() {
    let world = World::new();
    let follow = world.follow();
    follow.join().await.unwrap();
    world.authority.revoke(Target::All);
    world.authority.state().feed_cut = true;
    assert!(!follow.renew().await.unwrap());
    assert_eq!(follow.checker.lease().over_by, None, "it must not count yet");
    world.authority.state().feed_cut = false;
    follow.advance(Span::from_ms(0)).await.unwrap();
    assert_eq!(follow.checker.lease().over_by, Some(Span::from_ms(0)));
}

#[tokio::test]
async fn a_hole_or_another_digest_drops_the_lease_and_takes_a_snapshot() {
    for forged in [false, true] {
        let world = World::new();
        let follow = world.follow();
        follow.join().await.unwrap();
        assert!(follow.renew().await.unwrap());
        world.authority.revoke(Target::All);
        let seq = world.authority.revoke(Target::Client("web".parse().unwrap()));
        {
            let mut state = world.authority.state();
            (state.hole, state.forged_digest) = (!forged, forged);
        }
        follow.advance(Span::from_ms(0)).await.unwrap();
        assert_ne!(
            follow.checker.lease().over_by,
            Some(Span::from_ms(0)),
            "forged: {forged}"
        );
        assert_eq!(follow.frontier().await, Some(seq));
        assert_eq!(world.authority.state().snapshots, 2);
        world.clock.advance(Span::from_ms(1));
        assert!(follow.renew().await.unwrap());
    }
}

#[tokio::test]
async fn another_log_means_a_snapshot() {
    let world = World::new();
    let follow = world.follow();
    follow.join().await.unwrap();
    assert!(follow.renew().await.unwrap());
    world.authority.state().foreign = true;
    assert!(!follow.renew().await.unwrap());
    assert_eq!(world.authority.state().snapshots, 2);
    assert_ne!(follow.checker.lease().over_by, Some(Span::from_ms(0)));
}

#[tokio::test]
async fn a_jump_of_the_wall_clock_drops_the_lease() {
    let world = World::new();
    let follow = world.follow();
    follow.join().await.unwrap();
    assert!(follow.renew().await.unwrap());
    let now = domain::Clock::now(world.clock.as_ref());
    world.clock.set_wall(now + Span::from_hours(1));
    world.authority.state().down = true;
    follow.renew().await.unwrap_err();
    assert_ne!(follow.checker.lease().over_by, Some(Span::from_ms(0)));
    world.authority.state().down = false;
    world.clock.advance(Span::from_ms(1));
    assert!(
        follow.renew().await.unwrap(),
        "a grant asked for after the jump counts"
    );
    world
        .clock
        .set_wall(now + Span::from_hours(1) + Span::from_ms(1500));
    assert!(follow.renew().await.unwrap(), "a small correction is none");
}

#[tokio::test]
async fn new_keys_are_taken_and_confirmed() {
    let world = World::new();
    let follow = world.follow();
    follow.refresh_keys(Span::from_ms(0)).await.unwrap();
    assert_eq!(follow.checker.keys_version(), Some(1));
    world.authority.state().keys_version = 2;
    follow.refresh_keys(Span::from_ms(0)).await.unwrap();
    assert_eq!(
        (
            follow.checker.keys_version(),
            world.authority.state().confirmed_keys
        ),
        (Some(2), Some(1))
    );
    follow.refresh_keys(Span::from_ms(0)).await.unwrap();
    assert_eq!(world.authority.state().confirmed_keys, Some(2));
}

#[tokio::test]
async fn a_running_edge_hears_of_a_revocation_and_stops_in_order() {
    let world = World::new();
    let edge = world.edge("[]").await;
    let seq = world.authority.revoke(Target::All);
    until(|| edge.state().frontier == seq).await;
    until(|| world.authority.state().acknowledged == Some(seq)).await;
    edge.shutdown().await;
    let later = world.authority.revoke(Target::All);
    tokio::task::yield_now().await;
    assert!(edge.state().frontier < later);
}

#[tokio::test]
async fn an_edge_that_is_far_behind_takes_a_snapshot() {
    let world = World::new();
    let follow = world.follow();
    follow.join().await.unwrap();
    let seq = world.authority.revoke(Target::All);
    world.authority.state().far_behind = true;
    follow.advance(Span::from_ms(0)).await.unwrap();
    assert_eq!(follow.frontier().await, Some(seq));
    assert_eq!(world.authority.state().snapshots, 2);
    assert_eq!(world.authority.state().acknowledged, Some(seq));
}

/// A clock at which somebody else gets a turn when it is looked at: once.
struct Interrupted {
    clock: Arc<ManualClock>,
    turn: Mutex<Option<Turn>>,
}

type Turn = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupted")
    }
}

impl Clock for Interrupted {
    fn now(&self) -> domain::Timestamp {
        self.clock.now()
    }
    fn boot(&self) -> domain::BootTime {
        let turn = self.turn.lock().unwrap().take();
        if let Some(turn) = turn {
            turn();
        }
        self.clock.boot()
    }
}

/// A renewal names the frontier, and so acknowledges it. Between the entry's coming into the map and the end of the streams
/// that it revokes, another task renews.
#[tokio::test]
async fn nobody_hears_that_an_entry_is_applied_before_its_streams_have_ended() {
    let world = World::new();
    let clock = Arc::new(Interrupted {
        clock: Arc::clone(&world.clock),
        turn: Mutex::new(None),
    });
    let follow = Arc::new(world.follow_by(&(Arc::clone(&clock) as Arc<dyn Clock>)));
    follow.join().await.unwrap();
    follow.refresh_keys(Span::from_ms(0)).await.unwrap();
    assert!(follow.renew().await.unwrap());
    let bearer = format!("Bearer {}", world.token(&world.claims()));
    let request = http::Request::get("/")
        .header("host", APP)
        .header("authorization", bearer);
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let verifier::Outcome::Permit(permit) = follow.checker.check(&direct(&parts, true).unwrap()) else {
        panic!("refused")
    };
    let terms = StreamTerms {
        most: 1,
        life: Span::from_hours(1),
    };
    let seat = follow.streams.enter(permit, true, terms).unwrap();
    let seq = world.authority.revoke(Target::Jti(world.claims().jti));
    let authority = Arc::clone(&world.authority);
    let (other, heard) = (Arc::clone(&follow), Arc::new(Mutex::new(None)));
    *clock.turn.lock().unwrap() = Some(Box::new({
        let heard = Arc::clone(&heard);
        move || {
            let renewing = std::pin::pin!(other.renew());
            let _ = renewing.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            *heard.lock().unwrap() = Some(authority.state().renewed);
        }
    }));
    assert_eq!(follow.advance(Span::from_ms(0)).await, Ok(1));
    let heard = heard.lock().unwrap().expect("the streams are looked at");
    assert!(
        heard < Some(seq),
        "the authority heard {heard:?} while a stream was open"
    );
    assert!(seat.judge().is_err());
    assert!(follow.renew().await.unwrap());
    assert_eq!(world.authority.state().renewed, Some(seq));
}
