//! Signing out everywhere.

use domain::Subject;
use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::user::User;

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::intent::{Actor, EndEverywhere, EndSession, EndedEverywhere, Rotation};

fn everywhere(user: &User, keep: Option<Id<SessionKind>>) -> EndEverywhere {
    EndEverywhere {
        subject: Subject::User(user.id),
        keep,
        actor: Actor::new("cli"),
    }
}

/// A grant with `offline_access` whose session is over and swept.
async fn orphan(b: &Bench, user: &User) -> super::Held {
    let old = b.signed_in(user).await;
    let held = b.granted(&old, OFFLINE).await;
    let end = EndSession {
        session: old.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    };
    b.store.end_session(end).await.unwrap();
    b.store.sweep(100).await.unwrap();
    held
}

pub async fn everything_of_the_subject_ends_and_nothing_else(b: &Bench) {
    let (user, bob) = (b.user("ada").await, b.user("bob").await);
    let orphan = orphan(b, &user).await;
    let (one, two, stranger) = (
        b.signed_in(&user).await,
        b.signed_in(&user).await,
        b.signed_in(&bob).await,
    );
    let bound = b.granted(&one, BOUND).await;
    let under_way = b.login(&user, b.head().await);
    let done = b.store.end_everywhere(everywhere(&user, None)).await;
    let expected = EndedEverywhere::Done {
        seq: b.head().await,
        sessions: 2,
        grants: 2,
    };
    assert_eq!(done, Ok(expected));
    assert!(!b.lives(&one).await && !b.lives(&two).await && b.lives(&stranger).await);
    for dead in [&bound, &orphan] {
        assert_eq!(b.refresh(&dead.token).await.0, Rotation::Revoked);
    }
    let outcome = b.store.create_session(under_way).await;
    assert_eq!(outcome, Ok(crate::intent::SessionCreation::Revoked));
    b.signed_in(&user).await;
}

pub async fn the_session_that_is_kept_lives_on_with_its_grants(b: &Bench) {
    let user = b.user("ada").await;
    let orphan = orphan(b, &user).await;
    let (kept, other) = (b.signed_in(&user).await, b.signed_in(&user).await);
    let (of_kept, of_other) = (b.granted(&kept, BOUND).await, b.granted(&other, BOUND).await);
    let offline = b.granted(&kept, OFFLINE).await;
    let skip = b.events().await.len();
    let done = b.store.end_everywhere(everywhere(&user, Some(kept.id))).await;
    let expected = EndedEverywhere::Done {
        seq: b.head().await,
        sessions: 1,
        grants: 3,
    };
    assert_eq!(done, Ok(expected));
    assert!(b.lives(&kept).await && !b.lives(&other).await);
    for dead in [&of_other, &orphan, &offline] {
        assert_eq!(b.refresh(&dead.token).await.0, Rotation::Revoked);
    }
    assert!(b.rotates(&of_kept.token).await);
    let kinds = b.kinds(skip).await;
    assert!(
        kinds.contains(&"user.signed_out_everywhere".to_owned()),
        "{kinds:?}"
    );
    ends_nothing_more(b, &user, kept.id).await;
}

/// What was asked for again finds nothing left, and writes nothing.
async fn ends_nothing_more(b: &Bench, user: &User, kept: Id<SessionKind>) {
    let before = b.mark().await;
    let again = b.store.end_everywhere(everywhere(user, Some(kept))).await;
    let nothing = EndedEverywhere::Done {
        seq: before.0.seq,
        sessions: 0,
        grants: 0,
    };
    assert_eq!((again, b.mark().await), (Ok(nothing), before));
}

pub async fn a_session_that_died_keeps_nothing_and_ends_nothing(b: &Bench) {
    let (user, bob) = (b.user("ada").await, b.user("bob").await);
    let (dead, other) = (b.signed_in(&user).await, b.signed_in(&user).await);
    let foreign = b.signed_in(&bob).await;
    b.revoke(domain::revocation::Target::Session(dead.id)).await;
    let before = b.mark().await;
    for keep in [dead.id, foreign.id, b.id()] {
        let outcome = b.store.end_everywhere(everywhere(&user, Some(keep))).await;
        assert_eq!(outcome, Ok(EndedEverywhere::Overtaken));
    }
    assert_eq!(b.mark().await, before);
    assert!(b.lives(&other).await && b.lives(&foreign).await);
}

pub async fn the_hosts_that_joined_a_session_are_listed(b: &Bench) {
    let user = b.user("ada").await;
    let (one, two) = (b.signed_in(&user).await, b.signed_in(&user).await);
    let Purpose::Application(app) = super::host_codes::join(b, &one, "app.example").await else {
        panic!("an application")
    };
    let asked = vec![one.id, two.id, b.id()];
    assert_eq!(b.store.joined_hosts(asked).await, Ok(vec![(one.id, app)]));
    assert_eq!(b.store.joined_hosts(vec![two.id]).await, Ok(vec![]));
}
