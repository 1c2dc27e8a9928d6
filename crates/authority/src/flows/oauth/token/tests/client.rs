//! Client authentication and `client_credentials`, through the endpoint's flow.

use domain::client::{Client, GrantType};
use domain::event::Event;
use domain::secret::{ClientSecret, Secret};
use domain::session::Origin;
use domain::{Clock as _, Span};
use store::intent::{Actor, Disabling};
use zeroize::Zeroizing;

use crate::flows::oauth::client_auth::BasicPair;
use crate::flows::oauth::fixture::{AUDIENCE, Stage, credentials, secret};
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure};
use crate::flows::oauth::token::token;

const GRANT: &str = "grant_type=client_credentials";

async fn raw(stage: &Stage, form: &str, basic: Option<(&str, &str)>, network: &str) -> Result<(), Failure> {
    let basic = basic.map(|(client, secret)| BasicPair {
        client: client.into(),
        secret: Zeroizing::new(secret.into()),
    });
    let origin = Origin {
        network: network.into(),
        agent: String::new(),
    };
    token(&stage.authority, &Params::parse(form), basic, origin)
        .await
        .map(|_| ())
}

#[tokio::test]
async fn whoever_fails_gets_one_answer() {
    let stage = Stage::new().await;
    let right = secret("ci").reveal();
    let wrong = Secret::<ClientSecret>::from_bytes([9; 32]).reveal();
    let other = secret("web").reveal();
    assert!(raw(&stage, GRANT, Some(("ci", right.as_str())), "").await.is_ok());
    let mut answers = Vec::new();
    for (form, basic) in [
        (format!("client_id=ci&client_secret={}", wrong.as_str()), None),
        (format!("client_id=ci&client_secret={}", other.as_str()), None),
        (format!("client_id=nobody&client_secret={}", right.as_str()), None),
        ("client_id=ci".to_owned(), None),
        ("client_id=ci&client_secret=guess".to_owned(), None),
        (format!("client_id=spa&client_secret={}", right.as_str()), None),
        ("client_id=a%20b".to_owned(), None),
        (String::new(), Some(("ci", wrong.as_str()))),
        (String::new(), Some(("nobody", right.as_str()))),
        (String::new(), Some(("spa", ""))),
        (String::new(), None),
    ] {
        let Err(Failure::Refused(refusal)) = raw(&stage, &format!("{form}&{GRANT}"), basic, "").await else {
            panic!("{form} {basic:?}")
        };
        assert_eq!(refusal.code, ErrorCode::InvalidClient, "{form}");
        answers.push(refusal.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "unknown and wrong cannot be told apart");
}

#[tokio::test]
async fn wrong_secrets_shut_the_door_for_a_while_right_ones_never() {
    let mut config = crate::testing::config();
    config.login.attempts_per_account = 5;
    let stage = Stage::with(config, |_| {}).await;
    let right = format!("{}&{GRANT}", credentials("ci"));
    for _ in 0..50 {
        assert!(raw(&stage, &right, None, "net").await.is_ok());
    }
    for _ in 0..5 {
        let refused = raw(
            &stage,
            &format!("client_id=ci&client_secret=x&{GRANT}"),
            None,
            "net",
        )
        .await;
        assert!(matches!(refused, Err(Failure::Refused(_))));
    }
    let limited = raw(&stage, &right, None, "net").await;
    assert!(
        matches!(limited, Err(Failure::Limited { retry_after_s: 300 })),
        "{limited:?}"
    );
    assert!(raw(&stage, &right, None, "elsewhere").await.is_ok());
    stage.clock.advance(Span::from_mins(5));
    assert!(raw(&stage, &right, None, "net").await.is_ok());
}

/// Anybody in the same network could otherwise keep all users of an application from refreshing.
#[tokio::test]
async fn nobody_shuts_out_a_client_that_has_no_secret_to_guess() {
    let mut config = crate::testing::config();
    config.login.attempts_per_account = 3;
    let stage = Stage::with(config, |_| {}).await;
    let refresh = stage.tokens("spa", "").await.refresh_token.unwrap();
    for form in ["client_id=spa&client_secret=x", "client_id=ci"] {
        for _ in 0..10 {
            let refused = raw(&stage, &format!("{form}&{GRANT}"), None, "net").await;
            assert!(refused.is_err(), "{form}");
        }
    }
    let form = format!(
        "client_id=spa&grant_type=refresh_token&refresh_token={}",
        refresh.as_str()
    );
    assert!(raw(&stage, &form, None, "net").await.is_ok());
    // What shows no secret guesses none: the door of a client that has one stays open too.
    assert!(
        raw(&stage, &format!("{}&{GRANT}", credentials("ci")), None, "net")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn grant_types_scopes_and_audiences_of_a_machine() {
    let stage = Stage::new().await;
    for (client, form, expected) in [
        ("ci", GRANT, Ok(Some("read write"))),
        ("ci", "grant_type=client_credentials&scope=read", Ok(None)),
        (
            "ci",
            "grant_type=client_credentials&scope=admin",
            Err(ErrorCode::InvalidScope),
        ),
        (
            "ci",
            "grant_type=client_credentials&scope=openid",
            Err(ErrorCode::InvalidScope),
        ),
        (
            "ci",
            "grant_type=client_credentials&scope=read+offline_access",
            Err(ErrorCode::InvalidScope),
        ),
        (
            "ci",
            "grant_type=client_credentials&resource=x",
            Err(ErrorCode::InvalidTarget),
        ),
        ("ci", "", Err(ErrorCode::InvalidRequest)),
        ("ci", "grant_type=", Err(ErrorCode::InvalidRequest)),
        ("ci", "grant_type=password", Err(ErrorCode::UnsupportedGrantType)),
        (
            "ci",
            "grant_type=refresh_token&refresh_token=x",
            Err(ErrorCode::UnauthorizedClient),
        ),
        (
            "ci",
            "grant_type=authorization_code",
            Err(ErrorCode::UnauthorizedClient),
        ),
        ("web", GRANT, Err(ErrorCode::UnauthorizedClient)),
        (
            "ci",
            "grant_type=client_credentials&grant_type=client_credentials",
            Err(ErrorCode::InvalidRequest),
        ),
        (
            "ci",
            "grant_type=client_credentials&scope=read&scope=read",
            Err(ErrorCode::InvalidRequest),
        ),
    ] {
        let answer = stage.token(client, form).await;
        assert_eq!(
            answer
                .map(|a| a.scope)
                .as_ref()
                .map(Option::as_deref)
                .map_err(|e| *e),
            expected,
            "{client} {form}"
        );
    }
    let both = "grant_type=client_credentials&resource=billing&resource=https://api.example";
    let answer = stage.token("ci", both).await.unwrap();
    assert_eq!(
        stage.claims(&answer.access.text).aud.as_slice(),
        ["billing", AUDIENCE]
    );
}

#[tokio::test]
async fn a_public_client_gets_nothing_on_its_own_behalf() {
    let change = |c: &mut Client| c.grants = GrantType::ALL.into();
    let stage = Stage::with(crate::testing::config(), change).await;
    assert_eq!(
        stage.token("spa", GRANT).await.unwrap_err(),
        ErrorCode::UnauthorizedClient
    );
    assert!(stage.token("ci", GRANT).await.is_ok());
}

#[tokio::test]
async fn a_client_that_is_removed_has_dead_tokens_and_gets_no_more() {
    let stage = Stage::new().await;
    let token = stage.token("ci", GRANT).await.unwrap().access.text;
    assert!(stage.lives(&token).await);
    let removed = stage
        .authority
        .store
        .remove_client(&"ci".parse().unwrap(), Actor::new("test"))
        .await;
    assert!(matches!(removed.unwrap(), Disabling::Done(_)));
    assert!(!stage.lives(&token).await);
    assert_eq!(
        stage.token("ci", GRANT).await.unwrap_err(),
        ErrorCode::InvalidClient
    );
}

#[tokio::test]
async fn a_machines_token_is_an_event_without_its_id() {
    let stage = Stage::new().await;
    let token = stage.token("ci", GRANT).await.unwrap().access;
    let events = stage.authority.store.events_after(0, 100).await.unwrap();
    let last = events.last().unwrap();
    let expected = Event::TokenIssued {
        token: stage.authority.event_key.hash(&token.id),
        subject: domain::Subject::Client("ci".parse().unwrap()),
        client: "ci".parse().unwrap(),
    };
    assert_eq!(last.body, serde_json::to_string(&expected).unwrap());
    assert!(!last.body.contains(&token.id.to_string()));
    assert!(stage.clock.now() >= last.at);
}
