use super::*;
use crate::http::admin::{Admin, access, operations};
use http::header::{ALLOW, WWW_AUTHENTICATE};

/// The path with something in place of its parameters.
pub(super) fn filled(path: &str) -> String {
    path.replace("{user}", "ada")
        .replace("{id}", "billing")
        .replace("{kid}", "k1")
        .replace("{secret}", "sec_00000000000000000000000000")
        .replace("{token}", "ops")
}

async fn refused(api: &Api, method: &str, path: &str, authorization: Option<&str>) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value);
    }
    let response = testing::send(&api.router, request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
    assert!(
        response.headers()[WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .starts_with("Bearer")
    );
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(code(&testing::json(response).await), "unauthorized");
}

#[tokio::test]
async fn every_operation_needs_a_token() {
    let api = Api::new().await;
    api.user("ada").await;
    let stranger = Secret::<AdminSecret>::generate(&SeededEntropy::new(1))
        .reveal()
        .to_string();
    let operations = operations::all();
    assert_eq!(operations.len(), 37);
    for operation in operations {
        let (method, path) = (operation.method, filled(operation.path));
        for credential in [
            None,
            Some("Bearer x".to_owned()),
            Some(format!("Bearer {stranger}")),
        ] {
            refused(&api, method.as_str(), &path, credential.as_deref()).await;
        }
        // Nor does a token anywhere else count.
        refused(
            &api,
            method.as_str(),
            &format!("{path}?access_token={}", api.token),
            None,
        )
        .await;
    }
}

#[tokio::test]
async fn without_a_token_not_even_which_paths_exist_is_told() {
    let api = Api::new().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/admin/v1/nothing"),
        ("PATCH", "/admin/v1/users"),
        ("TRACE", "/x"),
    ] {
        refused(&api, method, path, None).await;
    }
    let (status, problem) = api.get("/admin/v1/nothing").await;
    assert_eq!((status, code(&problem)), (StatusCode::NOT_FOUND, "not_found"));
    let (status, problem) = api.call("PATCH", "/admin/v1/users", None).await;
    assert_eq!(
        (status, code(&problem)),
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    );
}

#[tokio::test]
async fn a_handler_without_a_row_is_never_run() {
    let api = Api::new().await;
    let operations = operations::all();
    let state = Admin::new(
        Arc::clone(&api.authority),
        AdminParts::from(AdminTokens::new().with("test", &Secret::generate(&SeededEntropy::new(99)))),
        &operations,
    );
    // As a slip in the list of operations would add it: the method has a handler, and no row says what it needs.
    let forgotten = axum::routing::get(async || "done").delete(async || "done");
    let router = axum::Router::new()
        .route("/admin/v1/users", forgotten)
        .layer(axum::middleware::from_fn_with_state(state, access::admit));
    for (method, status, allow) in [
        ("GET", 200, None),
        ("HEAD", 200, None),
        ("DELETE", 405, Some("GET, HEAD, POST")),
    ] {
        let request = Request::builder()
            .method(method)
            .uri("/admin/v1/users")
            .header(AUTHORIZATION, format!("Bearer {}", api.token));
        let response = testing::send(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status().as_u16(), status, "{method}");
        let told = response
            .headers()
            .get(ALLOW)
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(told.as_deref(), allow, "{method}");
    }
}

#[tokio::test]
async fn refused_requests_are_counted_in_aggregates() {
    let api = Api::new().await;
    for _ in 0..3 {
        refused(&api, "GET", "/admin/v1/users", Some("Bearer wrong")).await;
    }
    let (_, refusals) = api.get("/admin/v1/refusals").await;
    assert_eq!(
        refusals["items"],
        json!([{"minute": "2026-01-01T00:00:00.000Z", "reason": "unauthorized", "place": "admin", "network": "", "count": 3}])
    );
}

#[tokio::test]
async fn a_body_is_one_json_object_of_bounded_size() {
    let api = Api::new().await;
    let send = async |media: &str, body: String| {
        let request = Request::builder()
            .method("POST")
            .uri("/admin/v1/users")
            .header(AUTHORIZATION, format!("Bearer {}", api.token))
            .header(CONTENT_TYPE, media);
        let response = testing::send(&api.router, request.body(Body::from(body)).unwrap()).await;
        (response.status().as_u16(), testing::json(response).await)
    };
    let json_media = "application/json; charset=utf-8";
    let secret = "sy_cs_do_not_repeat_me";
    for (media, body, status, word) in [
        ("text/plain", "{}".to_owned(), 415, "unsupported_media_type"),
        (
            "application/x-www-form-urlencoded",
            "name=ada".to_owned(),
            415,
            "unsupported_media_type",
        ),
        (json_media, "[]".to_owned(), 400, "malformed_request"),
        (json_media, "\"x\"".to_owned(), 400, "malformed_request"),
        (
            json_media,
            r#"{"name": "ada", "admin": false, "admin": true}"#.to_owned(),
            400,
            "malformed_request",
        ),
        (
            json_media,
            format!("{{\"password\": \"{secret}\" oops"),
            400,
            "malformed_request",
        ),
        (
            json_media,
            format!("{{\"name\": \"{}\"}}", "x".repeat(300_000)),
            413,
            "too_large",
        ),
    ] {
        let (got, problem) = send(media, body).await;
        assert_eq!((got, code(&problem)), (status, word));
        assert!(!problem.to_string().contains(secret));
    }
    assert_eq!(send(json_media, "{\"name\": \"ada\"}".to_owned()).await.0, 201);
}
