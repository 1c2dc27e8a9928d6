//! `authorization_code`, through the endpoint's flow.

use domain::Span;
use domain::client::{Client, GrantType};
use store::intent::{Actor, EndSession};

use crate::flows::oauth::fixture::{AUDIENCE, CALLBACK, Stage, VERIFIER, redeem};
use crate::flows::oauth::refusal::ErrorCode::{self, InvalidGrant, InvalidRequest};

const OTHER_VERIFIER: &str = "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test]
async fn a_code_is_good_for_its_client_redirect_and_verifier_only() {
    let stage = Stage::new().await;
    let code = stage.code("web", "").await;
    let good = redeem(&code);
    for (client, form, expected) in [
        ("other", good.clone(), InvalidGrant),
        ("spa", good.clone(), InvalidGrant),
        ("web", good.replace(VERIFIER, OTHER_VERIFIER), InvalidGrant),
        ("web", good.replace(CALLBACK, "http://127.0.0.1/cb"), InvalidGrant),
        (
            "web",
            good.replace(CALLBACK, "https://app.example/cb/"),
            InvalidGrant,
        ),
        ("web", good.replace(&code, "sy_ac_x"), InvalidGrant),
        ("web", good.replace(&format!("code={code}&"), ""), InvalidRequest),
        (
            "web",
            good.replace(&format!("&code_verifier={VERIFIER}"), ""),
            InvalidRequest,
        ),
        ("web", good.replace(VERIFIER, &VERIFIER[..42]), InvalidRequest),
        ("web", good.replace(VERIFIER, &"v".repeat(129)), InvalidRequest),
        (
            "web",
            good.replace(VERIFIER, &format!("{VERIFIER}%20")),
            InvalidRequest,
        ),
        (
            "web",
            good.replace(&format!("&redirect_uri={CALLBACK}"), ""),
            InvalidRequest,
        ),
    ] {
        assert_eq!(
            stage.token(client, &form).await.unwrap_err(),
            expected,
            "{client} {form}"
        );
    }
    let answer = stage.token("web", &good).await.unwrap();
    assert_eq!(answer.scope.as_deref(), Some("read write"));
    assert_eq!(stage.claims(&answer.access.text).aud.as_slice(), [AUDIENCE]);
    assert!(answer.refresh_token.is_some() && answer.id_token.is_none());
}

#[tokio::test]
async fn a_code_lives_for_sixty_seconds() {
    let stage = Stage::new().await;
    let (late, soon) = (stage.code("web", "").await, stage.code("web", "").await);
    stage.clock.advance(Span::from_secs(59));
    assert!(stage.token("web", &redeem(&soon)).await.is_ok());
    stage.clock.advance(Span::from_secs(2));
    assert_eq!(
        stage.token("web", &redeem(&late)).await.unwrap_err(),
        InvalidGrant
    );
}

#[tokio::test]
async fn a_second_valid_redemption_revokes_what_came_of_the_first() {
    let stage = Stage::new().await;
    let code = stage.code("web", "").await;
    let first = stage.token("web", &redeem(&code)).await.unwrap();
    assert!(stage.lives(&first.access.text).await);
    stage.clock.advance(Span::from_mins(2));
    assert_eq!(
        stage.token("web", &redeem(&code)).await.unwrap_err(),
        InvalidGrant
    );
    assert!(!stage.lives(&first.access.text).await);
    let refresh = first.refresh_token.unwrap();
    assert_eq!(stage.refresh("web", &refresh).await.unwrap_err(), InvalidGrant);
    let next = stage.tokens("web", "").await;
    assert!(stage.lives(&next.access.text).await, "the session itself goes on");
}

#[tokio::test]
async fn a_replay_that_is_not_the_clients_own_harms_nobody() {
    let stage = Stage::new().await;
    let code = stage.code("web", "").await;
    let first = stage.token("web", &redeem(&code)).await.unwrap();
    let good = redeem(&code);
    for (client, form) in [
        ("web", good.replace(VERIFIER, OTHER_VERIFIER)),
        ("web", good.replace(CALLBACK, "http://127.0.0.1/cb")),
        ("other", good.clone()),
    ] {
        assert_eq!(stage.token(client, &form).await.unwrap_err(), InvalidGrant);
    }
    assert!(stage.lives(&first.access.text).await);
    assert!(stage.refresh("web", &first.refresh_token.unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_code_dies_with_its_session() {
    let stage = Stage::new().await;
    let code = stage.code("web", "").await;
    let intent = EndSession {
        session: stage.session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    };
    stage.authority.store.end_session(intent).await.unwrap();
    assert_eq!(
        stage.token("web", &redeem(&code)).await.unwrap_err(),
        InvalidGrant
    );
}

#[tokio::test]
async fn resources_narrow_and_a_client_that_may_not_refresh_gets_no_refresh_token() {
    let change = |c: &mut Client| c.grants = [GrantType::AuthorizationCode].into();
    let stage = Stage::with(crate::testing::config(), change).await;
    let code = stage
        .code("web", "&resource=billing&resource=https://api.example")
        .await;
    let form = format!("{}&resource={AUDIENCE}", redeem(&code));
    let answer = stage.token("web", &form).await.unwrap();
    assert_eq!(stage.claims(&answer.access.text).aud.as_slice(), [AUDIENCE]);
    assert!(answer.refresh_token.is_none());
    let code = stage.code("web", "&resource=billing").await;
    let form = format!("{}&resource={AUDIENCE}", redeem(&code));
    assert_eq!(
        stage.token("web", &form).await.unwrap_err(),
        ErrorCode::InvalidTarget
    );
}

#[tokio::test]
async fn with_offline_access_no_token_names_the_session() {
    let stage = Stage::new().await;
    let bound = stage.claims(&stage.tokens("web", "&scope=read").await.access.text);
    assert_eq!(bound.sid, Some(stage.session.id));
    let offline = stage.claims(
        &stage
            .tokens("web", "&scope=read+offline_access")
            .await
            .access
            .text,
    );
    assert_eq!((offline.sid, offline.auth_time), (None, bound.auth_time));
}
