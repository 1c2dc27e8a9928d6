//! Wrong passwords in a row.

use std::sync::Arc;

use domain::Span;
use domain::lockout::{Account, LockoutTerms, Place, Unknown};
use domain::user::User;

use super::Bench;
use crate::intent::{
    Actor, AttemptCount, ChangePassword, CountAttempt, CreateSession, Disabling, PasswordChange, RenewSecret,
    SessionCreation,
};

const TERMS: LockoutTerms = LockoutTerms {
    after: 10,
    after_known: 6,
};
/// Longer than any wait.
const LATER: Span = Span::from_mins(6);

async fn attempt(b: &Bench, account: Account, place: Place) -> AttemptCount {
    let intent = CountAttempt {
        account,
        place,
        terms: TERMS,
    };
    b.store.count_attempt(intent).await.unwrap()
}

/// As many failures as are heard, each after its wait.
async fn exhaust(b: &Bench, account: Account, place: Place) -> u32 {
    let mut heard = 0;
    while attempt(b, account, place).await == AttemptCount::Heard(place) {
        heard += 1;
        b.clock.advance(LATER);
    }
    heard
}

fn succeeding(b: &Bench, user: &User, counted: Place, login: CreateSession) -> CreateSession {
    let mut session = login.session;
    (session.authenticated_at, session.created_at, session.active_at) = (b.now(), b.now(), b.now());
    session.expires_at = b.now() + Span::from_hours(24);
    CreateSession {
        counted: Some(counted),
        credential_version: Some(user.credential_version),
        session,
        ..login
    }
}

async fn succeeds(b: &Bench, user: &User, counted: Place) {
    let login = b.login(user, b.head().await);
    let intent = succeeding(b, user, counted, login);
    b.store.create_session(intent).await.unwrap();
}

pub async fn attempts_wait_longer_and_longer_and_then_are_not_heard(b: &Bench) {
    let user = b.user("ada").await;
    for account in [Account::User(user.id), Account::Nobody(Unknown::of(7))] {
        let skip = b.events().await.len();
        for _ in 0..5 {
            assert_eq!(
                attempt(b, account, Place::Elsewhere).await,
                AttemptCount::Heard(Place::Elsewhere)
            );
        }
        let waits = attempt(b, account, Place::Elsewhere).await;
        assert_eq!(waits, AttemptCount::Waiting(Span::from_secs(1)));
        b.clock.advance(LATER);
        assert_eq!(exhaust(b, account, Place::Elsewhere).await, TERMS.after - 5);
        b.clock.advance(Span::from_days(400));
        assert_eq!(attempt(b, account, Place::Elsewhere).await, AttemptCount::Locked);
        let told = match account {
            Account::User(_) => vec!["user.lockout_begun"],
            Account::Nobody(_) => vec![],
        };
        assert_eq!(b.kinds(skip).await, told, "told once, and of users alone");
    }
    let kept = b.store.failures(user.id).await.unwrap();
    assert_eq!(kept.count, TERMS.after);
    assert!(kept.locked_at.is_some());
}

pub async fn a_right_password_is_no_failure_even_where_the_cap_refuses(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..3 {
        attempt(b, Account::User(user.id), Place::Elsewhere).await;
    }
    let intent = CreateSession {
        cap: 0,
        ..succeeding(b, &user, Place::Elsewhere, b.login(&user, b.head().await))
    };
    let outcome = b.store.create_session(intent).await.unwrap();
    assert_eq!(outcome, SessionCreation::CapReached);
    assert_eq!(b.store.failures(user.id).await.unwrap().count, 0);
}

pub async fn a_known_browser_is_heard_while_the_account_is_locked(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    exhaust(b, account, Place::Elsewhere).await;
    let known = Place::Known(b.id());
    assert_eq!(attempt(b, account, known).await, AttemptCount::Heard(known));
    let within = Place::Within(b.id());
    assert_eq!(attempt(b, account, within).await, AttemptCount::Heard(within));
    let skip = b.events().await.len();
    succeeds(b, &user, known).await;
    let kinds = ["user.lockout_ended", "user.password_failures", "session.created"];
    assert_eq!(b.kinds(skip).await, kinds);
    assert!(b.events().await[skip + 1].body.contains(r#""failures":10"#));
    let open = attempt(b, account, Place::Elsewhere).await;
    assert_eq!(open, AttemptCount::Heard(Place::Elsewhere));
}

pub async fn a_stolen_device_is_heard_a_few_times_only(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    let stolen = Place::Known(b.id());
    assert_eq!(exhaust(b, account, stolen).await, TERMS.after_known);
    // From then on it counts as unknown, and another browser of the user is not affected.
    let elsewhere = attempt(b, account, stolen).await;
    assert!(
        matches!(
            elsewhere,
            AttemptCount::Heard(Place::Elsewhere) | AttemptCount::Waiting(_)
        ),
        "{elsewhere:?}"
    );
    let other = Place::Known(b.id());
    assert_eq!(attempt(b, account, other).await, AttemptCount::Heard(other));
}

pub async fn a_stolen_session_opens_no_other_way_to_guess(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    let session = b.signed_in(&user).await;
    let within = Place::Within(session.id);
    assert_eq!(exhaust(b, account, within).await, TERMS.after_known);
    assert_eq!(attempt(b, account, within).await, AttemptCount::Locked);
    assert_eq!(
        b.store.failures(user.id).await.unwrap().count,
        0,
        "nothing was counted elsewhere"
    );
}

pub async fn a_step_up_forgets_the_failures_of_its_session(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    let session = b.signed_in(&user).await;
    let within = Place::Within(session.id);
    for _ in 0..3 {
        attempt(b, account, within).await;
    }
    attempt(b, account, Place::Elsewhere).await;
    let intent = RenewSecret {
        session: session.id,
        generation: 1,
        secret: b.digest(),
        authenticated: Some((session.assurance, session.amr.clone(), b.now())),
        credential_version: Some(user.credential_version),
        idle: None,
        cause: "step_up",
    };
    b.store.renew_secret(intent).await.unwrap();
    b.clock.advance(LATER);
    assert_eq!(exhaust(b, account, within).await, TERMS.after_known);
    assert_eq!(b.store.failures(user.id).await.unwrap().count, 1);
}

pub async fn places_are_bounded(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    for _ in 0..64 {
        let known = Place::Known(b.id());
        assert_eq!(attempt(b, account, known).await, AttemptCount::Heard(known));
    }
    let one_more = attempt(b, account, Place::Known(b.id())).await;
    assert_eq!(one_more, AttemptCount::Heard(Place::Elsewhere));
    b.clock.advance(Span::from_days(92));
    b.store.sweep(1000).await.unwrap();
    let known = Place::Known(b.id());
    assert_eq!(attempt(b, account, known).await, AttemptCount::Heard(known));
    assert_eq!(
        b.store.failures(user.id).await.unwrap().count,
        1,
        "a sweep leaves these"
    );
}

pub async fn racing_attempts_do_not_exceed_the_bound(b: &Bench) {
    let user = b.user("ada").await;
    let terms = LockoutTerms {
        after: 4,
        after_known: 4,
    };
    for place in [Place::Elsewhere, Place::Within(b.id())] {
        let mut racing = Vec::new();
        for _ in 0..32 {
            let store = Arc::clone(&b.store);
            let intent = CountAttempt {
                account: Account::User(user.id),
                place,
                terms,
            };
            racing.push(tokio::spawn(
                async move { store.count_attempt(intent).await.unwrap() },
            ));
        }
        let mut heard = 0;
        for one in racing {
            heard += u32::from(matches!(one.await.unwrap(), AttemptCount::Heard(_)));
        }
        assert_eq!(heard, 4, "{place:?}");
    }
}

pub async fn an_administrator_unlocks_and_others_cannot(b: &Bench) {
    let (user, actor) = (b.user("ada").await, Actor::new("cli"));
    let account = Account::User(user.id);
    let unlock = |id| b.store.unlock_user(id, actor.clone());
    assert_eq!(unlock(b.id()).await, Ok(Disabling::Unknown));
    assert_eq!(unlock(user.id).await, Ok(Disabling::Unchanged));
    exhaust(b, account, Place::Elsewhere).await;
    // Somebody else's success resets nothing.
    let bob = b.user("bob").await;
    succeeds(b, &bob, Place::Elsewhere).await;
    assert_eq!(attempt(b, account, Place::Elsewhere).await, AttemptCount::Locked);
    let skip = b.events().await.len();
    assert_eq!(unlock(user.id).await, Ok(Disabling::Done(b.head().await)));
    assert_eq!(b.kinds(skip).await, ["user.lockout_ended"]);
    assert_eq!(
        attempt(b, account, Place::Elsewhere).await,
        AttemptCount::Heard(Place::Elsewhere)
    );
}

pub async fn a_new_password_was_never_guessed_at(b: &Bench) {
    let user = b.user("ada").await;
    let account = Account::User(user.id);
    exhaust(b, account, Place::Elsewhere).await;
    let change = ChangePassword {
        user: user.id,
        password: "$argon2id$new".to_owned(),
        credential_version: user.credential_version,
        must_change: true,
        keep: None,
        actor: Actor::new("cli"),
    };
    let skip = b.events().await.len();
    let changed = b.store.change_password(change).await.unwrap();
    assert!(matches!(changed, PasswordChange::Changed { .. }));
    assert_eq!(
        b.kinds(skip).await,
        ["user.lockout_ended", "user.password_changed"]
    );
    assert_eq!(b.store.failures(user.id).await.unwrap().count, 0);
    let row = b.store.user(user.id).await.unwrap().unwrap();
    assert!(row.must_change_password);
}
