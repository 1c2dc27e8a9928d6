use std::sync::Arc;

use domain::testing::ManualClock;

use super::*;
use crate::testing::{authority, authority_with, config};

const PASSWORD: &str = "quiet marble under seven lanterns";

async fn scene() -> (Arc<Authority>, Arc<ManualClock>, Zeroizing<String>) {
    let (authority, clock) = authority().await;
    let code = authority.make_setup_code(Actor::new("test")).await.unwrap();
    (authority, clock, code.reveal())
}

async fn attempt(authority: &Authority, code: &str, name: &str, password: &str) -> SetupOutcome {
    let request = SetupRequest {
        code: Zeroizing::new(code.to_owned()),
        username: name.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        address: None,
    };
    complete_setup(authority, request).await.unwrap()
}

fn wrong_code(n: u8) -> Zeroizing<String> {
    Secret::<SetupCode>::from_bytes([n; 32]).reveal()
}

#[tokio::test]
async fn the_code_makes_one_administrator() {
    let (authority, _, code) = scene().await;
    let spaced = format!(" {}\n", code.as_str());
    let SetupOutcome::Done(Subject::User(id)) = attempt(&authority, &spaced, " root ", PASSWORD).await else {
        panic!("the code is good");
    };
    let user = authority.store.user(id).await.unwrap().unwrap();
    assert!(user.admin && user.name == "root");
    assert!(user.password.unwrap().starts_with("$argon2id$"));
    assert_eq!(
        attempt(&authority, &code, "again", PASSWORD).await,
        SetupOutcome::Refused
    );
}

#[tokio::test]
async fn five_wrong_codes_spend_the_right_one() {
    let (authority, _, code) = scene().await;
    for n in 0..4 {
        assert_eq!(
            attempt(&authority, &wrong_code(n), "root", PASSWORD).await,
            SetupOutcome::Refused
        );
    }
    // Garbage is refused before the store counts it.
    assert_eq!(
        attempt(&authority, "sy_su_garbage", "root", PASSWORD).await,
        SetupOutcome::Refused
    );
    assert!(matches!(
        attempt(&authority, &code, "root", PASSWORD).await,
        SetupOutcome::Done(_)
    ));
    let (authority, _, code) = scene().await;
    for n in 0..5 {
        attempt(&authority, &wrong_code(n), "root", PASSWORD).await;
    }
    assert_eq!(
        attempt(&authority, &code, "root", PASSWORD).await,
        SetupOutcome::Refused
    );
    assert!(!authority.store.has_administrator().await.unwrap());
}

#[tokio::test]
async fn the_code_lives_a_quarter_of_an_hour_and_a_newer_one_replaces_it() {
    let (authority, clock, code) = scene().await;
    clock.advance(LIFE);
    assert_eq!(
        attempt(&authority, &code, "root", PASSWORD).await,
        SetupOutcome::Refused
    );
    let first = authority
        .make_setup_code(Actor::new("test"))
        .await
        .unwrap()
        .reveal();
    let second = authority
        .make_setup_code(Actor::new("test"))
        .await
        .unwrap()
        .reveal();
    assert_eq!(
        attempt(&authority, &first, "root", PASSWORD).await,
        SetupOutcome::Refused
    );
    assert!(matches!(
        attempt(&authority, &second, "root", PASSWORD).await,
        SetupOutcome::Done(_)
    ));
    // recover-admin: the code alone decides, also where an administrator exists.
    let third = authority
        .make_setup_code(Actor::new("test"))
        .await
        .unwrap()
        .reveal();
    assert_eq!(
        attempt(&authority, &third, "ROOT", PASSWORD).await,
        SetupOutcome::NameTaken
    );
    assert!(matches!(
        attempt(&authority, &third, "second", PASSWORD).await,
        SetupOutcome::Done(_)
    ));
}

#[tokio::test]
async fn what_will_not_do_leaves_the_code_good() {
    let (authority, _, code) = scene().await;
    for name in ["", "  ", "user:x", "client:x", "a\u{7}b", &"x".repeat(129)] {
        assert_eq!(
            attempt(&authority, &code, name, PASSWORD).await,
            SetupOutcome::BadName
        );
    }
    let weak = attempt(&authority, &code, "root", "short").await;
    assert_eq!(weak, SetupOutcome::Weak(WeakPassword::TooShort(15)));
    let weak = attempt(&authority, &code, "root", "passwordpassword").await;
    assert_eq!(
        weak,
        SetupOutcome::Weak(WeakPassword::Guessable(domain::password::Guess::Repeated))
    );
    assert!(matches!(
        attempt(&authority, &code, "root", PASSWORD).await,
        SetupOutcome::Done(_)
    ));
}

#[tokio::test]
async fn attempts_are_limited() {
    let mut config = config();
    config.login.attempts_per_account = 3;
    let (authority, _) = authority_with(config).await;
    let code = authority
        .make_setup_code(Actor::new("test"))
        .await
        .unwrap()
        .reveal();
    for n in 0..3 {
        assert_eq!(
            attempt(&authority, &wrong_code(n), "root", PASSWORD).await,
            SetupOutcome::Refused
        );
    }
    let limited = attempt(&authority, &code, "root", PASSWORD).await;
    assert!(matches!(limited, SetupOutcome::Limited { .. }));
}
