//! The authorization endpoint as a browser meets it: sign-in, consent, cookies, CSRF.

use axum::body::Body;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use domain::client::Client;

use crate::flows::oauth::fixture::{CALLBACK, Stage, query_of, redeem, request};
use crate::testing::PASSWORD;
use crate::testing::browser::Browser;

const DECISION: &str = "/oauth2/authorize/decision";

async fn asking() -> Stage {
    Stage::with(crate::testing::config(), |c: &mut Client| c.consent = true).await
}

fn at(query: &str) -> String {
    format!("/oauth2/authorize?{query}")
}

/// The value of a hidden field, as a browser reads it.
fn hidden(page: &str, name: &str) -> String {
    let start = format!(r#"name="{name}" value=""#);
    let from = page.find(&start).unwrap() + start.len();
    let raw = page[from..].split('"').next().unwrap();
    raw.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
}

#[tokio::test]
async fn from_nobody_to_a_token() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage.authority);
    let asked = at(&request("web"));
    let seen = browser.navigate(&asked).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let login = seen.location().to_owned();
    assert!(
        login.starts_with("/login?return_to=%2Foauth2%2Fauthorize%3F"),
        "{login}"
    );
    let back = query_of(&format!("http://localhost{login}"), "return_to").unwrap();
    let page = browser.navigate(&login).await;
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(
        policy.contains("form-action 'self' https://app.example;"),
        "{policy}"
    );
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("return_to", back.as_str()),
    ];
    let seen = browser.post("/login", &page.token(), &fields).await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, back.as_str())
    );
    let seen = browser.navigate(&back).await;
    assert_eq!(
        seen.status,
        StatusCode::SEE_OTHER,
        "303, never 307: {}",
        seen.body
    );
    let to = seen.location().to_owned();
    assert!(to.starts_with(CALLBACK));
    assert_eq!(query_of(&to, "state").as_deref(), Some("xyz"));
    assert_eq!(query_of(&to, "iss").as_deref(), Some("http://localhost:8700"));
    let answer = stage
        .token("web", &redeem(&query_of(&to, "code").unwrap()))
        .await
        .unwrap();
    assert!(stage.lives(&answer.access.text).await);
    browser.cookies.clear();
    let silent = browser.navigate(&format!("{asked}&prompt=none")).await;
    assert_eq!(
        query_of(silent.location(), "error").as_deref(),
        Some("login_required")
    );
}

#[tokio::test]
async fn an_untrusted_redirect_gets_a_page_and_no_redirect() {
    let stage = Stage::new().await;
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    for query in [
        request("web").replace(CALLBACK, "https://evil.example/cb"),
        request("web").replace("web", "nobody"),
        request("web").replace("redirect_uri", "redirect"),
        format!("{}&redirect_uri=https://evil.example/", request("web")),
        String::new(),
    ] {
        let seen = browser.navigate(&at(&query)).await;
        assert_eq!(
            (seen.status, seen.location()),
            (StatusCode::BAD_REQUEST, ""),
            "{query}"
        );
        assert!(seen.body.contains("<h1>") && !seen.body.contains("evil.example"));
        let policy = seen.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn a_form_is_read_like_a_query_and_never_both() {
    let stage = Stage::new().await;
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let form = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    let body = || Body::from(request("web"));
    let seen = browser
        .send(Method::POST, "/oauth2/authorize", &form, body())
        .await;
    assert!(query_of(seen.location(), "code").is_some());
    let seen = browser
        .send(Method::POST, "/oauth2/authorize?state=other", &form, body())
        .await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    let json = [(CONTENT_TYPE.as_str(), "application/json")];
    let seen = browser
        .send(Method::POST, "/oauth2/authorize", &json, body())
        .await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn consent_shows_what_is_asked_and_only_its_own_form_decides() {
    let stage = asking().await;
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let page = browser
        .navigate(&at(&format!("{}&scope=read", request("web"))))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in [
        "The web client",
        "ada",
        "https://api.example",
        "<code>read</code>",
        "30 days",
        CALLBACK,
    ] {
        assert!(page.body.contains(shown), "{shown}");
    }
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://app.example;")
            && policy.contains("frame-ancestors 'none'")
    );
    let (token, asked) = (page.token(), hidden(&page.body, "request"));
    let fields = |decision| [("request", asked.as_str()), ("decision", decision)];

    for wrong in ["", "x"] {
        let seen = browser.post(DECISION, wrong, &fields("allow")).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::FORBIDDEN, ""));
    }
    let foreign = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf_token", &token)
        .extend_pairs(fields("allow"))
        .finish();
    for site in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
        ("x-none", "1"),
    ] {
        let headers = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"), site];
        let seen = browser
            .send(Method::POST, DECISION, &headers, Body::from(foreign.clone()))
            .await;
        assert_eq!(
            (seen.status, seen.location()),
            (StatusCode::FORBIDDEN, ""),
            "{site:?}"
        );
    }
    assert_eq!(
        browser.post(DECISION, &token, &fields("maybe")).await.status,
        StatusCode::BAD_REQUEST
    );

    let denied = browser.post(DECISION, &token, &fields("deny")).await;
    assert_eq!(
        query_of(denied.location(), "error").as_deref(),
        Some("access_denied")
    );
    let allowed = browser.post(DECISION, &token, &fields("allow")).await;
    assert_eq!(allowed.status, StatusCode::SEE_OTHER);
    let code = query_of(allowed.location(), "code").unwrap();
    assert_eq!(
        stage.token("web", &redeem(&code)).await.unwrap().scope.as_deref(),
        Some("read")
    );
}

#[tokio::test]
async fn another_sessions_token_does_not_decide_and_a_decision_is_judged_anew() {
    let stage = asking().await;
    let mut ada = Browser::signed_in(&stage.authority, "ada").await;
    let page = ada.navigate(&at(&request("web"))).await;
    let asked = hidden(&page.body, "request");
    let mut other = Browser::signed_in(&stage.authority, "ada").await;
    let seen = other
        .post(
            DECISION,
            &page.token(),
            &[("request", asked.as_str()), ("decision", "allow")],
        )
        .await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    for (from, to, status) in [
        (
            CALLBACK_ENCODED,
            "https%3A%2F%2Fevil.example%2Fcb",
            StatusCode::BAD_REQUEST,
        ),
        ("S256", "plain", StatusCode::SEE_OTHER),
    ] {
        let tampered = asked.replace(from, to);
        assert_ne!(tampered, asked);
        let seen = ada
            .post(
                DECISION,
                &page.token(),
                &[("request", tampered.as_str()), ("decision", "allow")],
            )
            .await;
        assert_eq!(seen.status, status, "{to}");
        assert!(!seen.location().contains("evil") && !seen.location().contains("code="));
    }
    ada.cookies.clear();
    let seen = ada
        .post(
            DECISION,
            "x",
            &[("request", asked.as_str()), ("decision", "allow")],
        )
        .await;
    assert!(
        seen.location().starts_with("/login?"),
        "whoever signed out meanwhile starts over"
    );
}

const CALLBACK_ENCODED: &str = "https%3A%2F%2Fapp.example%2Fcb";

#[tokio::test]
async fn two_session_cookies_are_refused_and_a_dead_one_is_none() {
    let stage = Stage::new().await;
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let name = "__Host-symbolon";
    let value = browser.cookies[name].clone();
    browser
        .cookies
        .insert(name.to_owned(), format!("{value}; {name}={value}"));
    assert_eq!(
        browser.navigate(&at(&request("web"))).await.status,
        StatusCode::BAD_REQUEST
    );
    browser.cookies.insert(name.to_owned(), "x".to_owned());
    assert!(
        browser
            .navigate(&at(&request("web")))
            .await
            .location()
            .starts_with("/login?")
    );
}

#[tokio::test]
async fn the_names_of_a_client_are_text_and_never_markup() {
    let nasty = |c: &mut Client| {
        c.consent = true;
        c.name = "<script>alert(1)</script>\"".into();
    };
    let stage = Stage::with(crate::testing::config(), nasty).await;
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let page = browser
        .navigate(&at(&format!("{}&nonce=%22%3E%3Cscript%3E", request("web"))))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script"), "{}", page.body);
}
