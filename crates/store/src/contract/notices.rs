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

async fn step(b: &Bench, number: u64, step: NoticeStep) {
    b.store.step_notice(number, step).await.unwrap();
}

/// Tells all that is due, and says whose ends those were.
async fn tell(b: &Bench) -> Vec<Id<SessionKind>> {
    let mut sessions = Vec::new();
    for notice in due(b).await {
        step(b, notice.number, NoticeStep::Done).await;
        sessions.push(notice.session);
    }
    sessions
}

/// Clients with something to be told, but for those that are being told.
async fn waiting(b: &Bench, busy: &[ClientId]) -> Vec<ClientId> {
    b.store.clients_to_tell(9, busy).await.unwrap()
}

/// A session of a client that wants to be told, and its end.
async fn ended(b: &Bench, user: &User) {
    let session = b.signed_in(user).await;
    b.granted(&session, BOUND).await;
    b.store.end_session(ends(&session)).await.unwrap();
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
    assert_eq!(waiting(b, &[]).await, [web()]);
    // Nobody's row goes before it was looked at, neither by a sweep nor by the user's next login.
    b.store.sweep(1000).await.unwrap();
    let fresh = many(b, &user, 1).await;
    spread(b).await;
    let first = tell(b).await;
    assert!((256..320).contains(&first.len()), "{}", first.len());
    spread(b).await;
    let mut sessions = [first, tell(b).await].concat();
    sessions.sort();
    assert_eq!(sessions, expected, "each once, and nothing that lives");
    assert_eq!(waiting(b, &[]).await, []);
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
    assert_eq!(waiting(b, &[]).await, []);
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

pub async fn a_notice_stays_until_it_was_told(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    ended(b, &user).await;
    ended(b, &user).await;
    let [first, second] = due(b).await.try_into().unwrap();
    let later = b.now() + Span::from_secs(5);
    let again = NoticeStep::Again { due_at: later };
    let other: ClientId = "other".parse().unwrap();
    assert_eq!(
        b.store.due_notices(&web(), 1).await.unwrap(),
        std::slice::from_ref(&first)
    );
    assert_eq!(b.store.due_notices(&other, 9).await.unwrap(), []);
    assert_eq!(waiting(b, std::slice::from_ref(&other)).await, [web()]);
    assert_eq!(waiting(b, &[web()]).await, []);
    step(b, first.number, again).await;
    assert_eq!(due(b).await, std::slice::from_ref(&second));
    let failing = b.store.failing_notices(10).await.unwrap();
    assert_eq!(
        (failing.len(), failing[0].number, failing[0].tries),
        (1, first.number, 1)
    );
    b.clock.advance(Span::from_secs(5));
    let due_now: Vec<u64> = due(b).await.into_iter().map(|n| n.number).collect();
    assert_eq!(due_now, [second.number, first.number], "longest due first");
}

pub async fn a_notice_is_over_once_and_its_number_is_not_used_again(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    ended(b, &user).await;
    ended(b, &user).await;
    let [first, second] = due(b).await.try_into().unwrap();
    let again = NoticeStep::Again { due_at: b.now() };
    step(b, second.number, NoticeStep::Done).await;
    let before = b.events().await.len();
    step(b, first.number, NoticeStep::GivenUp).await;
    assert_eq!(b.kinds(before).await, ["logout.untold"]);
    assert_eq!(due(b).await, []);
    // Told twice over: the second answer finds nothing.
    step(b, first.number, NoticeStep::GivenUp).await;
    step(b, second.number, again).await;
    assert_eq!((due(b).await, b.events().await.len()), (vec![], before + 1));
    ended(b, &user).await;
    assert_eq!(due(b).await[0].number, 3, "no number is used twice");
}

pub async fn a_removed_clients_notices_can_still_be_read(b: &Bench) {
    told(b).await;
    let user = b.user("ada").await;
    ended(b, &user).await;
    let id: ClientId = "web".parse().unwrap();
    b.store.remove_client(&id, Actor::new("cli")).await.unwrap();
    assert_eq!(due(b).await.len(), 1);
}
