//! Recorded activity, and lists of the living.

use domain::id::{Id, Session as SessionKind};
use domain::revocation::Target;
use domain::session::Session;
use domain::user::User;
use domain::{Span, Subject, Timestamp};

use super::Bench;
use super::sessions::{ending, row};
use crate::intent::{Activity, SessionFilter};

async fn seen(b: &Bench, session: &Session, at: Timestamp) -> Timestamp {
    let activity = Activity {
        session: session.id,
        at,
    };
    let nobody = Activity { session: b.id(), at };
    b.store.record_activity(vec![nobody, activity]).await.unwrap();
    row(b, session.id).await.active_at
}

pub async fn activity_goes_forward_and_never_beyond_now(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let start = b.now();
    b.clock.advance(Span::from_mins(30));
    let then = start + Span::from_mins(20);
    assert_eq!(seen(b, &session, then).await, then);
    assert_eq!(seen(b, &session, start).await, then, "never back");
    assert_eq!(seen(b, &session, b.now() + Span::from_hours(1)).await, b.now());
}

pub async fn activity_wakes_nothing_that_is_over(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let start = b.now();
    b.clock.advance(Span::from_hours(1) + Span::from_secs(2));
    let late = start + Span::from_hours(1);
    assert_eq!(seen(b, &session, late).await, start, "used after its idle end");
    let true_use = late - Span::from_ms(1);
    assert_eq!(
        seen(b, &session, true_use).await,
        true_use,
        "a late report of a true use"
    );
    let ended = b.signed_in(&user).await;
    b.clock.advance(Span::from_mins(1));
    b.store.end_session(ending(&ended, false)).await.unwrap();
    assert_eq!(seen(b, &ended, b.now()).await, ended.active_at, "revoked");
    let mut expired = b.login(&user, b.head().await);
    expired.session.expires_at = b.now() + Span::from_mins(2);
    b.store.create_session(expired.clone()).await.unwrap();
    b.clock.advance(Span::from_mins(2));
    let before_its_end = b.now() - Span::from_ms(1);
    let kept = seen(b, &expired.session, before_its_end).await;
    assert_eq!(kept, expired.session.active_at, "past its absolute end");
}

async fn listed(b: &Bench, filter: SessionFilter) -> Vec<Id<SessionKind>> {
    let found = b.store.sessions(filter).await.unwrap();
    found.iter().map(|s| s.id).collect()
}

pub async fn lists_show_the_living_newest_first(b: &Bench) {
    let (ada, bob): (User, User) = (b.user("ada").await, b.user("bob").await);
    let mut made = Vec::new();
    for user in [&ada, &bob, &ada, &ada, &ada] {
        b.clock.advance(Span::from_secs(1));
        made.push(b.signed_in(user).await);
    }
    b.revoke(Target::Session(made[2].id)).await;
    let of_ada = SessionFilter {
        subject: Some(Subject::User(ada.id)),
        after: None,
        limit: 10,
    };
    let all = listed(b, of_ada.clone()).await;
    assert_eq!(all, [made[4].id, made[3].id, made[0].id]);
    let first = SessionFilter {
        limit: 1,
        ..of_ada.clone()
    };
    assert_eq!(listed(b, first.clone()).await, [made[4].id]);
    let next = SessionFilter {
        after: Some(made[4].id),
        ..first
    };
    assert_eq!(listed(b, next).await, [made[3].id]);
    let everybody = SessionFilter {
        subject: None,
        ..of_ada.clone()
    };
    assert_eq!(listed(b, everybody.clone()).await.len(), 4);
    b.clock.advance(Span::from_hours(1));
    assert!(listed(b, everybody).await.is_empty(), "idle sessions are over");
}
