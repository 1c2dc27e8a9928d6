//! The lease in every check: fresh, stale, asked, excused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use domain::feed::Word;
use domain::revocation::Target;
use domain::{Clock, Reason, Span};
use http::Method;
use support::{APP, Sent, World, word};
use verifier::{Outcome, Refusal};

const ROUTES: &str = r#"[
    {"name":"strict","match":{"path":"/strict"},"max_staleness":"1s"},
    {"name":"ask","match":{"path":"/ask"},"max_staleness":"1s","on_stale":"ask"},
    {"name":"read","match":{"path":"/read"},"beyond_lease":"1m","read_only":true},
    {"name":"any","match":{"path":"/any"}}]"#;

fn at(world: &World, path: &str, method: Method) -> Outcome {
    let sent = Sent::get(APP, path)
        .method(method)
        .bearer(&world.token(&world.claims()));
    world.check(&sent, None)
}

fn words(world: &World) -> [String; 5] {
    [
        word(&at(world, "/strict", Method::GET)),
        word(&at(world, "/ask", Method::GET)),
        word(&at(world, "/read", Method::GET)),
        word(&at(world, "/read", Method::POST)),
        word(&at(world, "/any", Method::GET)),
    ]
}

#[test]
fn each_route_says_how_much_it_tolerates() {
    let mut world = World::new(ROUTES);
    assert_eq!(words(&world), ["permit"; 5]);
    world.clock.advance(Span::from_ms(1001));
    assert_eq!(
        words(&world),
        ["stale", "needs_authority", "permit", "permit", "permit"]
    );
    world.clock.advance(Span::from_ms(8999));
    assert_eq!(
        words(&world),
        ["stale", "needs_authority", "permit", "stale", "stale"],
        "the lease is over"
    );
    let Outcome::Permit(permit) = at(&world, "/read", Method::GET) else {
        panic!("refused")
    };
    assert!(permit.is_beyond_lease() && permit.staleness() == Span::from_secs(10));
    world.clock.advance(Span::from_secs(61));
    assert_eq!(
        words(&world),
        ["stale", "needs_authority", "stale", "stale", "stale"]
    );
    world.renew();
    assert_eq!(words(&world), ["permit"; 5]);
}

#[test]
fn a_stale_edge_still_knows_what_was_revoked() {
    let mut world = World::new(ROUTES);
    let token = world.token(&world.claims());
    world.revoke(Target::All);
    world.clock.advance(Span::from_secs(100));
    let sent = Sent::get(APP, "/any").bearer(&token);
    assert_eq!(word(&world.check(&sent, None)), "revoked");
}

#[test]
fn without_a_lease_nothing_passes() {
    let mut world = World::new(ROUTES);
    world.follower.drop_lease(world.clock.boot());
    world.clock.advance(Span::from_hours(2));
    assert_eq!(
        words(&world),
        ["stale", "needs_authority", "stale", "stale", "stale"]
    );
}

#[test]
fn the_authoritys_word_is_good_for_its_own_credential_and_reports_its_age() {
    let world = World::new(ROUTES);
    world.clock.advance(Span::from_secs(2));
    let sent = Sent::get(APP, "/ask").bearer(&world.token(&world.claims()));
    let Outcome::NeedsAuthority(question) = world.checker.check(&sent.judged()) else {
        panic!("not asked")
    };
    let said = |revoked| Word {
        revoked,
        carries: Span::from_ms(500),
    };
    let refused: Refusal = question.clone().answered(said(true)).unwrap_err();
    assert_eq!(refused.reason, Reason::Revoked);
    world.clock.advance(Span::from_ms(40));
    let confirmed = question.answered(said(false)).unwrap();
    let Outcome::Permit(permit) = world.checker.check_confirmed(&sent.judged(), &confirmed) else {
        panic!("refused")
    };
    assert_eq!(permit.staleness(), Span::from_ms(40));
    let mut other = world.claims();
    other.jti = domain::Id::from_bytes([6; 16]);
    let other = Sent::get(APP, "/ask").bearer(&world.token(&other));
    assert_eq!(
        word(&world.checker.check_confirmed(&other.judged(), &confirmed)),
        "needs_authority"
    );
    let strict = Sent::get(APP, "/strict").bearer(&world.token(&world.claims()));
    assert_eq!(
        word(&world.checker.check_confirmed(&strict.judged(), &confirmed)),
        "stale",
        "the route did not ask"
    );
    // As long as revocations wait for this edge, counted from the question; whoever slept meanwhile asks again.
    world.clock.advance(Span::from_ms(459));
    assert_eq!(
        word(&world.checker.check_confirmed(&sent.judged(), &confirmed)),
        "permit"
    );
    world.clock.advance(Span::from_ms(1));
    assert_eq!(
        word(&world.checker.check_confirmed(&sent.judged(), &confirmed)),
        "needs_authority"
    );
}
