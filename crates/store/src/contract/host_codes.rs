//! One-time codes of application hosts.

use domain::Span;
use domain::code::IssuedHostCode;
use domain::cookie::Purpose;
use domain::revocation::Target;
use domain::session::Session;

use super::Bench;
use crate::intent::{HostCodeRedemption, RedeemHostCode, RenewSecret};

pub(super) fn pair(b: &Bench, session: &Session, host: &str) -> (IssuedHostCode, RedeemHostCode) {
    let code = IssuedHostCode {
        digest: b.digest(),
        session: session.id,
        generation: session.generation,
        host: host.parse().unwrap(),
        challenge: b.digest(),
        expires_at: b.now() + domain::code::CODE_LIFE,
    };
    let redeem = RedeemHostCode {
        digest: code.digest,
        host: code.host.clone(),
        challenge: code.challenge,
        secret: b.digest(),
    };
    (code, redeem)
}

/// Gives a host its own face of a session.
pub(super) async fn join(b: &Bench, session: &Session, host: &str) -> Purpose {
    let (code, redeem) = pair(b, session, host);
    b.store.issue_host_code(code).await.unwrap();
    let outcome = b.store.redeem_host_code(redeem).await.unwrap();
    assert!(
        matches!(outcome, HostCodeRedemption::Joined { .. }),
        "{outcome:?}"
    );
    Purpose::Application(host.parse().unwrap())
}

async fn refused(b: &Bench, redeem: RedeemHostCode, with: HostCodeRedemption) {
    let before = b.mark().await;
    assert_eq!(b.store.redeem_host_code(redeem).await, Ok(with));
    assert_eq!(b.mark().await, before);
}

pub async fn a_host_code_gives_a_face_once(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let (code, redeem) = pair(b, &session, "app.example");
    b.store.issue_host_code(code).await.unwrap();
    let skip = b.events().await.len();
    let outcome = b.store.redeem_host_code(redeem.clone()).await.unwrap();
    let HostCodeRedemption::Joined { session: found, face } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((*found, face.digest), (session.clone(), redeem.secret));
    let host = Purpose::Application("app.example".parse().unwrap());
    let kept = b.store.session(session.id, &host).await.unwrap().unwrap();
    assert_eq!(kept.1, Some(*face));
    assert_eq!(b.kinds(skip).await, ["session.host_joined"]);
    refused(b, redeem, HostCodeRedemption::Unknown).await;
}

pub async fn another_host_or_browser_spends_the_code(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    for wrong_host in [true, false] {
        let (code, redeem) = pair(b, &session, "app.example");
        b.store.issue_host_code(code).await.unwrap();
        let mut wrong = redeem.clone();
        if wrong_host {
            wrong.host = "evil.example".parse().unwrap();
        } else {
            wrong.challenge = b.digest();
        }
        refused(b, wrong, HostCodeRedemption::Mismatch).await;
        refused(b, redeem, HostCodeRedemption::Unknown).await;
    }
}

pub async fn a_host_code_ends_with_its_time_and_its_session(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let (code, redeem) = pair(b, &session, "app.example");
    b.store.issue_host_code(code).await.unwrap();
    b.clock.advance(domain::code::CODE_LIFE);
    refused(b, redeem, HostCodeRedemption::Expired).await;
    // The session's idle end, and a session that is not there.
    b.clock.advance(Span::from_hours(1));
    let (idle, redeem) = pair(b, &session, "app.example");
    b.store.issue_host_code(idle).await.unwrap();
    refused(b, redeem, HostCodeRedemption::Expired).await;
    let nobody = b.login(&user, b.head().await).session;
    let (code, redeem) = pair(b, &nobody, "app.example");
    b.store.issue_host_code(code).await.unwrap();
    refused(b, redeem, HostCodeRedemption::Expired).await;
}

pub async fn a_host_code_dies_with_its_session_and_its_secret(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let (code, redeem) = pair(b, &session, "app.example");
    b.store.issue_host_code(code).await.unwrap();
    b.revoke(Target::Session(session.id)).await;
    refused(b, redeem, HostCodeRedemption::Revoked).await;
    // A thief of an old cookie who asked for a code before the new secret gets nothing after it.
    let session = b.signed_in(&user).await;
    let (code, redeem) = pair(b, &session, "app.example");
    let (late, late_redeem) = pair(b, &session, "app.example");
    b.store.issue_host_code(code).await.unwrap();
    let renewal = RenewSecret {
        session: session.id,
        generation: 1,
        secret: b.digest(),
        authenticated: None,
        credential_version: None,
        idle: None,
        cause: "privilege",
    };
    b.store.renew_secret(renewal).await.unwrap();
    b.store.issue_host_code(late).await.unwrap();
    refused(b, redeem, HostCodeRedemption::Revoked).await;
    refused(b, late_redeem, HostCodeRedemption::Revoked).await;
    let renewed = Session {
        generation: 2,
        ..session
    };
    join(b, &renewed, "app.example").await;
}
