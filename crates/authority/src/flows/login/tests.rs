use std::sync::Arc;

use domain::revocation::Target;
use store::intent::{Actor, ChangePassword, PasswordChange, Revoke};

use super::*;
use crate::testing::{PASSWORD, add_user, authority};

fn request(name: &str, presented: Option<String>) -> LoginRequest {
    LoginRequest {
        username: name.to_owned(),
        password: Zeroizing::new(PASSWORD.to_owned()),
        address: None,
        origin: Origin::default(),
        presented,
        device: None,
    }
}

fn evidence(user: &User, rs: Seq) -> Evidence {
    Evidence {
        user: user.clone(),
        rs,
        origin: Origin::default(),
        place: None,
        device: None,
        rehashed: None,
    }
}

async fn lives(authority: &Authority, signed: &Signed) -> bool {
    matches!(
        current(authority, Some(&signed.cookie)).await.unwrap(),
        Presence::Live(_)
    )
}

async fn revoke(authority: &Authority, target: Target) {
    let intent = Revoke {
        targets: vec![target],
        reason: "test".into(),
        actor: Actor::system(),
        receipt: None,
    };
    authority.store.revoke(intent).await.unwrap();
}

/// Whatever the order, a login that was under way when the revocation was committed leaves nothing that lives; one
/// that begins after it always lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_races_a_revocation_never_lives_and_a_later_one_always_does() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let mut overtaken = 0;
    for round in 0..200u32 {
        let target = if round % 2 == 0 {
            Target::Subject(Subject::User(user.id))
        } else {
            Target::All
        };
        let racing = Arc::clone(&authority);
        let (began, wait) = tokio::sync::oneshot::channel();
        let login = tokio::spawn(async move {
            let rs_before = racing.store.head().await.unwrap().seq;
            began.send(()).unwrap();
            let outcome = super::login(&racing, request("ada", None)).await.unwrap();
            (rs_before, outcome)
        });
        wait.await.unwrap();
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
        revoke(&authority, target).await;
        let committed = authority.store.head().await.unwrap().seq;
        match login.await.unwrap().1 {
            Login::SignedIn(signed) => {
                let Presence::Live(live) = current(&authority, Some(&signed.cookie)).await.unwrap() else {
                    overtaken += 1;
                    continue;
                };
                // Alive only if its evidence was first looked at after the commit.
                assert!(live.session().rs >= committed, "round {round}");
            }
            Login::Overtaken => overtaken += 1,
            other => panic!("round {round}: {other:?}"),
        }
        let Login::SignedIn(later) = super::login(&authority, request("ada", None)).await.unwrap() else {
            panic!("a later login is not affected");
        };
        assert!(lives(&authority, &later).await, "round {round}");
    }
    assert!(overtaken > 0, "no round raced");
}

/// The evidence is looked at between two steps that the test holds apart: revocation in the middle.
#[tokio::test]
async fn a_revocation_between_evidence_and_session_wins() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let rs = authority.store.head().await.unwrap().seq;
    let session = session_of(&authority, &evidence(&user, rs));
    revoke(&authority, Target::Subject(Subject::User(user.id))).await;
    let outcome = create(&authority, evidence(&user, rs), session.clone(), None)
        .await
        .unwrap();
    assert!(matches!(outcome, Login::Overtaken));
    let rs = authority.store.head().await.unwrap().seq;
    let session = Session { rs, ..session };
    let outcome = create(&authority, evidence(&user, rs), session, None)
        .await
        .unwrap();
    assert!(matches!(outcome, Login::SignedIn(_)));
}

#[tokio::test]
async fn the_old_password_cannot_finish_after_the_change() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let rs = authority.store.head().await.unwrap().seq;
    let session = session_of(&authority, &evidence(&user, rs));
    let change = ChangePassword {
        user: user.id,
        password: user.password.clone().unwrap(),
        credential_version: user.credential_version,
        must_change: false,
        keep: None,
        actor: Actor::system(),
    };
    let changed = authority.store.change_password(change).await.unwrap();
    assert!(matches!(changed, PasswordChange::Changed { .. }));
    let outcome = create(&authority, evidence(&user, rs), session, None)
        .await
        .unwrap();
    assert!(matches!(outcome, Login::Refused));
}

#[tokio::test]
async fn a_cookie_that_is_dead_ends_no_session() {
    let (authority, _) = authority().await;
    add_user(&authority, "ada").await;
    let Login::SignedIn(first) = super::login(&authority, request("ada", None)).await.unwrap() else {
        panic!("signed in");
    };
    // The same session id under a secret that was never its own.
    let payload = domain::cookie::SealedPayload {
        session: first.view.session,
        secret: Secret::from_bytes([7; 32]),
        generation: 1,
    };
    let forged = authority
        .keys
        .seal(&payload, &domain::cookie::Purpose::Authority)
        .unwrap();
    super::login(&authority, request("ada", Some(forged)))
        .await
        .unwrap();
    assert!(lives(&authority, &first).await);
    let replaced = super::login(&authority, request("ada", Some(first.cookie.clone())))
        .await
        .unwrap();
    assert!(matches!(replaced, Login::SignedIn(_)));
    assert!(!lives(&authority, &first).await);
}

/// The revocation is committed while the login's evidence is fetched and not yet judged: `rs` is older, always.
#[tokio::test]
async fn a_revocation_while_the_password_is_examined_always_wins() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let room = authority.passwords.room();
    for round in 0..200u32 {
        let held = authority.passwords.hold().await;
        let racing = Arc::clone(&authority);
        let login = tokio::spawn(async move { super::login(&racing, request("ada", None)).await.unwrap() });
        while authority.passwords.room() == room {
            tokio::task::yield_now().await;
        }
        let target = if round % 2 == 0 {
            Target::Subject(Subject::User(user.id))
        } else {
            Target::All
        };
        revoke(&authority, target).await;
        drop(held);
        assert!(matches!(login.await.unwrap(), Login::Overtaken), "round {round}");
        let later = super::login(&authority, request("ada", None)).await.unwrap();
        let Login::SignedIn(later) = later else {
            panic!("round {round}: {later:?}");
        };
        assert!(lives(&authority, &later).await, "round {round}");
    }
}

/// Names that do not exist, cannot sign in or have no password cost the same hash as those that do.
#[tokio::test]
async fn every_attempt_costs_a_hash() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let mut none = add_user(&authority, "eve").await;
    authority
        .store
        .disable_user(none.id, Actor::system())
        .await
        .unwrap();
    (none.id, none.name, none.password) = (domain::Id::from_bytes([3; 16]), "nopass".into(), None);
    let intent = store::intent::AddUser {
        user: none,
        actor: Actor::system(),
    };
    authority.store.add_user(intent).await.unwrap();
    let room = authority.passwords.room();
    for name in [user.name.as_str(), "eve", "nopass", "nobody", ""] {
        let held = authority.passwords.hold().await;
        let racing = Arc::clone(&authority);
        let request = request(name, None);
        let login = tokio::spawn(async move { super::login(&racing, request).await.unwrap() });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            authority.passwords.room(),
            room - 1,
            "{name}: waits for a place to hash"
        );
        drop(held);
        let signed_in = matches!(login.await.unwrap(), Login::SignedIn(_));
        assert_eq!(signed_in, name == "ada");
    }
}

#[tokio::test]
async fn no_cookie_password_or_token_is_in_any_debug_text() {
    let (authority, _) = authority().await;
    add_user(&authority, "ada").await;
    let Login::SignedIn(signed) = super::login(&authority, request("ada", None)).await.unwrap() else {
        panic!("signed in");
    };
    let again = request("ada", Some(signed.cookie.clone()));
    let shown = format!("{signed:?} {:?} {again:?}", signed.view);
    for secret in [signed.cookie.as_str(), &signed.view.csrf_token, PASSWORD] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains(&signed.view.session.to_string()));
}

#[tokio::test]
async fn a_refused_login_is_counted_by_network_and_keeps_no_name() {
    let (authority, _) = authority().await;
    for _ in 0..3 {
        let mut request = request("nobody-of-that-name", None);
        request.address = Some("203.0.113.7".parse().unwrap());
        assert!(matches!(
            super::login(&authority, request).await.unwrap(),
            Login::Refused
        ));
    }
    let counted = authority.refusals.list();
    let row = counted
        .iter()
        .find(|row| row.reason == "invalid_credentials")
        .unwrap();
    assert_eq!(
        (row.place.as_str(), row.network.as_str(), row.count),
        ("login", "203.0.113.0/24", 3)
    );
    assert!(!format!("{counted:?}").contains("nobody-of-that-name"));
}
