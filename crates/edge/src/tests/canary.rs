//! What an edge makes of the canary: the check that every request gets, and a token that opens nothing else.

use domain::access_token::Audience;
use domain::feed::{CANARY_AUDIENCE, CANARY_ID, CanarySeen};
use domain::revocation::Target;
use domain::{Seq, Span};

use super::world::*;
use crate::canary::Canary;

fn canary(world: &World) -> String {
    let claims = domain::access_token::AccessClaims {
        aud: Audience::One(CANARY_AUDIENCE.to_owned()),
        jti: CANARY_ID,
        sid: None,
        gid: None,
        ..world.claims()
    };
    world.token(&claims)
}

#[tokio::test]
async fn it_is_accepted_until_it_is_revoked_and_never_by_a_cut_edge() {
    let world = World::new();
    let edge = world.edge("[]").await;
    let asked = Canary::new(&edge.judge.follow);
    let token = canary(&world);
    assert_eq!(asked.check(&token).await, CanarySeen::Accepted);
    let seq = world.authority.revoke(Target::Jti(CANARY_ID));
    until(|| edge.state().frontier == seq).await;
    assert_eq!(asked.check(&token).await, CanarySeen::Revoked);
    // The next one is newer than its mark, and good.
    assert_eq!(asked.check(&canary(&world)).await, CanarySeen::Accepted);
    assert_eq!(asked.check("no token").await, CanarySeen::Other);
    world.authority.state().down = true;
    world.clock.advance(Span::from_secs(11));
    assert_eq!(asked.check(&canary(&world)).await, CanarySeen::Stale);
    assert_eq!(
        asked.check(&token).await,
        CanarySeen::Revoked,
        "what it knew it knows"
    );
}

#[tokio::test]
async fn one_that_is_newer_than_the_map_makes_the_edge_pull() {
    let world = World::new();
    let edge = world.edge("[]").await;
    world.authority.state().feed_cut = true;
    let seq = world.authority.revoke(Target::Client("other".parse().unwrap()));
    let token = canary(&world);
    let asked = Canary::new(&edge.judge.follow);
    assert!(edge.state().frontier < seq);
    world.authority.state().feed_cut = false;
    assert_eq!(asked.check(&token).await, CanarySeen::Accepted);
    assert!(edge.state().frontier >= seq && seq > Seq::default());
}

#[tokio::test]
async fn it_opens_nothing() {
    let world = World::new();
    let edge = world
        .edge(r#"[{"name":"api","match":{"path":"/api/*"},"audience":"api"},{"name":"all"}]"#)
        .await;
    let bearer = format!("Bearer {}", canary(&world));
    let asked = Canary::new(&edge.judge.follow);
    assert_eq!(asked.check(&canary(&world)).await, CanarySeen::Accepted);
    for target in ["/", "/api/x"] {
        let answer = check(&edge, "GET", target, &[("authorization", &bearer)]).await;
        assert_eq!(told(&answer), (401, "wrong_audience"), "{target}");
    }
}
