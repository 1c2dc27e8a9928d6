//! Every call that changes something leaves exactly one event, and one that is refused leaves a trace.

use super::*;
use crate::flows::admin::backup::Backup;
use crate::http::admin::operations;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Debug)]
struct Copying;

#[async_trait::async_trait]
impl Backup for Copying {
    async fn backup(&self, _: &Path) -> Result<u64, String> {
        Ok(4)
    }
}

/// A good call of an operation: its path and body. Whoever adds an operation that changes something adds one here.
async fn good_call(api: &Api, action: &str) -> (String, Value) {
    let users = "/admin/v1/users";
    match action {
        "users.add" => (users.to_owned(), json!({"name": "new"})),
        "users.disable" => (format!("{users}/ada/disable"), json!({})),
        "users.enable" => (format!("{users}/ada/enable"), json!({})),
        "users.unlock" => (format!("{users}/ada/unlock"), json!({})),
        "users.set_password" => (format!("{users}/bob/password"), json!({"password": STRONG})),
        "sessions.end" => {
            let user = text(&api.get(&format!("{users}/cid")).await.1["id"]);
            let session = api.session(&user).await;
            (format!("/admin/v1/sessions/{}", session.id), json!({}))
        }
        "sessions.end_all" => {
            let user = text(&api.get(&format!("{users}/cid")).await.1["id"]);
            (format!("/admin/v1/sessions?subject={user}"), json!({}))
        }
        "clients.add" => {
            let client = json!({"id": "new", "grants": ["client_credentials"], "audiences": ["api"]});
            ("/admin/v1/clients".to_owned(), client)
        }
        "clients.remove" => ("/admin/v1/clients/doomed".to_owned(), json!({})),
        "clients.rotate_secret" => (
            "/admin/v1/clients/billing/secrets".to_owned(),
            json!({"reason": "because"}),
        ),
        "clients.remove_secret" => {
            let (_, list) = api.get("/admin/v1/clients/billing/secrets").await;
            let oldest = text(&list["items"][0]["id"]);
            (format!("/admin/v1/clients/billing/secrets/{oldest}"), json!({}))
        }
        "keys.rotate" => {
            api.clock.advance(Span::from_days(2));
            ("/admin/v1/keys/rotate".to_owned(), json!({"use": "ES256"}))
        }
        "keys.retire" => {
            let (_, keys) = api.get("/admin/v1/keys").await;
            let keys = keys["items"].as_array().unwrap();
            let signing = |k: &&Value| k["state"] == "signing" && k["use"] == "ES256";
            let kid = text(&keys.iter().find(signing).unwrap()["kid"]);
            (
                format!("/admin/v1/keys/{kid}/retire"),
                json!({"reason": "because"}),
            )
        }
        edges if edges.starts_with("edges.") => good_edge_call(api, edges).await,
        "revocations.revoke" => {
            let target = json!({"class": "client", "key": "billing", "reason": "because"});
            ("/admin/v1/revocations".to_owned(), target)
        }
        "admin_tokens.add" => {
            let token = json!({"name": "new", "scopes": ["read"]});
            ("/admin/v1/admin-tokens".to_owned(), token)
        }
        "admin_tokens.remove" => ("/admin/v1/admin-tokens/new".to_owned(), json!({})),
        "system.setup_code" => ("/admin/v1/setup-code".to_owned(), Value::Null),
        "system.backup" => {
            let name = format!("symbolon-audit-{}.db", std::process::id());
            let path = std::env::temp_dir().join(name);
            ("/admin/v1/backup".to_owned(), json!({"path": path}))
        }
        other => panic!("{other} changes something: tell here how it is called well"),
    }
}

async fn good_edge_call(api: &Api, action: &str) -> (String, Value) {
    let edge = |name: &str| json!({"name": name, "url": "https://id.example:8702"});
    if action == "edges.add" {
        return ("/admin/v1/edges".to_owned(), edge("new"));
    }
    api.post("/admin/v1/edges", edge("doomed")).await;
    (
        "/admin/v1/edges/doomed/remove".to_owned(),
        json!({"reason": "because"}),
    )
}

#[tokio::test]
async fn every_call_that_changes_something_leaves_exactly_one_event() {
    let api = Api::with(|parts| parts.with_backup(Arc::new(Copying))).await;
    for name in ["ada", "bob", "cid"] {
        api.user(name).await;
    }
    for id in ["billing", "doomed"] {
        api.client(id).await;
    }
    let every: Vec<&str> = domain::admin_token::AdminScope::ALL
        .iter()
        .map(|s| s.as_str())
        .collect();
    let token = api.token("auditor", &every, "30d").await;
    let (_, document) = api.get("/admin/v1/openapi.json").await;
    let mut requests = BTreeSet::new();
    let mut walked = 0;
    for operation in operations::all() {
        let method = operation.method.as_str();
        assert!(document["paths"][operation.path][method.to_lowercase()].is_object());
        if method == "GET" {
            continue;
        }
        let (path, body) = good_call(&api, operation.action).await;
        let body = Some(body).filter(|b| !b.is_null());
        let before = api.last_event().await;
        let (status, answer) = api.call_with(&token, method, &path, body).await;
        assert!(status.is_success(), "{}: {answer}", operation.action);
        let events = api.events_after(before).await;
        let acts: Vec<&Value> = events.iter().filter(|e| e["event"] == "admin.acted").collect();
        assert_eq!(acts.len(), 1, "{}: {events:?}", operation.action);
        let act = acts[0];
        assert_eq!(
            (&act["actor"], &act["action"]),
            (&json!("admin:auditor"), &json!(operation.action))
        );
        assert!(
            ["done", "unchanged", "begun"].contains(&act["outcome"].as_str().unwrap()),
            "{act}"
        );
        let has_target = act["target"].is_string() || operation.action == "system.setup_code";
        assert!(has_target, "{act}");
        if answer.to_string().contains("because") || path.contains("retire") || path.contains("revocations") {
            assert_eq!(act["reason"], "because", "{act}");
        }
        assert!(
            requests.insert(text(&act["request"])),
            "each call has an id of its own"
        );
        walked += 1;
    }
    assert_eq!(walked, requests.len());
    assert!(walked >= 16, "{walked}");
}

#[tokio::test]
async fn a_call_that_finds_it_done_already_is_on_record_as_such() {
    let api = Api::new().await;
    api.user("ada").await;
    for outcome in ["done", "unchanged"] {
        let before = api.last_event().await;
        api.call("POST", "/admin/v1/users/ada/disable", None).await;
        let events = api.events_after(before).await;
        let act = events.iter().find(|e| e["event"] == "admin.acted").unwrap();
        assert_eq!(act["outcome"], outcome);
        assert!(text(&act["target"]).starts_with("user:"), "never the name: {act}");
    }
}

#[tokio::test]
async fn a_refused_call_is_on_record_and_a_flood_of_them_is_one_event_a_minute() {
    let api = Api::new().await;
    let token = api.token("reader", &["read"], "1d").await;
    let before = api.last_event().await;
    for _ in 0..500 {
        let (status, _) = api
            .call_with(&token, "POST", "/admin/v1/users", Some(json!({"name": "x"})))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    api.post("/admin/v1/users", json!({"name": ""})).await;
    api.delete("/admin/v1/clients/nobody").await;
    let refused = async |api: &Api| -> Vec<(String, String, String, u64)> {
        let events = api.events_after(before).await;
        let mine = events.iter().filter(|e| e["event"] == "admin.refused");
        mine.map(|e| {
            (
                text(&e["actor"]),
                text(&e["action"]),
                text(&e["code"]),
                e["count"].as_u64().unwrap(),
            )
        })
        .collect()
    };
    let row = |actor: &str, action: &str, code: &str, count| {
        (actor.to_owned(), action.to_owned(), code.to_owned(), count)
    };
    let mut expected = vec![
        row("admin:reader", "users.add", "insufficient_scope", 1),
        row("admin:test", "users.add", "invalid", 1),
        row("admin:test", "clients.remove", "not_found", 1),
    ];
    assert_eq!(refused(&api).await, expected, "durable before it is answered");
    api.clock.advance(Span::from_mins(1));
    api.authority.maintain().await.unwrap();
    expected.push(row("admin:reader", "users.add", "insufficient_scope", 499));
    assert_eq!(refused(&api).await, expected);
    assert_eq!(
        api.authority
            .store
            .user_by_name("x")
            .await
            .unwrap()
            .map(|u| u.name),
        None
    );
}

#[tokio::test]
async fn garbage_without_a_token_writes_no_event() {
    let api = Api::new().await;
    let before = api.last_event().await;
    for _ in 0..50 {
        let (status, _) = api
            .call_with("sy_at_garbage", "POST", "/admin/v1/users", Some(json!({})))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    api.clock.advance(Span::from_mins(2));
    api.authority.maintain().await.unwrap();
    assert!(api.events_after(before).await.is_empty());
}
