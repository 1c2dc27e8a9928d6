//! A session's life after login.

use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::revocation::Target;
use domain::session::Session;
use domain::{Assurance, Span};

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::intent::{Actor, ChangePassword, EndSession, Ending, RenewSecret, Renewal, Rotation};

fn renewal(b: &Bench, session: &Session) -> RenewSecret {
    RenewSecret {
        session: session.id,
        generation: session.generation,
        secret: b.digest(),
        authenticated: None,
        credential_version: None,
        idle: None,
        cause: "privilege",
    }
}

pub(super) fn ending(session: &Session, offline_too: bool) -> EndSession {
    EndSession {
        session: session.id,
        offline_too,
        cause: "logout",
        actor: Actor::new(&session.subject.to_string()),
    }
}

pub(super) async fn row(b: &Bench, id: Id<SessionKind>) -> Session {
    let found = b.store.session(id, &Purpose::Authority).await;
    found.unwrap().unwrap().0
}

async fn renewal_refused(b: &Bench, intent: RenewSecret, with: Renewal) {
    let before = b.mark().await;
    assert_eq!(b.store.renew_secret(intent).await, Ok(with));
    assert_eq!(b.mark().await, before);
}

pub async fn a_new_secret_kills_every_older_cookie(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let host = super::host_codes::join(b, &session, "app.example").await;
    let intent = renewal(b, &session);
    let secret = intent.secret;
    let skip = b.events().await.len();
    let outcome = b.store.renew_secret(intent).await.unwrap();
    let renewed = Renewal::Renewed {
        generation: 2,
        seq: b.head().await,
    };
    assert_eq!(outcome, renewed);
    assert_eq!(b.kinds(skip).await, ["session.secret_renewed"]);
    let (now, face) = b
        .store
        .session(session.id, &Purpose::Authority)
        .await
        .unwrap()
        .unwrap();
    let face = face.unwrap();
    assert_eq!(
        (now.generation, face.generation, face.digest, face.previous),
        (2, 2, secret, None)
    );
    let at_host = b.store.session(session.id, &host).await.unwrap().unwrap();
    assert_eq!(at_host.1, None, "the application host must join again");
    assert!(b.store.is_revoked(session.position()).await.unwrap());
    assert!(!b.store.is_revoked(now.position()).await.unwrap());
    // Nothing else of the record moved.
    let unchanged = Session { generation: 1, ..now };
    assert_eq!(unchanged, session);
}

pub async fn a_step_up_changes_what_it_was_given(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    b.clock.advance(Span::from_mins(10));
    let methods = vec!["pwd".to_owned(), "otp".to_owned()];
    let intent = RenewSecret {
        authenticated: Some((Assurance::Aal2, methods.clone(), b.now() + Span::from_hours(1))),
        credential_version: Some(1),
        idle: Some(Span::from_mins(30)),
        ..renewal(b, &session)
    };
    b.store.renew_secret(intent).await.unwrap();
    let now = row(b, session.id).await;
    assert_eq!((now.assurance, now.amr), (Assurance::Aal2, methods));
    assert_eq!((now.authenticated_at, now.active_at), (b.now(), b.now()));
    assert_eq!(
        (now.idle, now.expires_at),
        (Span::from_mins(30), session.expires_at)
    );
}

pub async fn renewals_are_refused_without_a_trace(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let mut unknown = renewal(b, &session);
    unknown.session = b.id();
    renewal_refused(b, unknown, Renewal::Unknown).await;
    let mut outdated = renewal(b, &session);
    outdated.generation = 2;
    renewal_refused(b, outdated, Renewal::Outdated).await;
    let mut other_credential = renewal(b, &session);
    other_credential.credential_version = Some(2);
    renewal_refused(b, other_credential, Renewal::Revoked).await;
    let mut unnamed_credential = renewal(b, &session);
    unnamed_credential.authenticated = Some((Assurance::Aal2, vec![], b.now()));
    renewal_refused(b, unnamed_credential, Renewal::Revoked).await;
    b.clock.advance(Span::from_hours(1));
    renewal_refused(b, renewal(b, &session), Renewal::Expired).await;
    let revoked = b.signed_in(&user).await;
    b.revoke(Target::Session(revoked.id)).await;
    renewal_refused(b, renewal(b, &revoked), Renewal::Revoked).await;
}

pub async fn a_step_up_with_the_old_password_cannot_finish(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let mut step_up = renewal(b, &session);
    step_up.authenticated = Some((Assurance::Aal1, vec!["pwd".to_owned()], b.now()));
    step_up.credential_version = Some(1);
    let change = ChangePassword {
        user: user.id,
        password: "$argon2id$new".to_owned(),
        credential_version: 1,
        must_change: false,
        keep: Some((session.id, b.digest())),
        actor: Actor::new("cli"),
    };
    b.store.change_password(change).await.unwrap();
    step_up.generation = 2;
    renewal_refused(b, step_up.clone(), Renewal::Revoked).await;
    step_up.credential_version = Some(2);
    let outcome = b.store.renew_secret(step_up).await.unwrap();
    assert!(matches!(outcome, Renewal::Renewed { generation: 3, .. }));
}

pub async fn logging_out_ends_the_session_and_its_bound_grants(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let (bound, offline) = (
        b.granted(&session, BOUND).await,
        b.granted(&session, OFFLINE).await,
    );
    let skip = b.events().await.len();
    let outcome = b.store.end_session(ending(&session, false)).await;
    assert_eq!(outcome, Ok(Ending::Ended(b.head().await)));
    assert_eq!(b.kinds(skip).await, ["session.ended"]);
    assert!(!b.lives(&session).await);
    assert_eq!(b.refresh(&bound.token).await.0, Rotation::Revoked);
    assert!(b.rotates(&offline.token).await);
    let before = b.mark().await;
    assert_eq!(
        b.store.end_session(ending(&session, false)).await,
        Ok(Ending::Unknown)
    );
    let stranger = EndSession {
        session: b.id(),
        ..ending(&session, true)
    };
    assert_eq!(b.store.end_session(stranger).await, Ok(Ending::Unknown));
    assert_eq!(b.mark().await, before);
}

pub async fn signing_out_everywhere_ends_offline_grants_too(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let offline = b.granted(&session, OFFLINE).await;
    let outcome = b.store.end_session(ending(&session, true)).await;
    assert_eq!(outcome, Ok(Ending::Ended(b.head().await)));
    assert_eq!(b.refresh(&offline.token).await.0, Rotation::Revoked);
    // Also where the session itself was over before.
    let session = b.signed_in(&b.user("bob").await).await;
    let offline = b.granted(&session, OFFLINE).await;
    b.store.end_session(ending(&session, false)).await.unwrap();
    let outcome = b.store.end_session(ending(&session, true)).await;
    assert_eq!(outcome, Ok(Ending::Ended(b.head().await)));
    assert_eq!(b.refresh(&offline.token).await.0, Rotation::Revoked);
    let again = b.store.end_session(ending(&session, true)).await;
    assert_eq!(again, Ok(Ending::Unknown));
    // And where there is nothing beyond the session.
    let session = b.signed_in(&b.user("cy").await).await;
    let outcome = b.store.end_session(ending(&session, true)).await;
    assert_eq!(outcome, Ok(Ending::Ended(b.head().await)));
}

pub async fn a_session_without_a_living_secret_still_ends(b: &Bench) {
    // Class `session_secret` kills cookies; the session's grants run on until the session itself ends.
    let user = b.user("ada").await;
    for by in 0..3 {
        let session = b.signed_in(&user).await;
        let held = b.granted(&session, BOUND).await;
        b.revoke(Target::SessionSecret(session.id, 9)).await;
        let whole = domain::revocation::Position {
            generation: None,
            ..session.position()
        };
        assert!(!b.store.is_revoked(whole.clone()).await.unwrap());
        match by {
            0 => _ = b.store.end_session(ending(&session, false)).await.unwrap(),
            1 => {
                let (_, second) = b.refresh(&held.token).await;
                b.refresh(&second).await;
                b.refresh(&held.token).await;
            }
            _ => {
                let mut login = b.login(&user, b.head().await);
                login.replaces = Some(session.id);
                b.store.create_session(login).await.unwrap();
            }
        }
        assert!(b.store.is_revoked(whole).await.unwrap(), "{by}");
    }
}

pub async fn an_administrators_ending_names_them(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let skip = b.events().await.len();
    let intent = EndSession {
        cause: "admin",
        actor: Actor::new("user:root"),
        ..ending(&session, false)
    };
    b.store.end_session(intent).await.unwrap();
    assert_eq!(b.kinds(skip).await, ["revocation.committed", "session.ended"]);
    assert!(b.events().await[skip].body.contains("user:root"));
}

pub async fn an_idle_session_can_be_ended_an_expired_one_is_over(b: &Bench) {
    let user = b.user("ada").await;
    let (idle, expired) = (b.signed_in(&user).await, b.signed_in(&user).await);
    b.clock.advance(idle.idle);
    let outcome = b.store.end_session(ending(&idle, false)).await;
    assert_eq!(outcome, Ok(Ending::Ended(b.head().await)));
    b.clock.advance(expired.expires_at.since(b.now()));
    let before = b.mark().await;
    let outcome = b.store.end_session(ending(&expired, false)).await;
    assert_eq!(outcome, Ok(Ending::Unknown));
    assert_eq!(b.mark().await, before);
}
