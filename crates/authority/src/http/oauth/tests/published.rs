//! What everybody may read: the key set and discovery.

use axum::body::Body;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use crate::flows::oauth::fixture::Stage;
use crate::flows::oauth::refusal::{ErrorCode, Failure};
use crate::http::oauth::table;
use crate::http::public;
use crate::testing::{json, send};

#[tokio::test]
async fn the_key_set_is_public_cacheable_and_holds_nothing_private() {
    let mut config = crate::testing::config();
    config.token.algorithms = vec![jose::Algorithm::Es256, jose::Algorithm::EdDsa];
    let stage = Stage::with(config, |_| {}).await;
    let router = public(stage.authority.clone());
    let response = send(&router, Request::get("/oauth2/jwks").body(Body::empty()).unwrap()).await;
    let headers = response.headers().clone();
    assert_eq!(headers[CONTENT_TYPE], "application/jwk-set+json");
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let announced = stage.authority.config.keys.announce_for.as_secs();
    assert_eq!(
        headers[CACHE_CONTROL],
        format!("public, max-age={announced}").as_str()
    );
    let set = json(response).await;
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(
        keys.len(),
        4,
        "one that signs and one in reserve, of each algorithm"
    );
    for key in keys {
        let members = key.as_object().unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "{private}");
        }
        assert!(members.contains_key("kid") && members.contains_key("alg"));
        assert_ne!(key["kty"], "oct");
        jose::Jwk::parse(key.to_string().as_bytes()).unwrap();
    }
}

/// Every URL in it is routed, and every member that names one is known here.
#[tokio::test]
async fn discovery_lists_only_routes_that_answer() {
    let stage = Stage::new().await;
    let router = public(stage.authority.clone());
    let mut documents = Vec::new();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let response = send(&router, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        documents.push(json(response).await);
    }
    assert_eq!(documents[0], documents[1]);
    let document = documents[0].as_object().unwrap();
    assert_eq!(document["issuer"], stage.authority.issuer());
    let mut seen = 0;
    for (name, value) in document {
        let Some(path) = value
            .as_str()
            .and_then(|v| v.strip_prefix(stage.authority.issuer()))
        else {
            continue;
        };
        if name == "issuer" {
            continue;
        }
        seen += 1;
        let mut statuses = Vec::new();
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::empty())
                .unwrap();
            statuses.push(send(&router, request).await.status());
        }
        assert!(!statuses.contains(&StatusCode::NOT_FOUND), "{name} {path}");
        assert!(
            statuses.iter().any(|s| *s != StatusCode::METHOD_NOT_ALLOWED),
            "{name}"
        );
    }
    assert_eq!(seen, 5);
    for absent in [
        "userinfo_endpoint",
        "registration_endpoint",
        "device_authorization_endpoint",
        "end_session_endpoint",
    ] {
        assert!(!document.contains_key(absent), "{absent}");
    }
    assert_eq!(
        document["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        serde_json::json!(["ES256"])
    );
}

#[tokio::test]
async fn without_a_key_for_them_id_tokens_are_not_listed() {
    let mut config = crate::testing::config();
    config.token.algorithms = vec![jose::Algorithm::EdDsa];
    let stage = Stage::with(config, |_| {}).await;
    let router = public(stage.authority.clone());
    let request = Request::get("/.well-known/openid-configuration")
        .body(Body::empty())
        .unwrap();
    let document: Value = json(send(&router, request).await).await;
    assert!(document.get("id_token_signing_alg_values_supported").is_none());
    assert!(
        !document["scopes_supported"]
            .as_array()
            .unwrap()
            .contains(&"openid".into())
    );
}

#[tokio::test]
async fn every_code_has_its_status_and_faults_do_not_tell_their_cause() {
    for (code, status) in [
        (ErrorCode::InvalidRequest, 400),
        (ErrorCode::InvalidClient, 401),
        (ErrorCode::InvalidGrant, 400),
        (ErrorCode::ServerError, 500),
        (ErrorCode::TemporarilyUnavailable, 503),
    ] {
        assert_eq!(table::status(code).as_u16(), status);
    }
    let fault = crate::Fault::Keys("key es256-secret-name is broken".into());
    let response = table::failure(&Failure::Fault(fault), false);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = json(response).await;
    assert_eq!(body["error"], "server_error");
    assert!(!body.to_string().contains("secret-name"));
    let response = table::failure(&Failure::Fault(crate::Fault::Busy), true);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
