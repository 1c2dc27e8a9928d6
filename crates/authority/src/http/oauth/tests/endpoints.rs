//! What the token, revocation and introspection endpoints add to their flows: methods, headers, bodies, statuses.

use axum::Router;
use axum::body::Body;
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;

use crate::flows::oauth::fixture::{Stage, credentials, redeem, secret};
use crate::http::public;
use crate::testing::{send, text};

const MACHINE: &str = "grant_type=client_credentials";
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = send(router, request).await;
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: text(response).await,
    }
}

async fn post(router: &Router, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn form(router: &Router, path: &str, body: &str) -> Answer {
    post(router, path, &[(CONTENT_TYPE.as_str(), FORM)], body).await
}

/// `Authorization: Basic` for a client.
fn basic(client: &str, secret: &str) -> String {
    let url_safe = jose::base64url::encode(format!("{client}:{secret}").as_bytes());
    let padding = "=".repeat((4 - url_safe.len() % 4) % 4);
    format!("Basic {}{padding}", url_safe.replace('-', "+").replace('_', "/"))
}

#[tokio::test]
async fn an_answer_is_a_token_that_nobody_keeps() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let header = basic("ci", &secret("ci").reveal());
    let headers = [
        (AUTHORIZATION.as_str(), header.as_str()),
        (CONTENT_TYPE.as_str(), FORM),
    ];
    for answer in [
        form(
            &router,
            "/oauth2/token",
            &format!("{}&{MACHINE}", credentials("ci")),
        )
        .await,
        post(&router, "/oauth2/token", &headers, MACHINE).await,
        post(
            &router,
            "/oauth2/token",
            &headers,
            &format!("{MACHINE}&client_id=ci"),
        )
        .await,
    ] {
        assert_eq!(
            (answer.status, &answer.headers[CACHE_CONTROL]),
            (StatusCode::OK, &"no-store".parse().unwrap())
        );
        let body = answer.json();
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&"Bearer".into(), &300.into())
        );
        assert!(stage.lives(body["access_token"].as_str().unwrap()).await);
        assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    }
    let code = stage.code("web", "&scope=read").await;
    let answer = form(
        &router,
        "/oauth2/token",
        &format!("{}&{}", credentials("web"), redeem(&code)),
    )
    .await;
    let body = answer.json();
    assert!(body["refresh_token"].as_str().unwrap().starts_with("sy_rt_"));
    assert_eq!(body["scope"], "read");
}

#[tokio::test]
async fn each_failure_has_its_status_and_code() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let own = credentials("ci");
    for (body, status, code) in [
        (
            format!("{own}&grant_type=password"),
            400,
            "unsupported_grant_type",
        ),
        (
            format!("{own}&grant_type=refresh_token"),
            400,
            "unauthorized_client",
        ),
        (format!("{own}&{MACHINE}&scope=admin"), 400, "invalid_scope"),
        (format!("{own}&{MACHINE}&resource=x"), 400, "invalid_target"),
        (own.clone(), 400, "invalid_request"),
        (format!("{own}&{MACHINE}&{MACHINE}"), 400, "invalid_request"),
        (
            format!("{}&{}", credentials("web"), redeem("sy_ac_x")),
            400,
            "invalid_grant",
        ),
        (
            format!("client_id=ci&client_secret=x&{MACHINE}"),
            401,
            "invalid_client",
        ),
        (String::new(), 401, "invalid_client"),
        (
            format!("{own}&client_assertion=x&{MACHINE}"),
            401,
            "invalid_client",
        ),
    ] {
        let answer = form(&router, "/oauth2/token", &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error().as_str()),
            (status, code),
            "{body}"
        );
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
        assert!(
            !answer.headers.contains_key(WWW_AUTHENTICATE),
            "the header was not used"
        );
    }
}

#[tokio::test]
async fn whoever_tries_the_header_is_challenged_and_two_methods_are_refused() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let good = basic("ci", &secret("ci").reveal());
    let by_form = format!("{}&{MACHINE}", credentials("ci"));
    for (header, body, status, code) in [
        (basic("ci", "x"), MACHINE, 401, "invalid_client"),
        (
            basic("nobody", &secret("ci").reveal()),
            MACHINE,
            401,
            "invalid_client",
        ),
        ("Basic ???".to_owned(), MACHINE, 401, "invalid_client"),
        ("Bearer abc".to_owned(), MACHINE, 401, "invalid_client"),
        (good.clone(), &by_form, 400, "invalid_request"),
        (
            good.clone(),
            "grant_type=client_credentials&client_id=web",
            400,
            "invalid_request",
        ),
    ] {
        let headers = [
            (AUTHORIZATION.as_str(), header.as_str()),
            (CONTENT_TYPE.as_str(), FORM),
        ];
        let answer = post(&router, "/oauth2/token", &headers, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error().as_str()),
            (status, code),
            "{header}"
        );
        let challenged = answer
            .headers
            .get(WWW_AUTHENTICATE)
            .is_some_and(|v| v.as_bytes().starts_with(b"Basic "));
        assert_eq!(challenged, status == 401, "{header}");
    }
}

#[tokio::test]
async fn secrets_and_tokens_in_a_url_are_not_read() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let own = credentials("ci");
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
        let answer = form(&router, &format!("{path}?{own}"), &format!("{MACHINE}&token=x")).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{path}"
        );
        let request = Request::get(format!("{path}?{own}&{MACHINE}&token=x"))
            .body(Body::empty())
            .unwrap();
        let answer = ask(&router, request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers[ALLOW], "POST");
    }
}

#[tokio::test]
async fn only_a_form_of_bounded_size_is_read() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let body = format!("{}&{MACHINE}", credentials("ci"));
    for (media, status) in [
        (FORM, 200),
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
        ("application/json", 400),
        ("text/plain", 400),
        ("multipart/form-data", 400),
    ] {
        let answer = post(&router, "/oauth2/token", &[(CONTENT_TYPE.as_str(), media)], &body).await;
        assert_eq!(answer.status.as_u16(), status, "{media}");
    }
    assert_eq!(
        post(&router, "/oauth2/token", &[], &body).await.error(),
        "invalid_request"
    );
    let large = format!("{body}&pad={}", "x".repeat(70_000));
    let answer = form(&router, "/oauth2/token", &large).await;
    assert_eq!(answer.error(), "invalid_request");
    let answer = form(&router, "/oauth2/token", &format!("{body}&x=%ff")).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "unknown parameters are ignored, whatever they hold"
    );
}

#[tokio::test]
async fn too_many_wrong_secrets_are_told_when_to_come_back() {
    let mut config = crate::testing::config();
    config.login.attempts_per_account = 3;
    let stage = Stage::with(config, |_| {}).await;
    let router = public(stage.authority.clone());
    let wrong = format!("client_id=ci&client_secret=x&{MACHINE}");
    for _ in 0..3 {
        assert_eq!(
            form(&router, "/oauth2/token", &wrong).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
        let answer = form(&router, path, &format!("{}&{MACHINE}&token=x", credentials("ci"))).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "invalid_client")
        );
        assert_eq!(answer.headers[RETRY_AFTER], "300");
    }
}

#[tokio::test]
async fn revoke_and_introspect() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let token = stage.tokens("web", "").await.access.text.to_string();
    let body = format!(
        "{}&token={token}&token_type_hint=refresh_token",
        credentials("web")
    );
    assert_eq!(
        form(&router, "/oauth2/introspect", &body).await.json()["active"],
        true
    );
    for _ in 0..2 {
        let answer = form(&router, "/oauth2/revoke", &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    }
    assert!(!stage.lives(&token).await);
    let answer = form(&router, "/oauth2/introspect", &body).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, r#"{"active":false}"#)
    );
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let answer = form(&router, path, &format!("client_id=web&token={token}")).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::UNAUTHORIZED, "invalid_client"),
            "{path}"
        );
    }
}
