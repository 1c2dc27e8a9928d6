//! What is secret is told once, to whom it belongs, and is nowhere else.

use super::*;
use crate::http::admin::operations;

#[tokio::test]
async fn secrets_are_told_once_and_never_again() {
    let api = Api::new().await;
    let body = json!({"name": "ada", "password": STRONG, "email": "ada@example.org"});
    let (_, user) = api.post("/admin/v1/users", body).await;
    let client = text(&api.client("billing").await["secret"]);
    let rotated = api.post("/admin/v1/clients/billing/secrets", json!({})).await.1;
    let rotated = text(&rotated["secret"]);
    let made = json!({"name": "ops", "scopes": ["read"]});
    let made = text(&api.post("/admin/v1/admin-tokens", made).await.1["token"]);
    let setup = text(&api.call("POST", "/admin/v1/setup-code", None).await.1["setup_code"]);
    let session = api.session(&text(&user["id"])).await;
    let changed = "copper violins drift past harbour";
    api.call(
        "PUT",
        "/admin/v1/users/ada/password",
        Some(json!({"password": changed})),
    )
    .await;
    api.post("/admin/v1/users", json!({"name": "ada", "password": changed}))
        .await;
    api.post(
        "/admin/v1/clients",
        json!({"id": "billing", "grants": ["client_credentials"], "secret": client}),
    )
    .await;
    api.call("GET", &format!("/admin/v1/sessions/{}", session.id), None)
        .await;
    // Every list, and everything else that can be read.
    for operation in operations::all().iter().filter(|o| o.method == http::Method::GET) {
        let (status, _) = api.get(&super::access::filled(operation.path)).await;
        let known = status.is_success() || status == StatusCode::NOT_FOUND;
        assert!(known, "{}", operation.path);
    }
    let answered = api.answered.lock().unwrap().join("\n");
    let kept = api
        .authority
        .store
        .user_by_name("ada")
        .await
        .unwrap()
        .unwrap()
        .password
        .unwrap();
    for (what, secret, times) in [
        ("client secret", client.as_str(), 1),
        ("rotated client secret", rotated.as_str(), 1),
        ("lasting admin token", made.as_str(), 1),
        ("set-up code", setup.as_str(), 1),
        ("password", STRONG, 0),
        ("changed password", changed, 0),
        ("password hash", kept.as_str(), 0),
        ("any password hash", "$argon2", 0),
        ("admin token", api.token.as_str(), 0),
    ] {
        assert_eq!(answered.matches(secret).count(), times, "{what}");
    }
    let events = api.authority.store.events_after(0, 10_000).await.unwrap();
    let written: String = events.iter().map(|e| e.body.clone()).collect();
    assert!(written.contains("client.added") && written.contains("user.password_changed"));
    for secret in [
        client.as_str(),
        &rotated,
        &made,
        &setup,
        STRONG,
        changed,
        "$argon2",
        "ada@example.org",
        &session.id.to_string(),
    ] {
        assert!(!written.contains(secret), "{secret} in an event");
    }
}
