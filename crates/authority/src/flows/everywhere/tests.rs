//! Disabling a user, as whoever holds something of theirs; enabling brings none of it back.

use std::sync::Arc;

use domain::Digest;
use domain::code::IssuedHostCode;
use store::intent::{Disabling, HostCodeRedemption, RedeemHostCode};
use zeroize::Zeroizing;

use super::*;
use crate::flows::login::{Login, LoginRequest, login};
use crate::flows::oauth::fixture::{Stage, redeem};
use crate::flows::session::{Presence, current};
use crate::testing::PASSWORD;

fn request(device: Option<&str>) -> LoginRequest {
    LoginRequest {
        username: "ada".to_owned(),
        password: Zeroizing::new(PASSWORD.to_owned()),
        address: None,
        origin: domain::session::Origin::default(),
        presented: None,
        device: device.map(str::to_owned),
    }
}

async fn host_code(stage: &Stage, n: u8) -> RedeemHostCode {
    let digest = Digest::of(&[n]);
    let issued = IssuedHostCode {
        digest,
        session: stage.session.id,
        generation: 1,
        host: "app.example".parse().unwrap(),
        challenge: Digest::of(b"challenge"),
        expires_at: stage.authority.clock.now() + domain::Span::from_mins(1),
    };
    stage.authority.store.issue_host_code(issued).await.unwrap();
    RedeemHostCode {
        digest,
        host: "app.example".parse().unwrap(),
        challenge: Digest::of(b"challenge"),
        secret: Digest::of(b"secret"),
    }
}

/// A login whose password is being looked at.
async fn login_under_way(authority: &Arc<Authority>) -> tokio::task::JoinHandle<Login> {
    let room = authority.passwords.room();
    let racing = Arc::clone(authority);
    let under_way = tokio::spawn(async move { login(&racing, request(None)).await.unwrap() });
    while authority.passwords.room() == room {
        tokio::task::yield_now().await;
    }
    under_way
}

#[tokio::test]
async fn a_disabled_users_credentials_are_dead_at_once_and_stay_dead() {
    let stage = Stage::new().await;
    let authority = &stage.authority;
    // Past the margin that a new authority waits for before it promises enforcement.
    stage.clock.advance(domain::Span::from_ms(10));
    let Subject::User(id) = stage.session.subject else {
        panic!("a user")
    };
    let Login::SignedIn(signed) = login(authority, request(None)).await.unwrap() else {
        panic!("signed in")
    };
    let tokens = stage.tokens("web", "&scope=read+offline_access").await;
    let code = stage.code("web", "").await;
    let joining = host_code(&stage, 1).await;
    let joined = authority
        .store
        .redeem_host_code(host_code(&stage, 2).await)
        .await
        .unwrap();
    assert!(matches!(joined, HostCodeRedemption::Joined { .. }), "{joined:?}");
    assert!(stage.lives(&tokens.access.text).await);
    let held = authority.passwords.hold().await;
    let under_way = login_under_way(authority).await;

    let disabled = authority
        .store
        .disable_user(id, Actor::new("admin:start"))
        .await
        .unwrap();
    let Disabling::Done(seq) = disabled else {
        panic!("{disabled:?}")
    };
    let receipt = authority
        .revoker
        .receipt(seq, Level::Enforced, authority.clock.boot())
        .await;
    assert_eq!((receipt.seq, receipt.level), (seq, Level::Enforced));
    drop(held);
    let under_way = under_way.await.unwrap();
    assert!(matches!(under_way, Login::Refused), "{under_way:?}");

    for enabled in [false, true] {
        if enabled {
            authority
                .store
                .enable_user(id, Actor::new("admin:start"))
                .await
                .unwrap();
        }
        let here = current(authority, Some(&signed.cookie)).await.unwrap();
        assert!(
            matches!(here, Presence::Invalid(domain::Reason::Revoked)),
            "{here:?}"
        );
        assert!(!stage.lives(&tokens.access.text).await, "the access token");
        let refresh = tokens.refresh_token.clone().unwrap();
        assert!(stage.refresh("web", &refresh).await.is_err(), "the refresh token");
        assert!(stage.token("web", &redeem(&code)).await.is_err(), "the code");
        let host = authority.store.redeem_host_code(joining.clone()).await.unwrap();
        assert!(
            !matches!(host, HostCodeRedemption::Joined { .. }),
            "the host code: {host:?}"
        );
        let user = authority.store.user(id).await.unwrap();
        let known = crate::flows::device::known(authority, user.as_ref(), signed.device.as_deref()).await;
        assert_eq!(known.unwrap(), None, "the device cookie");
    }
    let again = login(authority, request(None)).await.unwrap();
    assert!(
        matches!(again, Login::SignedIn(_)),
        "a new login of an enabled user: {again:?}"
    );
}
