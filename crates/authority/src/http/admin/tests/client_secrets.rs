//! A client's secrets, seen from its token requests.

use super::*;
use axum::http::header::CONTENT_TYPE as MEDIA;

/// Whether a secret gets a token at the public side.
async fn is_good(api: &Api, secret: &str) -> bool {
    let public = crate::http::public(Arc::clone(&api.authority));
    let body = format!("grant_type=client_credentials&client_id=billing&client_secret={secret}");
    let request = Request::builder()
        .method("POST")
        .uri("/oauth2/token")
        .header(MEDIA, "application/x-www-form-urlencoded");
    let response = testing::send(&public, request.body(Body::from(body)).unwrap()).await;
    response.status() == StatusCode::OK
}

async fn rotate(api: &Api, body: Value) -> Value {
    let (status, rotated) = api.post("/admin/v1/clients/billing/secrets", body).await;
    assert_eq!(status, StatusCode::CREATED, "{rotated}");
    rotated
}

#[tokio::test]
async fn the_old_secret_is_good_for_the_overlap_and_not_a_moment_longer() {
    let api = Api::new().await;
    let old = text(&api.client("billing").await["secret"]);
    let rotated = rotate(&api, json!({"overlap": "2h", "reason": "yearly"})).await;
    let new = text(&rotated["secret"]);
    assert_eq!(rotated["previous_end_at"], "2026-01-01T02:00:00.010Z");
    assert!(is_good(&api, &old).await && is_good(&api, &new).await);
    api.clock
        .advance(Span::from_hours(2).saturating_sub(Span::from_ms(1)));
    assert!(is_good(&api, &old).await);
    api.clock.advance(Span::from_ms(1));
    assert!(!is_good(&api, &old).await, "its end has come");
    assert!(is_good(&api, &new).await);
    let (_, list) = api.get("/admin/v1/clients/billing/secrets").await;
    let rows = list["items"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["ended"], &rows[1]["ended"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(rows[1]["last_used_at"], "2026-01-01T02:00:00.010Z");
}

#[tokio::test]
async fn a_leaked_secret_ends_at_once_with_all_its_tokens() {
    let api = Api::new().await;
    let old = text(&api.client("billing").await["secret"]);
    let before = api.authority.store.head().await.unwrap().seq;
    let rotated = rotate(&api, json!({"overlap": "0s", "revoke": true})).await;
    assert!(!is_good(&api, &old).await);
    assert!(is_good(&api, &text(&rotated["secret"])).await);
    assert_eq!(rotated["previous_end_at"], Value::Null);
    assert!(rotated["seq"].as_u64().unwrap() > before.as_u64());
}

#[tokio::test]
async fn what_cannot_be_rotated_or_removed_is_told() {
    let api = Api::new().await;
    api.client("billing").await;
    let public = json!({"id": "spa", "public": true, "grants": ["authorization_code"], "redirect_uris": ["https://a.example/cb"]});
    api.post("/admin/v1/clients", public).await;
    let refused = async |method: &str, path: &str, body: Value| {
        let (status, answer) = api
            .call(method, &format!("/admin/v1/clients/{path}"), Some(body))
            .await;
        (status.as_u16(), code(&answer).to_owned())
    };
    let is = |status: u16, word: &str| (status, word.to_owned());
    assert_eq!(
        refused("POST", "spa/secrets", json!({})).await,
        is(409, "public_client")
    );
    assert_eq!(
        refused("POST", "other/secrets", json!({})).await,
        is(404, "not_found")
    );
    assert_eq!(
        refused("POST", "billing/secrets", json!({"overlap": "31d"})).await,
        is(422, "invalid")
    );
    let (_, list) = api.get("/admin/v1/clients/billing/secrets").await;
    let only = format!("billing/secrets/{}", text(&list["items"][0]["id"]));
    assert_eq!(refused("DELETE", &only, json!({})).await, is(409, "last_secret"));
    assert_eq!(
        refused("DELETE", "billing/secrets/x", json!({})).await,
        is(404, "not_found")
    );
    for _ in 0..2 {
        rotate(&api, json!({})).await;
    }
    assert_eq!(
        refused("POST", "billing/secrets", json!({})).await,
        is(409, "too_many_secrets")
    );
    assert_eq!(
        api.delete(&format!("/admin/v1/clients/{only}")).await.0,
        StatusCode::OK
    );
    rotate(&api, json!({})).await;
}
