use super::*;
use crate::flows::oauth::fixture::{
    CALLBACK, Stage, is_description, query_of, redeem, request, sign_in as session_of,
};
use domain::Span;
use domain::client::{Client, GrantType};

/// What an outcome comes to, for tables.
async fn word(stage: &Stage, query: &str, signed_in: bool) -> String {
    let session = signed_in.then_some(&stage.session);
    let outcome = authorize(&stage.authority, &Params::parse(query), session, None)
        .await
        .unwrap();
    match outcome {
        Authorization::Untrusted(_) => "page".into(),
        Authorization::SignIn { .. } => "sign in".into(),
        Authorization::Consent(_) => "consent".into(),
        Authorization::Redirect(to) => {
            assert_eq!(
                query_of(to.as_str(), "iss").as_deref(),
                Some(stage.authority.issuer())
            );
            if let Some(text) = query_of(to.as_str(), "error_description") {
                assert!(is_description(&text), "{text}");
            }
            query_of(to.as_str(), "error").unwrap_or_else(|| "code".into())
        }
    }
}

/// The complete request with one parameter replaced, or left out.
fn with(name: &str, value: Option<&str>) -> String {
    let mut query = Params::parse(&request("web")).to_query(&[name], None);
    if let Some(value) = value {
        query.push_str(&format!("&{name}={value}"));
    }
    query
}

/// One parameter changed (with the value given, or left out): the outcome with a session, and without.
type Row = (&'static str, Option<&'static str>, &'static str, &'static str);

const BRANCHES: &[Row] = &[
    ("x", None, "code", "sign in"),
    ("client_id", None, "page", "page"),
    ("client_id", Some("nobody"), "page", "page"),
    ("client_id", Some("a%20b"), "page", "page"),
    ("redirect_uri", None, "page", "page"),
    ("redirect_uri", Some("https://evil.example/cb"), "page", "page"),
    ("redirect_uri", Some("https://app.example/cb/"), "page", "page"),
    (
        "redirect_uri",
        Some("http://127.0.0.1:5000/cb"),
        "code",
        "sign in",
    ),
    ("response_type", None, "invalid_request", "sign in"),
    (
        "response_type",
        Some("token"),
        "unsupported_response_type",
        "sign in",
    ),
    (
        "response_type",
        Some("code+id_token"),
        "unsupported_response_type",
        "sign in",
    ),
    ("response_mode", Some("fragment"), "invalid_request", "sign in"),
    ("response_mode", Some("query"), "code", "sign in"),
    ("code_challenge", None, "invalid_request", "sign in"),
    ("code_challenge_method", None, "invalid_request", "sign in"),
    (
        "code_challenge_method",
        Some("plain"),
        "invalid_request",
        "sign in",
    ),
    ("scope", Some("admin"), "invalid_scope", "sign in"),
    ("scope", Some("read+openid"), "code", "sign in"),
    (
        "resource",
        Some("https://other.example"),
        "invalid_target",
        "sign in",
    ),
    ("resource", Some("billing"), "code", "sign in"),
    ("prompt", Some("none"), "code", "login_required"),
    ("prompt", Some("login"), "sign in", "sign in"),
    ("prompt", Some("consent"), "consent", "sign in"),
    ("prompt", Some("none+login"), "invalid_request", "sign in"),
    ("prompt", Some("create"), "invalid_request", "sign in"),
    ("max_age", Some("60"), "code", "sign in"),
    ("max_age", Some("x"), "invalid_request", "sign in"),
    ("request", Some("e30.e30.AA"), "request_not_supported", "sign in"),
    (
        "request_uri",
        Some("https://app.example/r"),
        "request_uri_not_supported",
        "sign in",
    ),
    ("unknown", Some("1"), "code", "sign in"),
];

#[tokio::test]
async fn every_branch() {
    let stage = Stage::new().await;
    let long = "n".repeat(513);
    let nonce = ("nonce", Some(long.as_str()), "invalid_request", "sign in");
    for (name, value, signed_in, anonymous) in BRANCHES.iter().copied().chain([nonce]) {
        let query = with(name, value);
        assert_eq!(word(&stage, &query, true).await, signed_in, "{name} {value:?}");
        assert_eq!(
            word(&stage, &query, false).await,
            anonymous,
            "{name} {value:?}, anonymous"
        );
    }
}

#[tokio::test]
async fn repeated_parameters() {
    let stage = Stage::new().await;
    for (more, expected) in [
        ("&client_id=web", "page"),
        ("&redirect_uri=https://app.example/cb", "page"),
        ("&state=other", "invalid_request"),
        ("&scope=read&scope=write", "invalid_request"),
        ("&response_type=code", "invalid_request"),
        ("&resource=billing&resource=https://api.example", "code"),
    ] {
        let query = format!("{}{more}", request("web"));
        assert_eq!(word(&stage, &query, true).await, expected, "{more}");
    }
}

#[tokio::test]
async fn a_client_without_the_grant_or_the_means_is_refused() {
    let machine = |c: &mut Client| c.grants = [GrantType::ClientCredentials].into();
    let stage = Stage::with(crate::testing::config(), machine).await;
    assert_eq!(word(&stage, &request("web"), true).await, "unauthorized_client");

    let no_refresh = |c: &mut Client| c.grants = [GrantType::AuthorizationCode].into();
    let stage = Stage::with(crate::testing::config(), no_refresh).await;
    assert_eq!(
        word(&stage, &with("scope", Some("offline_access")), true).await,
        "invalid_scope"
    );

    let mut config = crate::testing::config();
    config.token.algorithms = vec![jose::Algorithm::EdDsa];
    let stage = Stage::with(config, |_| {}).await;
    assert_eq!(
        word(&stage, &with("scope", Some("openid")), true).await,
        "invalid_scope"
    );
    assert_eq!(word(&stage, &with("scope", Some("read")), true).await, "code");
}

#[tokio::test]
async fn state_and_issuer_are_in_every_response_and_the_query_is_kept() {
    let own_query = |c: &mut Client| c.redirect_uris = vec!["https://app.example/cb?tenant=a".into()];
    let stage = Stage::with(crate::testing::config(), own_query).await;
    let uri = "https%3A%2F%2Fapp.example%2Fcb%3Ftenant%3Da";
    for more in ["", "&scope=admin"] {
        let base = Params::parse(&request("web")).to_query(&["redirect_uri", "state"], None);
        let query = format!("{base}&redirect_uri={uri}&state=a%26b%3D%23{more}");
        let Authorization::Redirect(to) = stage.ask(&query).await else {
            panic!("{more}")
        };
        assert!(
            to.as_str().starts_with("https://app.example/cb?tenant=a&"),
            "{}",
            to.as_str()
        );
        assert_eq!(query_of(to.as_str(), "state").as_deref(), Some("a&b=#"));
        assert_eq!(
            query_of(to.as_str(), "iss").as_deref(),
            Some("http://localhost:8700")
        );
        assert_eq!(query_of(to.as_str(), "code").is_some(), more.is_empty());
    }
}

#[tokio::test]
async fn prompt_login_is_met_by_a_new_authentication_and_by_nothing_else() {
    let stage = Stage::new().await;
    for name in ["prompt=login", "max_age=0"] {
        let query = format!("{}&{name}", request("web"));
        stage.clock.advance(Span::from_secs(1));
        let Authorization::SignIn { return_to } = stage.ask(&query).await else {
            panic!("{name}")
        };
        let again = return_to.split_once('?').unwrap().1;
        assert!(
            matches!(stage.ask(again).await, Authorization::SignIn { .. }),
            "the old session will not do"
        );
        stage.clock.advance(Span::from_secs(30));
        let fresh = session_of(&stage.authority, stage.session.subject.clone()).await;
        let outcome = authorize(&stage.authority, &Params::parse(again), Some(&fresh), None)
            .await
            .unwrap();
        assert!(
            matches!(outcome, Authorization::Redirect(_)),
            "{name}: {outcome:?}"
        );
        let silent = format!("{query}&prompt=none").replace("&prompt=login", "");
        let expected = if name == "max_age=0" {
            "login_required"
        } else {
            "code"
        };
        assert_eq!(word(&stage, &silent, true).await, expected);
    }
}

#[tokio::test]
async fn max_age_counts_from_the_authentication() {
    let stage = Stage::new().await;
    let query = with("max_age", Some("60"));
    stage.clock.advance(Span::from_secs(60));
    assert_eq!(word(&stage, &query, true).await, "code");
    stage.clock.advance(Span::from_secs(1));
    assert_eq!(word(&stage, &query, true).await, "sign in");
    assert_eq!(
        word(&stage, &format!("{query}&prompt=none"), true).await,
        "login_required"
    );
}

#[tokio::test]
async fn consent_is_asked_where_wanted_and_where_the_client_could_be_anybody() {
    let asking = |c: &mut Client| c.consent = true;
    let stage = Stage::with(crate::testing::config(), asking).await;
    let decide = async |query: &str, decision| {
        let params = Params::parse(query);
        authorize(&stage.authority, &params, Some(&stage.session), decision)
            .await
            .unwrap()
    };
    assert_eq!(word(&stage, &request("web"), true).await, "consent");
    assert_eq!(
        word(&stage, &with("prompt", Some("none")), true).await,
        "consent_required"
    );
    let Authorization::Consent(question) = stage.ask(&with("scope", Some("read+offline_access"))).await
    else {
        panic!("no question")
    };
    assert_eq!(
        (question.client.as_str(), question.offline),
        ("The web client", true)
    );
    assert_eq!(
        (question.redirect_uri.as_str(), question.life),
        (CALLBACK, Span::from_days(30))
    );
    let Authorization::Redirect(to) = decide(&question.request, Some(Decision::Deny)).await else {
        panic!()
    };
    assert_eq!(query_of(to.as_str(), "error").as_deref(), Some("access_denied"));
    let Authorization::Redirect(to) = decide(&question.request, Some(Decision::Allow)).await else {
        panic!()
    };
    let code = query_of(to.as_str(), "code").unwrap();
    let answer = stage.token("web", &redeem(&code)).await.unwrap();
    assert_eq!(answer.scope.as_deref(), Some("offline_access read"));

    let stage = Stage::new().await;
    let local = |client: &str| {
        let base = Params::parse(&request(client)).to_query(&["redirect_uri"], None);
        format!("{base}&redirect_uri=http://127.0.0.1:5000/cb")
    };
    assert_eq!(word(&stage, &request("spa"), true).await, "code");
    assert_eq!(
        word(&stage, &local("spa"), true).await,
        "consent",
        "any program may listen there"
    );
    assert_eq!(
        word(&stage, &local("web"), true).await,
        "code",
        "its secret proves it later"
    );
}
