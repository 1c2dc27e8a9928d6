//! Revocation and introspection, through their flows.

use domain::session::Origin;
use domain::{Id, Span};

use crate::flows::oauth::fixture::{AUDIENCE, Stage, credentials};
use crate::flows::oauth::introspect::{Introspection, introspect};
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure};
use crate::flows::oauth::revoke::revoke;

async fn give_back(stage: &Stage, client: &str, token: &str) {
    let params = Params::parse(&format!("{}&token={token}", credentials(client)));
    revoke(&stage.authority, &params, None, &Origin::default())
        .await
        .unwrap();
}

async fn look(stage: &Stage, client: &str, token: &str) -> Introspection {
    let params = Params::parse(&format!("{}&token={token}", credentials(client)));
    introspect(&stage.authority, &params, None, &Origin::default())
        .await
        .unwrap()
}

fn code(failure: Result<impl Sized, Failure>) -> ErrorCode {
    match failure {
        Err(Failure::Refused(refusal)) => refusal.code,
        _ => panic!("not refused"),
    }
}

#[tokio::test]
async fn either_token_revokes_the_grant() {
    let stage = Stage::new().await;
    for by_refresh in [true, false] {
        let issued = stage.tokens("web", "").await;
        let sibling = stage.tokens("web", "").await;
        let refresh = issued.refresh_token.unwrap().to_string();
        give_back(
            &stage,
            "web",
            if by_refresh { &refresh } else { &issued.access.text },
        )
        .await;
        assert!(!stage.lives(&issued.access.text).await);
        assert_eq!(
            stage.refresh("web", &refresh).await.unwrap_err(),
            ErrorCode::InvalidGrant
        );
        assert!(
            stage.lives(&sibling.access.text).await,
            "another grant of the same session goes on"
        );
    }
}

#[tokio::test]
async fn what_clients_give_back_pushes_out_no_receipt() {
    let stage = Stage::new().await;
    let before = stage.authority.store.head().await.unwrap().seq;
    let issued = stage.tokens("web", "").await;
    give_back(&stage, "web", &issued.access.text).await;
    assert!(stage.authority.store.head().await.unwrap().seq > before);
    assert_eq!(stage.authority.store.receipts(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_token_without_a_grant_dies_alone() {
    let stage = Stage::new().await;
    let one = stage
        .token("ci", "grant_type=client_credentials")
        .await
        .unwrap()
        .access
        .text;
    let two = stage
        .token("ci", "grant_type=client_credentials")
        .await
        .unwrap()
        .access
        .text;
    give_back(&stage, "ci", &one).await;
    assert!(!stage.lives(&one).await && stage.lives(&two).await);
}

/// Edges allow for clocks that differ: a token that is over here may still be good there.
#[tokio::test]
async fn a_token_is_given_back_for_as_long_as_any_edge_may_accept_it() {
    let stage = Stage::new().await;
    let machine = "grant_type=client_credentials";
    let token = stage.token("ci", machine).await.unwrap().access.text;
    stage.clock.advance(Span::from_mins(5) + Span::from_secs(3));
    assert!(!look(&stage, "ci", &token).await.active, "over, by our own clock");
    assert!(
        stage.lives(&token).await,
        "but an edge's leeway would let it pass"
    );
    give_back(&stage, "ci", &token).await;
    assert!(!stage.lives(&token).await);
}

#[tokio::test]
async fn only_the_own_client_revokes_and_nothing_is_told() {
    let stage = Stage::new().await;
    let issued = stage.tokens("web", "").await;
    let refresh = issued.refresh_token.unwrap().to_string();
    let head = stage.authority.store.head().await.unwrap().seq;
    for (client, token) in [
        ("other", refresh.as_str()),
        ("spa", &refresh),
        ("other", &issued.access.text),
        ("web", "garbage"),
        ("web", "sy_rt_garbage"),
        ("web", "e30.e30.AA"),
    ] {
        give_back(&stage, client, token).await;
        assert_eq!(
            stage.authority.store.head().await.unwrap().seq,
            head,
            "{client} {token}"
        );
    }
    assert!(stage.lives(&issued.access.text).await);
    give_back(&stage, "web", &refresh).await;
    give_back(&stage, "web", &refresh).await;
    let after = stage.authority.store.head().await.unwrap().seq;
    assert_eq!(Some(after), head.next(), "a second time writes nothing");
}

#[tokio::test]
async fn an_invented_token_that_names_a_real_family_revokes_nothing() {
    use domain::family::{LineageKey, RefreshToken};
    let stage = Stage::new().await;
    let issued = stage.tokens("spa", "").await;
    let real = RefreshToken::parse(&issued.refresh_token.unwrap()).unwrap();
    let entropy = stage.authority.entropy.as_ref();
    let invented = RefreshToken::generate(real.family(), 1, &LineageKey::generate(entropy), entropy);
    give_back(&stage, "spa", &invented.reveal()).await;
    assert_eq!(
        stage.refresh("spa", &invented.reveal()).await.unwrap_err(),
        ErrorCode::InvalidGrant
    );
    assert!(
        stage.lives(&issued.access.text).await,
        "nobody can accuse a family with an invented token"
    );
    assert!(stage.refresh("spa", &real.reveal()).await.is_ok());
}

#[tokio::test]
async fn a_token_used_up_is_still_its_clients_to_revoke() {
    let stage = Stage::new().await;
    let one = stage.tokens("web", "").await.refresh_token.unwrap().to_string();
    let next = stage.refresh("web", &one).await.unwrap();
    give_back(&stage, "web", &one).await;
    assert!(!stage.lives(&next.access.text).await);
}

#[tokio::test]
async fn introspection_answers_the_client_and_the_audience_alone() {
    let change = |c: &mut domain::client::Client| c.audiences = vec![AUDIENCE.into(), "other".into()];
    let stage = Stage::with(crate::testing::config(), change).await;
    let issued = stage
        .tokens("web", "&scope=read&resource=other&resource=https://api.example")
        .await;
    let token = issued.access.text.as_str();
    for (client, active) in [("web", true), ("other", true), ("ci", false)] {
        let answer = look(&stage, client, token).await;
        assert_eq!(answer.active, active, "{client}");
        if !active {
            assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"active":false}"#);
        }
    }
    let body = serde_json::to_value(look(&stage, "web", token).await).unwrap();
    let members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "acr",
        "active",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "scope",
        "sub",
        "token_type",
    ];
    assert_eq!(members, expected);
    let narrow = stage.tokens("web", "&resource=https://api.example").await;
    assert!(
        !look(&stage, "other", &narrow.access.text).await.active,
        "it is not for this resource server"
    );
}

#[tokio::test]
async fn what_is_not_live_is_inactive_and_no_reason_is_given() {
    let stage = Stage::new().await;
    let issued = stage.tokens("web", "&scope=openid").await;
    let refresh = issued.refresh_token.unwrap().to_string();
    assert!(look(&stage, "web", &refresh).await.active);
    assert!(
        !look(&stage, "other", &refresh).await.active,
        "a refresh token is its client's affair"
    );
    let next = stage.refresh("web", &refresh).await.unwrap();
    let id_token = issued.id_token.unwrap();
    let mut forged = issued.access.text.to_string();
    forged.pop();
    let unknown = domain::family::RefreshToken::generate(
        Id::from_bytes([5; 16]),
        1,
        &domain::family::LineageKey::from_bytes([5; 32]),
        stage.authority.entropy.as_ref(),
    );
    for token in [
        refresh.as_str(),
        &id_token,
        &forged,
        "x",
        "sy_rt_x",
        &unknown.reveal(),
    ] {
        let answer = look(&stage, "web", token).await;
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"active":false}"#,
            "{token}"
        );
    }
    assert!(look(&stage, "web", &next.access.text).await.active);
    give_back(&stage, "web", &next.access.text).await;
    assert!(!look(&stage, "web", &next.access.text).await.active);
    assert!(!look(&stage, "web", &next.refresh_token.unwrap()).await.active);

    let late = stage.tokens("web", "").await.access;
    stage.clock.advance(Span::from_secs(late.expires_in_s - 1));
    assert!(look(&stage, "web", &late.text).await.active);
    stage.clock.advance(Span::from_secs(1));
    assert!(!look(&stage, "web", &late.text).await.active, "without leeway");
}

#[tokio::test]
async fn nobody_scans_for_tokens() {
    let stage = Stage::new().await;
    let token = stage.tokens("web", "").await.access.text.to_string();
    let ask = async |who: &str| {
        let params = Params::parse(&format!("{who}&token={token}"));
        code(introspect(&stage.authority, &params, None, &Origin::default()).await)
    };
    assert_eq!(ask("client_id=spa").await, ErrorCode::UnauthorizedClient);
    assert_eq!(ask("client_id=web").await, ErrorCode::InvalidClient);
    assert_eq!(
        ask("client_id=web&client_secret=x").await,
        ErrorCode::InvalidClient
    );
    assert_eq!(ask("x=1").await, ErrorCode::InvalidClient);
    let missing = Params::parse(&credentials("web"));
    let refused = introspect(&stage.authority, &missing, None, &Origin::default()).await;
    assert_eq!(code(refused), ErrorCode::InvalidRequest);
    let refused = revoke(
        &stage.authority,
        &Params::parse("client_id=web&token=x"),
        None,
        &Origin::default(),
    )
    .await;
    assert_eq!(code(refused), ErrorCode::InvalidClient);
}
