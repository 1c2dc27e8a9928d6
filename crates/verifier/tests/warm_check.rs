//! A warm check allocates nothing. The counter is proven to count by a cold one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]
mod support;

use domain::id::Id;
use domain::revocation::Target;
use http::Method;
use support::{APP, Sent, World, word};
use verifier::{JudgedRequest, Outcome};

/// Allocations of this thread.
fn counted(work: impl FnOnce() -> Outcome) -> (u64, Outcome) {
    let mut outcome = None;
    let seen = allocation_counter::measure(|| outcome = Some(work()));
    (seen.count_total, outcome.unwrap())
}

/// Marks in every map, so that no look-up is passed over.
fn busy_world() -> World {
    let mut world = World::new(r#"[{"match":{"path":"/other/*"}},{"name":"all"}]"#);
    let id = [0xee; 16];
    for target in [
        Target::Tenant("other".parse().unwrap()),
        Target::Client("other".parse().unwrap()),
        Target::Subject("client:other".parse().unwrap()),
        Target::Device(Id::from_bytes(id)),
        Target::Grant(Id::from_bytes(id)),
        Target::Session(Id::from_bytes(id)),
        Target::Jti(Id::from_bytes(id)),
        Target::SessionSecret(Id::from_bytes(id), 3),
        Target::Key(jose::KeyId::new("other").unwrap()),
    ] {
        world.revoke(target);
    }
    world.renew();
    world
}

#[test]
fn a_warm_token_costs_no_allocation() {
    let world = busy_world();
    let mut claims = world.claims();
    claims.aud = domain::access_token::Audience::One(support::ISSUER.into());
    let sent = Sent::get(APP, "/a/b?c=d")
        .method(Method::POST)
        .bearer(&world.token(&claims));
    let request = sent.judged();
    let (cold, outcome) = counted(|| world.checker.check(&request));
    assert_eq!(word(&outcome), "permit");
    assert!(cold > 0, "the counter counts");
    let (warm, outcome) = counted(|| world.checker.check(&request));
    assert_eq!((warm, word(&outcome).as_str()), (0, "permit"));
}

#[test]
fn a_warm_session_costs_no_allocation_not_even_to_write() {
    let world = busy_world();
    let session = world.session();
    let purpose = domain::cookie::Purpose::Application(APP.parse().unwrap());
    let (value, csrf) = world.cookie(&session, 9, &purpose);
    let sent = Sent::get(APP, "/a").method(Method::POST).cookie(&value);
    let sent = sent
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", &csrf);
    assert_eq!(
        word(&world.check(&sent, Some(&world.answer(&session, 9, &purpose)))),
        "permit"
    );
    let request: JudgedRequest<'_> = sent.judged();
    let (_, outcome) = counted(|| world.checker.check(&request));
    assert_eq!(word(&outcome), "permit");
    let (warm, outcome) = counted(|| world.checker.check(&request));
    assert_eq!((warm, word(&outcome).as_str()), (0, "permit"));
    let (whole, _) = counted(|| world.checker.check(&sent.judged()));
    assert_eq!(whole, 0, "reading the request included");
}
