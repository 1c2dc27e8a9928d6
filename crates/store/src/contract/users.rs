//! Users.

use super::Bench;
use super::bench::BOUND;
use crate::StoreError;
use crate::intent::{Actor, AddUser, Disabling, Rotation, UserAddition};

fn addition(user: domain::user::User) -> AddUser {
    AddUser {
        user,
        actor: Actor::new("cli"),
    }
}

pub async fn a_name_is_taken_whatever_its_case(b: &Bench) {
    let user = b.user("Ada").await;
    assert_eq!(b.kinds(0).await, ["user.added"]);
    let before = b.mark().await;
    for name in ["Ada", "ADA", " ada "] {
        let outcome = b.store.add_user(addition(b.user_row(name))).await;
        assert_eq!(outcome, Ok(UserAddition::NameTaken), "{name}");
        let found = b.store.user_by_name(name).await;
        assert_eq!(found, Ok(Some(user.clone())));
    }
    let mut same_id = b.user_row("bob");
    same_id.id = user.id;
    let outcome = b.store.add_user(addition(same_id)).await;
    assert!(matches!(outcome, Err(StoreError::Limit(_))));
    assert_eq!(b.mark().await, before);
    assert_eq!(b.store.user(user.id).await, Ok(Some(user)));
    assert_eq!(b.store.user_by_name("bob").await, Ok(None));
    assert_eq!(b.store.user(b.id()).await, Ok(None));
}

pub async fn users_come_in_pages(b: &Bench) {
    let mut made = Vec::new();
    for name in ["ada", "bob", "cy"] {
        b.clock.advance(domain::Span::from_ms(5));
        made.push(b.user(name).await);
    }
    assert_eq!(b.store.users(None, 2).await, Ok(made[..2].to_vec()));
    assert_eq!(b.store.users(Some(made[1].id), 2).await, Ok(made[2..].to_vec()));
    assert_eq!(b.store.users(Some(made[2].id), 2).await, Ok(vec![]));
}

pub async fn disabling_kills_everything_for_good(b: &Bench) {
    let (user, bob) = (b.user("ada").await, b.user("bob").await);
    let (session, other) = (b.signed_in(&user).await, b.signed_in(&bob).await);
    let held = b.granted(&session, BOUND).await;
    let actor = Actor::new("cli");
    let skip = b.events().await.len();
    let outcome = b.store.disable_user(user.id, actor.clone()).await;
    assert_eq!(outcome, Ok(Disabling::Done(b.head().await)));
    let outcome = b.store.enable_user(user.id, actor).await;
    assert_eq!(outcome, Ok(Disabling::Done(b.head().await)));
    assert_eq!(b.kinds(skip).await, ["user.disabled", "user.enabled"]);
    assert!(!b.lives(&session).await && b.lives(&other).await);
    assert_eq!(b.refresh(&held.token).await.0, Rotation::Revoked);
    b.signed_in(&user).await;
}

pub async fn a_disabled_user_is_marked_until_enabled(b: &Bench) {
    let user = b.user("ada").await;
    let actor = Actor::new("cli");
    b.store.disable_user(user.id, actor.clone()).await.unwrap();
    let row = b.store.user(user.id).await.unwrap().unwrap();
    assert_eq!(row.disabled_at, Some(b.now()));
    b.store.enable_user(user.id, actor).await.unwrap();
    assert_eq!(b.store.user(user.id).await, Ok(Some(user)));
}

pub async fn disabling_twice_or_nobody_changes_nothing(b: &Bench) {
    let user = b.user("ada").await;
    let actor = Actor::new("cli");
    let before = b.mark().await;
    let unchanged = b.store.enable_user(user.id, actor.clone()).await;
    assert_eq!(unchanged, Ok(Disabling::Unchanged));
    let nobody = b.store.enable_user(b.id(), actor.clone()).await;
    assert_eq!(nobody, Ok(Disabling::Unknown));
    let nobody = b.store.disable_user(b.id(), actor.clone()).await;
    assert_eq!(nobody, Ok(Disabling::Unknown));
    assert_eq!(b.mark().await, before);
    b.store.disable_user(user.id, actor.clone()).await.unwrap();
    let before = b.mark().await;
    let again = b.store.disable_user(user.id, actor).await;
    assert_eq!(again, Ok(Disabling::Unchanged));
    assert_eq!(b.mark().await, before);
}
