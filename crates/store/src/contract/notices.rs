//! Whom to tell that a session ended: noted with the end, kept until it was told.

use domain::client::BackchannelLogout;
use domain::id::{Id, Session as SessionKind};
use domain::revocation::Target;
use domain::user::User;
use domain::{ClientId, Span, Subject};

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::intent::{Actor, EndEverywhere, EndSession, NOTICE_LIFE, Notice, NoticeStep};

/// `web`, which wants to be told.
async fn told(b: &Bench) {
    let mut client = b.client_row("web");
    client.logout = Some(BackchannelLogout {
        uri: "https://rp.example/logout".to_owned(),
        session_required: true,
    });
    assert!(b.store.add_client(client, Actor::new("cli")).await.unwrap());
}

async fn due(b: &Bench) -> Vec<Notice> {
    b.store.due_notices(&web(), 1000).await.unwrap()
}

fn web() -> ClientId {
    "web".parse().unwrap()
}

/// Looks through to the end, or until enough wait.
async fn spread(b: &Bench) {
    while b.store.spread_logout(&web()).await.unwrap() {}
}

async fn sessions_told(b: &Bench) -> Vec<Id<SessionKind>> {
    due(b).await.into_iter().map(|notice| notice.session).collect()
}

/// Sessions of one user in which `web` has a grant.
async fn many(b: &Bench, user: &User, count: usize) -> Vec<Id<SessionKind>> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        let mut intent = b.login(user, b.head().await);
        intent.cap = 10_000;
        let session = intent.session.clone();
        b.store.create_session(intent).await.unwrap();
        b.granted(&session, BOUND).await;
        sessions.push(session.id);
    }
    sessions.sort();
    sessions
}

fn ends(session: &domain::session::Session) -> EndSession {
    EndSession {
        session: session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    }
}

pub async fn an_ended_session_is_told_to_its_clients_once(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    let (session, other) = (b.signed_in(&user).await, b.signed_in(&user).await);
    b.granted(&session, BOUND).await;
    b.granted(&session, OFFLINE).await;
    b.granted(&other, BOUND).await;
    assert_eq!(due(b).await, []);
    b.store.end_session(ends(&session)).await.unwrap();
    let expected = Notice {
        number: 1,
        client: "web".parse().unwrap(),
        subject: Subject::User(user.id),
        session: session.id,
        at: b.now(),
        due_at: b.now(),
        tries: 0,
    };
    assert_eq!(due(b).await, [expected]);
    // Again, and by another class: it was told of already.
    b.revoke(Target::Session(session.id)).await;
    assert_eq!(due(b).await.len(), 1);
    b.store.sweep(100).await.unwrap();
    assert_eq!(due(b).await.len(), 1, "what is to be told outlives the session");
}

pub async fn a_subjects_end_is_told_and_a_grants_end_is_not(b: &Bench) {
    told(b).await;
    let (ada, bob) = (b.user("ada").await, b.user("bob").await);
    let expected = many(b, &ada, 2).await;
    let other = b.signed_in(&bob).await;
    let held = b.granted(&other, BOUND).await;
    b.revoke(Target::Subject(Subject::User(ada.id))).await;
    let mut sessions = sessions_told(b).await;
    sessions.sort();
    assert_eq!(sessions, expected);
    // A client that gives up its own tokens goes on with its user; the session's end is told all the same.
    b.revoke(Target::Grant(held.grant.id)).await;
    assert_eq!(due(b).await.len(), 2);
    b.store.end_session(ends(&other)).await.unwrap();
    assert_eq!(sessions_told(b).await.last(), Some(&other.id));
}

pub async fn very_many_ends_at_once_are_told_bit_by_bit_and_no_row_goes_before(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    let expected = many(b, &user, 400).await;
    b.revoke(Target::All).await;
    assert_eq!(due(b).await, [], "one row, whatever ends");
    assert_eq!(b.store.clients_to_tell(9, &[]).await.unwrap(), [web()]);
    // Nobody's row goes before it was looked at, neither by a sweep nor by the user's next login.
    b.store.sweep(1000).await.unwrap();
    let fresh = many(b, &user, 1).await;
    spread(b).await;
    let first = due(b).await;
    assert!((256..320).contains(&first.len()), "{}", first.len());
    for notice in &first {
        b.store
            .step_notice(notice.number, NoticeStep::Done)
            .await
            .unwrap();
    }
    spread(b).await;
    let rest = due(b).await;
    let mut sessions: Vec<_> = first.iter().chain(&rest).map(|notice| notice.session).collect();
    sessions.sort();
    assert_eq!(sessions, expected, "each once, and nothing that lives");
    for notice in &rest {
        b.store
            .step_notice(notice.number, NoticeStep::Done)
            .await
            .unwrap();
    }
    assert_eq!(b.store.clients_to_tell(9, &[]).await.unwrap(), []);
    b.store.sweep(1000).await.unwrap();
    b.revoke(Target::All).await;
    spread(b).await;
    assert_eq!(sessions_told(b).await, fresh);
}

pub async fn a_clients_own_end_is_told_to_it_alone(b: &Bench) {
    told(b).await;
    let mut other = b.client_row("other");
    other.logout = Some(BackchannelLogout {
        uri: "https://other.example/logout".to_owned(),
        session_required: false,
    });
    assert!(b.store.add_client(other, Actor::new("cli")).await.unwrap());
    let user = b.user("ada").await;
    let expected = many(b, &user, 2).await;
    b.revoke(Target::Client("other".parse().unwrap())).await;
    spread(b).await;
    assert_eq!(due(b).await, []);
    b.revoke(Target::Client(web())).await;
    spread(b).await;
    assert_eq!(sessions_told(b).await, expected);
}

pub async fn a_second_end_of_very_many_is_looked_for_from_the_beginning(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    let expected = many(b, &user, 65).await;
    // The scan of an end that covers nobody is past the first sessions when everybody's end comes.
    b.revoke(Target::Tenant("nobody".parse().unwrap())).await;
    assert!(b.store.spread_logout(&web()).await.unwrap());
    b.revoke(Target::All).await;
    spread(b).await;
    let mut sessions = sessions_told(b).await;
    sessions.sort();
    assert_eq!(sessions, expected);
}

pub async fn a_scan_that_comes_to_nothing_is_given_up_after_a_day(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    many(b, &user, 1).await;
    b.revoke(Target::All).await;
    let before = b.events().await.len();
    b.clock.advance(NOTICE_LIFE);
    spread(b).await;
    assert_eq!(b.kinds(before).await, ["logout.untold"]);
    assert_eq!(b.store.clients_to_tell(9, &[]).await.unwrap(), []);
}

pub async fn signing_out_everywhere_is_told_but_for_what_is_kept(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    let (kept, over) = (b.signed_in(&user).await, b.signed_in(&user).await);
    for session in [&kept, &over] {
        b.granted(session, BOUND).await;
    }
    let intent = EndEverywhere {
        subject: Subject::User(user.id),
        keep: Some(kept.id),
        actor: Actor::new("cli"),
    };
    b.store.end_everywhere(intent).await.unwrap();
    assert_eq!(sessions_told(b).await, [over.id]);
}

pub async fn whoever_does_not_want_to_be_told_is_not(b: &Bench) {
    let client = b.client_row("web");
    assert!(b.store.add_client(client, Actor::new("cli")).await.unwrap());
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    b.granted(&session, BOUND).await;
    b.store.end_session(ends(&session)).await.unwrap();
    assert_eq!(due(b).await, []);
}

pub async fn a_notice_stays_until_it_was_told_or_given_up(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    for _ in 0..2 {
        let session = b.signed_in(&user).await;
        b.granted(&session, BOUND).await;
        b.store.end_session(ends(&session)).await.unwrap();
    }
    let [first, second] = due(b).await.try_into().unwrap();
    let later = b.now() + Span::from_secs(5);
    let again = NoticeStep::Again { due_at: later };
    let other: ClientId = "other".parse().unwrap();
    assert_eq!(b.store.due_notices(&web(), 1).await.unwrap(), [first.clone()]);
    assert_eq!(b.store.due_notices(&other, 9).await.unwrap(), []);
    assert_eq!(b.store.clients_to_tell(9, &[other]).await.unwrap(), [web()]);
    assert_eq!(b.store.clients_to_tell(9, &[web()]).await.unwrap(), []);
    b.store.step_notice(first.number, again).await.unwrap();
    assert_eq!(due(b).await, [second.clone()]);
    let failing = b.store.failing_notices(10).await.unwrap();
    assert_eq!(
        (failing.len(), failing[0].number, failing[0].tries),
        (1, first.number, 1)
    );
    b.clock.advance(Span::from_secs(5));
    let due_now: Vec<u64> = due(b).await.into_iter().map(|n| n.number).collect();
    assert_eq!(due_now, [second.number, first.number], "longest due first");
    b.store
        .step_notice(second.number, NoticeStep::Done)
        .await
        .unwrap();
    let before = b.events().await.len();
    b.store
        .step_notice(first.number, NoticeStep::GivenUp)
        .await
        .unwrap();
    assert_eq!(b.kinds(before).await, ["logout.untold"]);
    assert_eq!(due(b).await, []);
    // Told twice over: the second answer finds nothing.
    b.store
        .step_notice(first.number, NoticeStep::GivenUp)
        .await
        .unwrap();
    b.store.step_notice(second.number, again).await.unwrap();
    assert_eq!((due(b).await, b.events().await.len()), (vec![], before + 1));
    let session = b.signed_in(&user).await;
    b.granted(&session, BOUND).await;
    b.store.end_session(ends(&session)).await.unwrap();
    assert_eq!(due(b).await[0].number, 3, "no number is used twice");
}

pub async fn a_removed_clients_notices_can_still_be_read(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    b.granted(&session, BOUND).await;
    b.store.end_session(ends(&session)).await.unwrap();
    let id: ClientId = "web".parse().unwrap();
    b.store.remove_client(&id, Actor::new("cli")).await.unwrap();
    assert_eq!(due(b).await.len(), 1);
}
