//! The one-time set-up code.

use domain::{Digest, Span};

use super::Bench;
use crate::intent::{Actor, Setup, SetupCode};

async fn code(b: &Bench) -> Digest {
    let code = SetupCode {
        digest: b.digest(),
        expires_at: b.now() + Span::from_mins(15),
    };
    b.store.put_setup_code(code, Actor::new("cli")).await.unwrap();
    code.digest
}

async fn attempt(b: &Bench, presented: Digest, name: &str) -> Setup {
    b.store.complete_setup(presented, b.user_row(name)).await.unwrap()
}

pub async fn the_code_makes_one_administrator(b: &Bench) {
    assert_eq!(b.store.has_administrator().await, Ok(false));
    let digest = code(b).await;
    assert_eq!(attempt(b, digest, "root").await, Setup::Done);
    assert_eq!(b.store.has_administrator().await, Ok(true));
    let user = b.store.user_by_name("root").await.unwrap().unwrap();
    assert!(user.admin);
    assert_eq!(b.kinds(0).await, ["setup.code_made", "setup.completed"]);
    assert_eq!(attempt(b, digest, "evil").await, Setup::Refused, "spent");
    assert_eq!(b.store.user_by_name("evil").await, Ok(None));
}

pub async fn five_wrong_tries_spend_the_code(b: &Bench) {
    let digest = code(b).await;
    for _ in 0..4 {
        assert_eq!(attempt(b, b.digest(), "evil").await, Setup::Refused);
    }
    assert_eq!(
        attempt(b, digest, "root").await,
        Setup::Done,
        "four leave it good"
    );
    let digest = code(b).await;
    for _ in 0..5 {
        assert_eq!(attempt(b, b.digest(), "evil").await, Setup::Refused);
    }
    assert_eq!(attempt(b, digest, "second").await, Setup::Refused);
    // A new code starts to count anew.
    let digest = code(b).await;
    assert_eq!(attempt(b, b.digest(), "evil").await, Setup::Refused);
    assert_eq!(attempt(b, digest, "second").await, Setup::Done);
}

pub async fn a_code_ends_with_its_time_and_its_successor(b: &Bench) {
    assert_eq!(
        attempt(b, b.digest(), "root").await,
        Setup::Refused,
        "no code at all"
    );
    let first = code(b).await;
    let second = code(b).await;
    assert_eq!(attempt(b, first, "root").await, Setup::Refused);
    b.clock.advance(Span::from_mins(15));
    assert_eq!(attempt(b, second, "root").await, Setup::Refused);
    assert_eq!(b.store.has_administrator().await, Ok(false));
}

pub async fn a_taken_name_leaves_the_code_good(b: &Bench) {
    b.user("root").await;
    let digest = code(b).await;
    let before = b.mark().await;
    assert_eq!(attempt(b, digest, "ROOT").await, Setup::NameTaken);
    assert_eq!(b.mark().await, before);
    assert_eq!(b.store.has_administrator().await, Ok(false));
    assert_eq!(attempt(b, digest, "chief").await, Setup::Done);
}
