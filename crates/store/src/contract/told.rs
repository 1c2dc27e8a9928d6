//! What a subject is told of its own security, and what a login leaves behind in the user's row.

use domain::revocation::Target;
use domain::{Span, Subject};

use super::Bench;
use super::bench::BOUND;
use crate::intent::{Actor, CreateSession, EndSession};

pub async fn a_subject_is_told_of_its_own_and_no_others_newest_first(b: &Bench) {
    let (ada, bob) = (b.user("ada").await, b.user("bob").await);
    let subject = Subject::User(ada.id);
    let session = b.signed_in(&ada).await;
    b.signed_in(&bob).await;
    let held = b.granted(&session, BOUND).await;
    let (_, second) = b.refresh(&held.token).await;
    b.refresh(&second).await;
    b.refresh(&held.token).await;
    let other = b.signed_in(&ada).await;
    let end = EndSession {
        session: other.id,
        offline_too: false,
        cause: "admin",
        actor: Actor::new("user:root"),
    };
    b.store.end_session(end).await.unwrap();
    b.revoke(Target::Subject(subject.clone())).await;
    let told = b.store.events_told(&subject, None, 100).await.unwrap();
    let kinds: Vec<&str> = told.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "revocation.committed",
            "session.ended",
            "session.created",
            "token.refresh_replayed",
            "session.ended",
            "session.created"
        ]
    );
    let all = b.events().await;
    assert!(told.iter().all(|e| all.contains(e)));
    let page = b.store.events_told(&subject, Some(told[1].number), 2).await;
    assert_eq!(page, Ok(told[2..4].to_vec()));
    assert_eq!(b.store.events_told(&subject, Some(0), 2).await, Ok(vec![]));
    let nobody = Subject::User(b.id());
    assert_eq!(b.store.events_told(&nobody, None, 9).await, Ok(vec![]));
}

pub async fn a_rehash_changes_the_hash_and_no_credential(b: &Bench) {
    let user = b.user("ada").await;
    let before = b.signed_in(&user).await;
    let login = CreateSession {
        rehashed: Some("$argon2id$stronger".to_owned()),
        ..b.login(&user, b.head().await)
    };
    let outdated = CreateSession {
        credential_version: Some(7),
        ..login.clone()
    };
    b.store.create_session(outdated).await.unwrap();
    assert_eq!(
        b.store.user(user.id).await,
        Ok(Some(user.clone())),
        "compared first"
    );
    b.store.create_session(login).await.unwrap();
    let row = b.store.user(user.id).await.unwrap().unwrap();
    assert_eq!(row.password.as_deref(), Some("$argon2id$stronger"));
    assert_eq!(row.credential_version, user.credential_version);
    assert!(b.lives(&before).await);
}

pub async fn a_login_tidies_rows_that_are_over(b: &Bench) {
    let user = b.user("ada").await;
    let rows = || async {
        let counts = b.store.statistics().await.unwrap();
        counts.iter().find(|c| c.0 == "sessions").unwrap().1
    };
    let revoked = b.signed_in(&user).await;
    b.revoke(Target::Session(revoked.id)).await;
    let living = b.signed_in(&user).await;
    assert_eq!(rows().await, 1);
    // Just past its idle limit: the last report of its use may be under way.
    b.clock.advance(living.idle + Span::from_secs(1));
    b.signed_in(&user).await;
    assert_eq!(rows().await, 2);
    b.clock.advance(Span::from_hours(2));
    b.signed_in(&user).await;
    assert_eq!(rows().await, 1);
}
