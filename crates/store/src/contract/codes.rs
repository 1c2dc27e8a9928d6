//! Authorization codes.

use domain::Span;
use domain::revocation::Target;
use domain::session::Session;

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::StoreError;
use crate::intent::{CodeRedemption, RedeemCode, RenewSecret, Rotation};

async fn refused(b: &Bench, intent: RedeemCode, with: CodeRedemption) {
    let before = b.mark().await;
    let grant = intent.grant.id;
    assert_eq!(b.store.redeem_code(intent).await, Ok(with));
    assert_eq!(b.store.grant(grant).await, Ok(None));
    assert_eq!(b.mark().await, before);
}

/// A code kept for a session, with what redeems it.
async fn issued(b: &Bench, session: &Session) -> RedeemCode {
    let (code, proof) = b.code(session, BOUND.scope);
    b.store.issue_code(code.clone()).await.unwrap();
    b.redemption(&code, proof, BOUND).0
}

pub async fn a_code_becomes_a_grant_that_inherits(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    b.revoke(Target::Session(b.id())).await;
    b.clock.advance(Span::from_secs(30));
    let (code, proof) = b.code(&session, BOUND.scope);
    b.store.issue_code(code.clone()).await.unwrap();
    let (intent, token) = b.redemption(&code, proof, BOUND);
    let skip = b.events().await.len();
    let outcome = b.store.redeem_code(intent.clone()).await.unwrap();
    let CodeRedemption::Redeemed {
        code: redeemed,
        grant,
        session: found,
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!((redeemed.nonce, redeemed.redeemed), (code.nonce, Some(grant.id)));
    assert_eq!(*found, session);
    assert_eq!(grant.rs, session.rs, "not the position of the redemption");
    assert_eq!(
        (&grant.subject, &grant.tenant, grant.device),
        (&session.subject, &session.tenant, session.device)
    );
    assert_eq!(
        (grant.session, grant.authenticated_at),
        (Some(session.id), session.authenticated_at)
    );
    assert_eq!(
        grant.expires_at, session.expires_at,
        "a bound grant never outlives its session"
    );
    assert_eq!(b.store.grant(grant.id).await, Ok(Some(((*grant).clone(), true))));
    let state = b.store.family_grant(token.family(), token.digest()).await;
    assert_eq!(state, Ok(Some(((*grant).clone(), true, true))));
    let other = b.store.family_grant(token.family(), b.digest()).await;
    assert_eq!(other, Ok(Some((*grant, true, false))));
    assert_eq!(b.kinds(skip).await, ["grant.created"]);
}

pub async fn an_offline_grant_outlives_its_session(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let held = b.granted(&session, OFFLINE).await;
    assert_eq!(held.grant.expires_at, b.now() + Span::from_days(30));
    assert_eq!(held.grant.session, Some(session.id));
    b.revoke(Target::Session(session.id)).await;
    let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
    assert!(lives);
}

pub async fn a_wrong_proof_leaves_the_code_to_its_owner(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let intent = issued(b, &session).await;
    let mut wrong = [intent.clone(), intent.clone(), intent.clone()];
    wrong[0].proof.client = "evil".parse().unwrap();
    wrong[1].proof.redirect_uri.push('/');
    wrong[2].proof.challenge = b.digest();
    for wrong in wrong {
        refused(b, wrong, CodeRedemption::Mismatch).await;
    }
    let mut unknown = intent.clone();
    unknown.digest = b.digest();
    refused(b, unknown, CodeRedemption::Unknown).await;
    let outcome = b.store.redeem_code(intent).await.unwrap();
    assert!(matches!(outcome, CodeRedemption::Redeemed { .. }));
}

pub async fn a_code_ends_with_its_time_and_its_session(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let intent = issued(b, &session).await;
    b.clock.advance(domain::code::CODE_LIFE);
    refused(b, intent, CodeRedemption::Expired).await;
    b.clock.advance(Span::from_secs(3_539));
    let intent = issued(b, &session).await;
    b.clock.advance(Span::from_secs(1));
    refused(b, intent, CodeRedemption::Expired).await;
    let gone = b.login(&user, b.head().await).session;
    let intent = issued(b, &gone).await;
    refused(b, intent, CodeRedemption::Expired).await;
}

pub async fn a_code_dies_with_all_that_it_came_from(b: &Bench) {
    let user = b.user("ada").await;
    let targets: [fn(&Session) -> Target; 6] = [
        |_| Target::All,
        |s| Target::Session(s.id),
        |s| Target::Subject(s.subject.clone()),
        |_| Target::Client("web".parse().unwrap()),
        |s| Target::Device(s.device.unwrap()),
        |s| Target::Tenant(s.tenant.clone().unwrap()),
    ];
    for target in targets {
        let session = b.signed_in(&user).await;
        let intent = issued(b, &session).await;
        b.revoke(target(&session)).await;
        refused(b, intent, CodeRedemption::Revoked).await;
    }
    // The session lives on, but the code came from a cookie that is dead.
    let session = b.signed_in(&user).await;
    let intent = issued(b, &session).await;
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
    refused(b, intent, CodeRedemption::Revoked).await;
}

pub async fn a_second_redemption_revokes_the_grant(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let (code, proof) = b.code(&session, BOUND.scope);
    b.store.issue_code(code.clone()).await.unwrap();
    let (first, token) = b.redemption(&code, proof.clone(), BOUND);
    b.store.redeem_code(first.clone()).await.unwrap();
    let bystander = b.granted(&session, BOUND).await;
    // A wrong proof accuses nobody.
    let mut wrong = b.redemption(&code, proof.clone(), BOUND).0;
    wrong.proof.challenge = b.digest();
    refused(b, wrong, CodeRedemption::Mismatch).await;
    // After the code's life it still counts.
    b.clock.advance(Span::from_mins(5));
    let skip = b.events().await.len();
    let second = b.redemption(&code, proof.clone(), BOUND).0;
    let outcome = b.store.redeem_code(second).await;
    let head = b.head().await;
    assert_eq!(outcome, Ok(CodeRedemption::Replayed(head)));
    assert_eq!(b.kinds(skip).await, ["token.code_replayed"]);
    let (_, lives) = b.store.grant(first.grant.id).await.unwrap().unwrap();
    assert!(!lives);
    assert_eq!(b.refresh(&token).await.0, Rotation::Revoked);
    assert!(b.rotates(&bystander.token).await);
    assert!(b.lives(&session).await, "the session is not the client's to lose");
    let third = b.redemption(&code, proof, BOUND).0;
    refused(b, third, CodeRedemption::Replayed(head)).await;
}

pub async fn a_failed_redemption_keeps_nothing(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let held = b.granted(&session, BOUND).await;
    let (code, proof) = b.code(&session, BOUND.scope);
    b.store.issue_code(code.clone()).await.unwrap();
    let good = b.redemption(&code, proof, BOUND).0;
    let before = b.mark().await;
    // The grant is written before the family is found to be another's: both must be undone.
    let mut bad = good.clone();
    bad.grant.refresh.as_mut().unwrap().family = held.family;
    let outcome = b.store.redeem_code(bad).await;
    assert!(matches!(outcome, Err(StoreError::Limit(_))), "{outcome:?}");
    assert_eq!(b.store.grant(good.grant.id).await, Ok(None));
    assert_eq!(b.mark().await, before);
    let mut taken = good.clone();
    taken.grant.id = held.grant.id;
    assert!(b.store.redeem_code(taken).await.is_err());
    assert!(b.store.issue_code(code).await.is_err(), "a code is issued once");
    assert!(b.rotates(&held.token).await);
    let outcome = b.store.redeem_code(good).await.unwrap();
    assert!(matches!(outcome, CodeRedemption::Redeemed { .. }));
}

pub async fn a_position_cannot_leave_out_its_client_or_session(b: &Bench) {
    let user = b.user("ada").await;
    for target in [
        |_: &Session| Target::Client("web".parse().unwrap()),
        |s: &Session| Target::Session(s.id),
    ] {
        let session = b.signed_in(&user).await;
        let (mut code, proof) = b.code(&session, BOUND.scope);
        (code.position.client, code.position.session) = (None, None);
        b.store.issue_code(code.clone()).await.unwrap();
        b.revoke(target(&session)).await;
        let intent = b.redemption(&code, proof, BOUND).0;
        refused(b, intent, CodeRedemption::Revoked).await;
    }
}
