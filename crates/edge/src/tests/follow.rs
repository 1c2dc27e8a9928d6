//! Joining, following, leases and what breaks them.

use domain::Span;
use domain::revocation::Target;

use super::world::*;

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
