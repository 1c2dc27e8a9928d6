//! Changing a password.

use domain::cookie::Purpose;
use domain::revocation::Target;
use domain::session::Session;
use domain::user::User;

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::intent::{Actor, ChangePassword, EndSession, PasswordChange, Rotation};

fn change(b: &Bench, user: &User, keep: Option<&Session>) -> ChangePassword {
    ChangePassword {
        user: user.id,
        password: "$argon2id$new".to_owned(),
        credential_version: user.credential_version,
        must_change: false,
        keep: keep.map(|s| (s.id, b.digest())),
        actor: Actor::new("cli"),
    }
}

async fn refused(b: &Bench, intent: ChangePassword, with: PasswordChange) {
    let before = b.mark().await;
    let row = b.store.user(intent.user).await.unwrap();
    assert_eq!(b.store.change_password(intent.clone()).await, Ok(with));
    assert_eq!(b.store.user(intent.user).await.unwrap(), row);
    assert_eq!(b.mark().await, before);
}

pub async fn a_new_password_ends_all_other_sessions_and_grants(b: &Bench) {
    let (user, bob) = (b.user("ada").await, b.user("bob").await);
    let (kept, thief) = (b.signed_in(&user).await, b.signed_in(&user).await);
    let stranger = b.signed_in(&bob).await;
    let of_kept = b.granted(&kept, BOUND).await;
    let of_thief = b.granted(&thief, BOUND).await;
    let offline = b.granted(&thief, OFFLINE).await;
    let outcome = b
        .store
        .change_password(change(b, &user, Some(&kept)))
        .await
        .unwrap();
    let changed = PasswordChange::Changed {
        seq: b.head().await,
        generation: Some(2),
    };
    assert_eq!(outcome, changed);
    assert!(b.lives(&kept).await && b.lives(&stranger).await && !b.lives(&thief).await);
    for dead in [&of_thief, &offline] {
        assert_eq!(b.refresh(&dead.token).await.0, Rotation::Revoked);
    }
    assert!(b.rotates(&of_kept.token).await);
}

pub async fn an_offline_grant_of_a_forgotten_session_ends_too(b: &Bench) {
    let user = b.user("ada").await;
    let old = b.signed_in(&user).await;
    let orphan = b.granted(&old, OFFLINE).await;
    let end = EndSession {
        session: old.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    };
    b.store.end_session(end).await.unwrap();
    b.store.sweep(100).await.unwrap();
    assert_eq!(b.store.session(old.id, &Purpose::Authority).await, Ok(None));
    b.store.change_password(change(b, &user, None)).await.unwrap();
    assert_eq!(b.refresh(&orphan.token).await.0, Rotation::Revoked);
}

pub async fn a_session_without_a_living_secret_ends_too(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let held = b.granted(&session, BOUND).await;
    b.revoke(Target::SessionSecret(session.id, 9)).await;
    b.store.change_password(change(b, &user, None)).await.unwrap();
    assert_eq!(b.refresh(&held.token).await.0, Rotation::Revoked);
}

pub async fn a_new_password_is_a_new_version(b: &Bench) {
    let user = b.user("ada").await;
    b.store.change_password(change(b, &user, None)).await.unwrap();
    let row = b.store.user(user.id).await.unwrap().unwrap();
    assert_eq!(row.credential_version, 2);
    assert_eq!(row.password.as_deref(), Some("$argon2id$new"));
}

pub async fn sessions_that_are_over_are_not_ended_again(b: &Bench) {
    let user = b.user("ada").await;
    let revoked = b.signed_in(&user).await;
    b.revoke(Target::Session(revoked.id)).await;
    let expired = b.signed_in(&user).await;
    b.clock.advance(expired.expires_at.since(b.now()));
    let before = b.head().await;
    b.store.change_password(change(b, &user, None)).await.unwrap();
    assert_eq!(b.head().await, before);
}

pub async fn the_kept_session_gets_a_new_secret(b: &Bench) {
    let user = b.user("ada").await;
    let kept = b.signed_in(&user).await;
    let host = super::host_codes::join(b, &kept, "app.example").await;
    let intent = change(b, &user, Some(&kept));
    let secret = intent.keep.unwrap().1;
    let skip = b.events().await.len();
    b.store.change_password(intent).await.unwrap();
    let (row, face) = b
        .store
        .session(kept.id, &Purpose::Authority)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.generation, face.unwrap().digest), (2, secret));
    assert!(
        b.store.is_revoked(kept.position()).await.unwrap(),
        "the old cookie"
    );
    assert_eq!(b.store.session(kept.id, &host).await.unwrap().unwrap().1, None);
    assert_eq!(
        b.kinds(skip).await,
        ["session.secret_renewed", "user.password_changed"]
    );
}

pub async fn an_administrators_change_keeps_no_session(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let outcome = b.store.change_password(change(b, &user, None)).await.unwrap();
    let changed = PasswordChange::Changed {
        seq: b.head().await,
        generation: None,
    };
    assert_eq!(outcome, changed);
    assert!(!b.lives(&session).await);
}

pub async fn an_outdated_change_is_refused(b: &Bench) {
    let user = b.user("ada").await;
    b.store.change_password(change(b, &user, None)).await.unwrap();
    refused(b, change(b, &user, None), PasswordChange::Outdated).await;
    let stranger = b.user_row("eve");
    refused(b, change(b, &stranger, None), PasswordChange::Unknown).await;
    b.store.disable_user(user.id, Actor::new("cli")).await.unwrap();
    let user = b.store.user(user.id).await.unwrap().unwrap();
    refused(b, change(b, &user, None), PasswordChange::Unknown).await;
}

pub async fn a_dead_or_foreign_session_changes_no_password(b: &Bench) {
    let (user, bob) = (b.user("ada").await, b.user("bob").await);
    let revoked = b.signed_in(&user).await;
    b.revoke(Target::Session(revoked.id)).await;
    refused(b, change(b, &user, Some(&revoked)), PasswordChange::Outdated).await;
    let foreign = b.signed_in(&bob).await;
    refused(b, change(b, &user, Some(&foreign)), PasswordChange::Outdated).await;
    let idle = b.signed_in(&user).await;
    b.clock.advance(idle.idle);
    refused(b, change(b, &user, Some(&idle)), PasswordChange::Outdated).await;
    let unknown = b.login(&user, b.head().await).session;
    refused(b, change(b, &user, Some(&unknown)), PasswordChange::Outdated).await;
}
