//! Activity on its way to the authority, and what it costs to ask about a session.

use std::sync::Arc;
use std::time::Duration;

use domain::cookie::Purpose;
use domain::{Clock, Span};

use super::world::*;
use crate::Edge;

const ALL: &str = r#"[{"name":"all"}]"#;

/// Somebody who used the application a moment ago; the edge has not told anybody yet.
async fn somebody_active(world: &World, edge: &Arc<Edge>) -> domain::session::Session {
    let (session, cookie, _) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    assert_eq!(
        check(edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    world.clock.advance(Span::from_secs(3));
    assert_eq!(
        check(edge, "GET", "/", &[("cookie", &cookie)]).await.status(),
        200
    );
    session
}

#[tokio::test]
async fn a_report_whose_asker_goes_away_is_not_lost() {
    let world = World::new();
    let edge = world.edge(ALL).await;
    let session = somebody_active(&world, &edge).await;
    world.authority.state().activity_stalls = true;
    let cut = tokio::time::timeout(Duration::from_millis(20), edge.judge.activity.report()).await;
    assert!(cut.is_err(), "the asker gave up");
    world.authority.state().activity_stalls = false;
    edge.judge.activity.report().await.unwrap();
    assert_eq!(
        world.authority.state().activity,
        [(session.id, world.clock.now())]
    );
    edge.judge.activity.report().await.unwrap();
    assert_eq!(world.authority.state().activity.len(), 1, "it is told once");
}

#[tokio::test]
async fn a_cookie_of_a_dead_session_walks_no_memory_and_writes_nothing() {
    let world = World::new();
    let edge = world.edge(ALL).await;
    let other = Purpose::Application("other.example".parse().unwrap());
    let (dead, cookie, _) = world.sign_in(&other);
    world.authority.state().sessions.remove(&(dead.id, other));
    somebody_active(&world, &edge).await;
    let cookie = format!("__Host-symbolon={cookie}");
    for _ in 0..5 {
        let response = check_at(&edge, ("GET", "other.example"), "/", &[("cookie", &cookie)]).await;
        assert_eq!(told(&response), (401, "revoked"));
    }
    assert!(
        world.authority.state().activity.is_empty(),
        "nothing was gathered for it"
    );
}

#[tokio::test]
async fn a_session_used_at_one_host_is_not_idle_at_another() {
    let world = World::new();
    let edge = world.edge(ALL).await;
    let other = Purpose::Application("other.example".parse().unwrap());
    let (_, second, _) = world.sign_in(&other);
    let session = somebody_active(&world, &edge).await;
    // The authority has not heard of the last use: by what it knows, the session is idle.
    world
        .clock
        .advance(session.idle.saturating_sub(Span::from_secs(1)));
    assert!(edge.judge.follow.renew().await.unwrap(), "the lease runs again");
    let cookie = format!("__Host-symbolon={second}");
    let response = check_at(&edge, ("GET", "other.example"), "/", &[("cookie", &cookie)]).await;
    assert_eq!(told(&response), (200, ""));
}
