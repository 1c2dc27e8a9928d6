use domain::session::Origin;
use store::intent::Disabling;

use super::*;
use crate::flows::session::{Presence, current};
use crate::testing::{PASSWORD, add_user, authority, authority_with, config};

const NEW: &str = "quiet marble under seven lanterns";

fn request(name: &str, given: &str, new: &str) -> Replacement {
    Replacement {
        login: LoginRequest {
            username: name.to_owned(),
            password: Zeroizing::new(given.to_owned()),
            address: None,
            origin: Origin::default(),
            presented: None,
            device: None,
        },
        new: Zeroizing::new(new.to_owned()),
    }
}

async fn login(authority: &Authority, password: &str) -> Login {
    super::super::login::login(authority, request("ada", password, "").login)
        .await
        .unwrap()
}

async fn must_change(authority: &Authority) -> User {
    let user = add_user(authority, "ada").await;
    let intent = ChangePassword {
        user: user.id,
        password: user.password.clone().unwrap(),
        credential_version: user.credential_version,
        must_change: true,
        keep: None,
        actor: Actor::new("cli"),
    };
    authority.store.change_password(intent).await.unwrap();
    user
}

#[tokio::test]
async fn a_password_that_an_administrator_chose_opens_only_its_replacement() {
    let (authority, _) = authority().await;
    must_change(&authority).await;
    assert!(matches!(login(&authority, PASSWORD).await, Login::MustChange));
    assert!(matches!(login(&authority, "wrong").await, Login::Refused));
    let outcome = replace_password(&authority, request("ada", PASSWORD, NEW))
        .await
        .unwrap();
    let Replaced::Login(Login::SignedIn(signed)) = outcome else {
        panic!("{outcome:?}")
    };
    let here = current(&authority, Some(&signed.cookie)).await.unwrap();
    assert!(matches!(here, Presence::Live(_)));
    assert!(matches!(login(&authority, PASSWORD).await, Login::Refused));
    assert!(matches!(login(&authority, NEW).await, Login::SignedIn(_)));
}

#[tokio::test]
async fn nothing_else_is_changed_here() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    // Whoever need not change theirs does so within a session.
    let outcome = replace_password(&authority, request("ada", PASSWORD, NEW))
        .await
        .unwrap();
    assert!(matches!(outcome, Replaced::Login(Login::Refused)), "{outcome:?}");
    let intent = ChangePassword {
        user: user.id,
        password: user.password.clone().unwrap(),
        credential_version: 1,
        must_change: true,
        keep: None,
        actor: Actor::new("cli"),
    };
    authority.store.change_password(intent).await.unwrap();
    for (given, new, weak) in [
        ("wrong", NEW, "Login(Refused)"),
        (PASSWORD, PASSWORD, "Same"),
        (PASSWORD, "short", "Weak(TooShort(15))"),
        (PASSWORD, "passwordpassword", "Weak(Guessable(Repeated))"),
    ] {
        let outcome = replace_password(&authority, request("ada", given, new))
            .await
            .unwrap();
        assert_eq!(format!("{outcome:?}"), weak);
    }
    let disabled = authority.store.disable_user(user.id, Actor::new("cli")).await;
    assert!(matches!(disabled, Ok(Disabling::Done(_))));
    let outcome = replace_password(&authority, request("ada", PASSWORD, NEW))
        .await
        .unwrap();
    assert!(matches!(outcome, Replaced::Login(Login::Refused)), "{outcome:?}");
}

#[tokio::test]
async fn nobody_is_judged_for_without_end() {
    let mut config = config();
    config.login.attempts_per_network = 3;
    let (authority, _) = authority_with(config).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        let outcome = replace_password(&authority, request("nobody", "wrong", "passwordpassword"))
            .await
            .unwrap();
        answers.push(matches!(outcome, Replaced::Login(Login::Limited { .. })));
    }
    assert_eq!(answers, [false, false, false, true]);
}
