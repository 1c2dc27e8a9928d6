//! Lasting tokens: scope, end, removal, and what they may make.

use super::*;
use crate::http::admin::operations;
use http::header::WWW_AUTHENTICATE;

const DAY: Span = Span::from_days(1);

#[tokio::test]
async fn a_token_may_what_its_scope_says_and_nothing_else() {
    let api = Api::new().await;
    api.user("ada").await;
    for scope in domain::admin_token::AdminScope::ALL {
        let token = api.token(scope.as_str(), &[scope.as_str()], "1d").await;
        for operation in operations::all() {
            let (method, path) = (operation.method.as_str(), super::access::filled(operation.path));
            let (status, answer) = api.call_with(&token, method, &path, Some(json!({"zz": 1}))).await;
            if operation.scope == *scope {
                let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
                assert!(!refused, "{scope}: {method} {path}: {answer}");
            } else {
                let told = (status, code(&answer));
                let expected = (StatusCode::FORBIDDEN, "insufficient_scope");
                assert_eq!(told, expected, "{scope}: {method} {path}");
                let lacks = format!("lacks the scope {}.", operation.scope);
                assert!(text(&answer["detail"]).ends_with(&lacks), "{answer}");
            }
        }
        let path = format!("/admin/v1/admin-tokens/{scope}");
        assert_eq!(api.delete(&path).await.0, StatusCode::OK);
    }
    assert!(api.authority.store.user_by_name("ada").await.unwrap().is_some());
}

#[tokio::test]
async fn the_challenge_names_the_scope_that_is_missing() {
    let api = Api::new().await;
    let token = api.token("ops", &["read"], "1d").await;
    let request = Request::builder()
        .uri("/metrics")
        .header(AUTHORIZATION, format!("Bearer {token}"));
    let response = testing::send(&api.router, request.body(Body::empty()).unwrap()).await;
    let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
    assert_eq!(
        challenge,
        "Bearer realm=\"symbolon admin\", error=\"insufficient_scope\", scope=\"metrics\""
    );
    assert!(
        response.headers()["symbolon-request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
}

#[tokio::test]
async fn a_token_ends_to_the_second_and_its_removal_counts_at_once() {
    let api = Api::new().await;
    let (short, long) = (
        api.token("short", &["read"], "1d").await,
        api.token("long", &["read"], "30d").await,
    );
    let status = async |token: &str| {
        let (status, answer) = api.call_with(token, "GET", "/admin/v1/status", None).await;
        (status.as_u16(), answer["code"].as_str().map(str::to_owned))
    };
    api.clock.advance(DAY.saturating_sub(Span::from_ms(1)));
    assert_eq!(status(&short).await.0, 200);
    api.clock.advance(Span::from_ms(1));
    assert_eq!(status(&short).await, (401, Some("token_expired".to_owned())));
    assert_eq!(status(&long).await.0, 200);
    let (_, gone) = api.delete("/admin/v1/admin-tokens/long").await;
    assert_eq!(gone, json!({"removed": ["long"]}));
    assert_eq!(status(&long).await, (401, Some("unauthorized".to_owned())));
    let (status, answer) = api.delete("/admin/v1/admin-tokens/long").await;
    assert_eq!((status, code(&answer)), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn a_token_makes_none_that_is_stronger_than_itself() {
    let api = Api::new().await;
    let maker = api.token("maker", &["tokens", "read"], "10d").await;
    let make = async |name: &str, scopes: &[&str], life: Value| {
        let body = json!({"name": name, "scopes": scopes, "expires_in": life});
        let path = "/admin/v1/admin-tokens";
        api.call_with(&maker, "POST", path, Some(body)).await
    };
    for (name, scopes, life) in [
        ("wider", ["keys"].as_slice(), json!("1d")),
        ("longer", &["read"], json!("11d")),
        ("both", &["read", "users"], json!("90d")),
    ] {
        let (status, answer) = make(name, scopes, life).await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::FORBIDDEN, "exceeds_token"),
            "{name}"
        );
    }
    let (status, made) = make("equal", &["read", "tokens"], Value::Null).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (_, list) = api.get("/admin/v1/admin-tokens").await;
    let rows = list["items"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|r| r["name"] == name).unwrap();
    assert_eq!(
        row("equal")["expires_at"],
        row("maker")["expires_at"],
        "what is left of its maker's"
    );
    assert_eq!(row("equal")["made_by"], row("maker")["id"]);
    assert_eq!(row("maker")["made_by"], Value::Null);
    assert_eq!(row("maker")["last_used_at"], "2026-01-01T00:00:00.010Z");
    let (_, gone) = api.delete("/admin/v1/admin-tokens/maker?made_too=true").await;
    assert_eq!(gone, json!({"removed": ["maker", "equal"]}));
}

#[tokio::test]
async fn a_request_for_a_token_is_read_strictly() {
    let api = Api::new().await;
    for (body, wrong) in [
        (json!({}), vec!["name", "scopes"]),
        (json!({"name": "a b", "scopes": ["read"]}), vec!["name"]),
        (json!({"name": "local", "scopes": ["read"]}), vec!["name"]),
        (json!({"name": "x", "scopes": ["read", "all"]}), vec!["scopes[1]"]),
        (
            json!({"name": "x", "scopes": ["read"], "expires_in": "366d"}),
            vec!["expires_in"],
        ),
        (
            json!({"name": "x", "scopes": ["read"], "expires_in": "1s"}),
            vec!["expires_in"],
        ),
    ] {
        let (status, problem) = api.post("/admin/v1/admin-tokens", body.clone()).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, wrong.iter().map(|w| (*w).to_owned()).collect()),
            "{body}"
        );
    }
    api.token("ops", &["read"], "1d").await;
    let body = json!({"name": "ops", "scopes": ["read"]});
    let (status, problem) = api.post("/admin/v1/admin-tokens", body).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "name_taken"));
}

#[tokio::test]
async fn a_scraper_reads_the_metrics_with_its_token() {
    let api = Api::new().await;
    let token = api.token("prometheus", &["metrics"], "365d").await;
    let (status, body) = api.call_with(&token, "GET", "/metrics", None).await;
    assert_eq!(status, StatusCode::OK);
    let (_, again) = api.call_with(&token, "GET", "/metrics", None).await;
    let line = "symbolon_admin_calls_total{action=\"system.metrics\",outcome=\"done\"} 1";
    assert!(text(&again).lines().any(|l| l == line), "{}", text(&body));
}
