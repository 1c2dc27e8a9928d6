//! A login's last step.

use domain::client::Client;
use domain::cookie::Purpose;
use domain::revocation::Target;
use domain::session::{Overflow, Session};
use domain::user::User;
use domain::{Span, Subject};

use super::Bench;
use crate::StoreError;
use crate::intent::{
    Actor, ChangePassword, CreateSession, Disabling, EndSession, PasswordChange, SessionCreation,
};

pub async fn a_login_makes_a_session_with_its_face(b: &Bench) {
    let user = b.user("ada").await;
    let intent = b.login(&user, b.head().await);
    let skip = b.events().await.len();
    let outcome = b.store.create_session(intent.clone()).await.unwrap();
    let created = SessionCreation::Created {
        displaced: vec![],
        head: b.head().await,
    };
    assert_eq!(outcome, created);
    let found = b.store.session(intent.session.id, &Purpose::Authority).await;
    let (session, face) = found.unwrap().unwrap();
    let face = face.unwrap();
    assert_eq!(session, intent.session);
    assert_eq!((face.digest, face.generation), (intent.secret, 1));
    let elsewhere = Purpose::Application("app.example".parse().unwrap());
    let found = b.store.session(session.id, &elsewhere).await.unwrap().unwrap();
    assert_eq!(found, (session, None));
    assert_eq!(b.kinds(skip).await, ["session.created"]);
}

/// Runs a login that must be refused without a trace.
async fn refused(b: &Bench, intent: CreateSession, with: SessionCreation) {
    let before = b.mark().await;
    let id = intent.session.id;
    assert_eq!(b.store.create_session(intent).await, Ok(with));
    assert_eq!(b.store.session(id, &Purpose::Authority).await, Ok(None));
    assert_eq!(b.mark().await, before);
}

pub async fn a_login_with_the_old_password_cannot_finish(b: &Bench) {
    let user = b.user("ada").await;
    let intent = b.login(&user, b.head().await);
    let change = ChangePassword {
        user: user.id,
        password: "$argon2id$new".to_owned(),
        credential_version: 1,
        must_change: false,
        keep: None,
        actor: Actor::new("cli"),
    };
    let changed = b.store.change_password(change).await.unwrap();
    assert!(matches!(changed, PasswordChange::Changed { .. }));
    refused(b, intent.clone(), SessionCreation::CredentialChanged).await;
    let unknown_version = CreateSession {
        credential_version: None,
        ..intent.clone()
    };
    refused(b, unknown_version, SessionCreation::CredentialChanged).await;
    let with_the_new = CreateSession {
        credential_version: Some(2),
        ..intent
    };
    let outcome = b.store.create_session(with_the_new).await.unwrap();
    assert!(matches!(outcome, SessionCreation::Created { .. }));
}

pub async fn a_disabled_or_unknown_user_gets_no_session(b: &Bench) {
    let user = b.user("ada").await;
    let stranger = b.user_row("eve");
    let intent = b.login(&stranger, b.head().await);
    refused(b, intent, SessionCreation::Disabled).await;
    let done = b.store.disable_user(user.id, Actor::new("cli")).await.unwrap();
    assert!(matches!(done, Disabling::Done(_)));
    let intent = b.login(&user, b.head().await);
    refused(b, intent, SessionCreation::Disabled).await;
    b.store.enable_user(user.id, Actor::new("cli")).await.unwrap();
    b.signed_in(&user).await;
}

pub async fn a_revocation_since_the_login_began_refuses_it(b: &Bench) {
    let user = b.user("ada").await;
    let device = b.id();
    for target in [
        Target::All,
        Target::Subject(Subject::User(user.id)),
        Target::Tenant("acme".parse().unwrap()),
        Target::Device(device),
    ] {
        let mut intent = b.login(&user, b.head().await);
        intent.session.device = Some(device);
        b.revoke(target).await;
        refused(b, intent.clone(), SessionCreation::Revoked).await;
        intent.session.rs = b.head().await;
        let outcome = b.store.create_session(intent).await.unwrap();
        assert!(matches!(outcome, SessionCreation::Created { .. }));
    }
    let mut from_the_future = b.login(&user, b.head().await);
    from_the_future.session.rs = b.head().await.next().unwrap();
    refused(b, from_the_future, SessionCreation::Revoked).await;
}

/// Three sessions; the second was used last, the first before it, the third never since.
async fn three_sessions(b: &Bench, user: &User) -> [Session; 3] {
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(b.signed_in(user).await);
    }
    for at in [0, 1] {
        b.clock.advance(Span::from_mins(5));
        let seen = crate::intent::Activity {
            session: all[at].id,
            at: b.now(),
        };
        b.store.record_activity(vec![seen]).await.unwrap();
    }
    all.try_into().unwrap()
}

pub async fn beyond_the_cap_the_least_used_session_ends(b: &Bench) {
    let user = b.user("ada").await;
    let other = b.signed_in(&b.user("bob").await).await;
    let [first, second, third] = three_sessions(b, &user).await;
    let intent = CreateSession {
        cap: 3,
        ..b.login(&user, b.head().await)
    };
    let skip = b.events().await.len();
    let outcome = b.store.create_session(intent.clone()).await.unwrap();
    let created = SessionCreation::Created {
        displaced: vec![third.id],
        head: b.head().await,
    };
    assert_eq!(outcome, created);
    assert!(!b.lives(&third).await);
    for living in [&first, &second, &intent.session, &other] {
        assert!(b.lives(living).await);
    }
    assert_eq!(b.kinds(skip).await, ["session.ended", "session.created"]);
    // A lower cap ends as many as it takes, the least used first.
    let intent = CreateSession {
        cap: 2,
        ..b.login(&user, b.head().await)
    };
    let outcome = b.store.create_session(intent).await.unwrap();
    assert!(
        matches!(&outcome, SessionCreation::Created { displaced, .. } if *displaced == [first.id, second.id]),
        "{outcome:?}"
    );
}

pub async fn the_cap_may_refuse_instead(b: &Bench) {
    let user = b.user("ada").await;
    let [first, ..] = three_sessions(b, &user).await;
    let full = |rs| CreateSession {
        cap: 3,
        overflow: Overflow::Refuse,
        ..b.login(&user, rs)
    };
    let mut replacing = full(b.head().await);
    refused(b, replacing.clone(), SessionCreation::CapReached).await;
    replacing.cap = 0;
    replacing.overflow = Overflow::OldestEnds;
    refused(b, replacing, SessionCreation::CapReached).await;
    // One that is replaced, ended or past its time does not count.
    let mut replacing = full(b.head().await);
    replacing.replaces = Some(first.id);
    let outcome = b.store.create_session(replacing.clone()).await.unwrap();
    assert!(matches!(outcome, SessionCreation::Created { .. }));
    let end = EndSession {
        session: replacing.session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    };
    b.store.end_session(end).await.unwrap();
    let outcome = b.store.create_session(full(b.head().await)).await.unwrap();
    assert!(matches!(outcome, SessionCreation::Created { .. }));
    b.clock.advance(Span::from_hours(2));
    let outcome = b.store.create_session(full(b.head().await)).await.unwrap();
    assert!(matches!(outcome, SessionCreation::Created { .. }));
}

pub async fn a_login_ends_the_session_it_replaces(b: &Bench) {
    let ada = b.user("ada").await;
    let bob = b.user("bob").await;
    let before = b.signed_in(&ada).await;
    let intent = CreateSession {
        replaces: Some(before.id),
        ..b.login(&bob, b.head().await)
    };
    let skip = b.events().await.len();
    b.store.create_session(intent.clone()).await.unwrap();
    assert!(!b.lives(&before).await && b.lives(&intent.session).await);
    assert_eq!(b.kinds(skip).await, ["session.ended", "session.created"]);
    // One that is over already is not ended again.
    let again = CreateSession {
        replaces: Some(before.id),
        ..b.login(&bob, b.head().await)
    };
    let head = b.head().await;
    b.store.create_session(again).await.unwrap();
    assert_eq!(b.head().await, head);
}

pub async fn a_session_is_never_overwritten(b: &Bench) {
    let user = b.user("ada").await;
    let victim = b.signed_in(&b.user("bob").await).await;
    let mut intent = b.login(&user, b.head().await);
    intent.session.id = victim.id;
    let before = b.mark().await;
    let outcome = b.store.create_session(intent).await;
    assert!(matches!(outcome, Err(StoreError::Limit(_))), "{outcome:?}");
    assert_eq!(b.mark().await, before);
    let found = b.store.session(victim.id, &Purpose::Authority).await.unwrap();
    assert_eq!(found.unwrap().0, victim);

    // Nor one that is over, which a login of its subject would otherwise tidy away.
    let over = b.signed_in(&user).await;
    b.clock.advance(Span::from_days(3));
    let mut intent = b.login(&user, b.head().await);
    intent.session.id = over.id;
    let outcome = b.store.create_session(intent).await;
    assert!(matches!(outcome, Err(StoreError::Limit(_))), "{outcome:?}");
    let found = b.store.session(over.id, &Purpose::Authority).await.unwrap();
    assert_eq!(found.unwrap().0, over);
}

pub async fn a_client_needs_its_row_to_have_a_session(b: &Bench) {
    let row: Client = b.client_row("robot");
    let mut intent = b.login(&b.user_row("nobody"), b.head().await);
    intent.session.subject = Subject::Client(row.id.clone());
    intent.credential_version = None;
    refused(b, intent.clone(), SessionCreation::Disabled).await;
    b.store.add_client(row, Actor::new("cli")).await.unwrap();
    let outcome = b.store.create_session(intent).await.unwrap();
    assert!(matches!(outcome, SessionCreation::Created { .. }));
}

pub async fn activity_is_never_created_in_the_future(b: &Bench) {
    let user = b.user("ada").await;
    let mut intent = b.login(&user, b.head().await);
    intent.session.active_at = b.now() + Span::from_hours(1);
    b.store.create_session(intent.clone()).await.unwrap();
    let found = b.store.session(intent.session.id, &Purpose::Authority).await;
    assert_eq!(found.unwrap().unwrap().0.active_at, b.now());
}
