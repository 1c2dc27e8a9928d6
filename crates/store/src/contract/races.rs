//! Intents against each other, on real tasks.

use std::future::Future;
use std::sync::Arc;

use domain::Subject;
use domain::revocation::Target;
use domain::session::Session;
use domain::user::User;
use tokio::sync::Barrier;

use super::bench::{BOUND, OFFLINE, revocation};
use super::{Bench, Held};
use crate::intent::{
    Actor, ChangePassword, CodeRedemption, PasswordChange, RevokeOutcome, Rotation, SessionCreation,
    SessionFilter,
};

const ROUNDS: usize = 200;

/// Runs two futures on two tasks, started together.
async fn against<A, C>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = C> + Send + 'static,
) -> (A, C)
where
    A: Send + 'static,
    C: Send + 'static,
{
    let start = Arc::new(Barrier::new(2));
    let gate = Arc::clone(&start);
    let first = tokio::spawn(async move {
        gate.wait().await;
        one.await
    });
    let second = tokio::spawn(async move {
        start.wait().await;
        other.await
    });
    (first.await.unwrap(), second.await.unwrap())
}

/// A target that covers a session's bound grant, another class each round.
fn covering(round: usize, session: &Session, held: &Held) -> Target {
    match round % 4 {
        0 => Target::Session(session.id),
        1 => Target::Subject(session.subject.clone()),
        2 => Target::Grant(held.grant.id),
        _ => Target::Client(held.client.clone()),
    }
}

pub async fn nothing_refreshes_past_a_racing_revocation(b: &Bench) {
    let user = b.user("ada").await;
    for round in 0..ROUNDS {
        let session = b.signed_in(&user).await;
        let held = b.granted(&session, BOUND).await;
        let (intent, successor) = b.rotation(&held.token).await;
        let request = revocation(vec![covering(round, &session, &held)]);
        let (mine, theirs) = (b.clone(), b.clone());
        let (refreshed, revoked) = against(
            async move { mine.store.rotate(intent).await.unwrap() },
            async move { theirs.store.revoke(request).await.unwrap() },
        )
        .await;
        assert!(matches!(revoked, RevokeOutcome::Committed(_)));
        match refreshed {
            Rotation::Rotated(_) => assert_eq!(b.refresh(&successor).await.0, Rotation::Revoked),
            other => assert_eq!(other, Rotation::Revoked),
        }
        assert_eq!(b.refresh(&held.token).await.0, Rotation::Revoked);
        let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
        assert!(!lives);
        let later = b.signed_in(&user).await;
        let anew = b.granted(&later, BOUND).await;
        assert!(b.rotates(&anew.token).await);
    }
}

pub(super) async fn living(b: &Bench, user: &User) -> usize {
    let filter = SessionFilter {
        subject: Some(Subject::User(user.id)),
        after: None,
        limit: 100,
    };
    b.store.sessions(filter).await.unwrap().len()
}

pub async fn no_login_lives_past_a_racing_revocation(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..ROUNDS {
        let intent = b.login(&user, b.head().await);
        let session = intent.session.clone();
        let request = revocation(vec![Target::Subject(Subject::User(user.id))]);
        let (mine, theirs) = (b.clone(), b.clone());
        let (login, _) = against(
            async move { mine.store.create_session(intent).await.unwrap() },
            async move { theirs.store.revoke(request).await.unwrap() },
        )
        .await;
        if !matches!(login, SessionCreation::Created { .. }) {
            assert_eq!(login, SessionCreation::Revoked);
        }
        assert!(!b.lives(&session).await);
        assert_eq!(living(b, &user).await, 0);
        let later = b.signed_in(&user).await;
        assert!(b.lives(&later).await, "a login that began after it always lives");
    }
}

pub async fn no_login_lives_past_a_racing_password_change(b: &Bench) {
    let mut user = b.user("ada").await;
    for _ in 0..ROUNDS {
        let intent = b.login(&user, b.head().await);
        let session = intent.session.clone();
        let change = ChangePassword {
            user: user.id,
            password: "$argon2id$new".to_owned(),
            credential_version: user.credential_version,
            must_change: false,
            keep: None,
            actor: Actor::new("cli"),
        };
        let (mine, theirs) = (b.clone(), b.clone());
        let (login, changed) = against(
            async move { mine.store.create_session(intent).await.unwrap() },
            async move { theirs.store.change_password(change).await.unwrap() },
        )
        .await;
        assert!(matches!(changed, PasswordChange::Changed { .. }));
        if !matches!(login, SessionCreation::Created { .. }) {
            assert_eq!(login, SessionCreation::CredentialChanged);
        }
        assert!(!b.lives(&session).await);
        user.credential_version += 1;
        let later = b.signed_in(&user).await;
        assert!(b.lives(&later).await);
    }
}

pub async fn no_login_lives_past_racing_disabling(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..ROUNDS {
        let intent = b.login(&user, b.head().await);
        let session = intent.session.clone();
        let (mine, theirs, id) = (b.clone(), b.clone(), user.id);
        let (login, _) = against(
            async move { mine.store.create_session(intent).await.unwrap() },
            async move { theirs.store.disable_user(id, Actor::new("cli")).await.unwrap() },
        )
        .await;
        if !matches!(login, SessionCreation::Created { .. }) {
            assert_eq!(login, SessionCreation::Disabled);
        }
        b.store.enable_user(user.id, Actor::new("cli")).await.unwrap();
        assert!(!b.lives(&session).await);
        assert!(b.lives(&b.signed_in(&user).await).await);
    }
}

pub async fn no_code_is_redeemed_past_a_racing_revocation(b: &Bench) {
    let user = b.user("ada").await;
    for round in 0..ROUNDS {
        let session = b.signed_in(&user).await;
        let (code, proof) = b.code(&session, OFFLINE.scope);
        b.store.issue_code(code.clone()).await.unwrap();
        let (intent, token) = b.redemption(&code, proof, OFFLINE);
        // An offline grant is not covered by class `session`: the subject is what it always has.
        let target = if round % 2 == 0 {
            Target::Subject(session.subject.clone())
        } else {
            Target::Client(code.client.clone())
        };
        let (mine, theirs) = (b.clone(), b.clone());
        let (redeemed, _) = against(
            async move { mine.store.redeem_code(intent).await.unwrap() },
            async move { theirs.store.revoke(revocation(vec![target])).await.unwrap() },
        )
        .await;
        match redeemed {
            CodeRedemption::Redeemed { grant, .. } => {
                assert_eq!(b.refresh(&token).await.0, Rotation::Revoked);
                let (_, lives) = b.store.grant(grant.id).await.unwrap().unwrap();
                assert!(!lives);
            }
            other => assert_eq!(other, CodeRedemption::Revoked),
        }
        let later = b.signed_in(&user).await;
        b.granted(&later, OFFLINE).await;
    }
}
