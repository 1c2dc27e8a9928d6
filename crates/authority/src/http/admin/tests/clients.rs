use super::*;
use domain::ClientId;
use domain::revocation::Position;
use domain::secret::ClientSecret;

#[tokio::test]
async fn a_client_is_registered_with_a_secret_shown_once() {
    let api = Api::new().await;
    let body = json!({"id": "spa", "name": "The shop", "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://shop.example/callback"], "audiences": ["api"], "scopes": ["read", "write"],
        "access_token_life": "2m", "consent": false, "refresh": {"absolute": "7d", "idle": "1d", "retry_window": "0s"}});
    let (status, client) = api.post("/admin/v1/clients", body).await;
    assert_eq!(status, StatusCode::CREATED, "{client}");
    let secret = text(&client["secret"]);
    let kept = api
        .authority
        .store
        .client(&"spa".parse::<ClientId>().unwrap())
        .await
        .unwrap()
        .unwrap();
    let presented = Secret::<ClientSecret>::parse(&secret).unwrap().digest();
    assert!(
        kept.accepts_secret(&presented, api.authority.clock.now())
            .is_some()
    );
    let (_, shown) = api.get("/admin/v1/clients/spa").await;
    assert_eq!(
        shown,
        json!({"id": "spa", "name": "The shop", "public": false, "grants": ["authorization_code", "refresh_token"],
            "redirect_uris": ["https://shop.example/callback"], "audiences": ["api"], "scopes": ["read", "write"],
            "consent": false, "access_token_life": "2m",
            "backchannel_logout_uri": null, "backchannel_logout_session_required": false, "created_at": "2026-01-01T00:00:00.010Z",
            "refresh": {"absolute": "7d", "idle": "1d", "retry_window": "0ms", "rotate": true}})
    );
    let (status, problem) = api
        .post(
            "/admin/v1/clients",
            json!({"id": "spa", "grants": ["client_credentials"]}),
        )
        .await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "client_taken"));
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_a_brought_one_is_not_repeated() {
    let api = Api::new().await;
    let body = json!({"id": "app", "public": true, "grants": ["authorization_code"],
        "redirect_uris": ["org.example.app:/callback", "http://127.0.0.1/cb"]});
    let (status, app) = api.post("/admin/v1/clients", body).await;
    assert_eq!(
        (status, &app["secret"], &app["public"], &app["consent"]),
        (StatusCode::CREATED, &Value::Null, &json!(true), &json!(true)),
        "{app}"
    );
    let brought = Secret::<ClientSecret>::generate(&SeededEntropy::new(4));
    let body = json!({"id": "moved", "grants": ["client_credentials"], "secret": brought.reveal().as_str()});
    let (_, moved) = api.post("/admin/v1/clients", body).await;
    assert_eq!(
        (&moved["secret"], &moved["public"], &moved["name"]),
        (&Value::Null, &json!(false), &json!("moved"))
    );
    let kept = api
        .authority
        .store
        .client(&"moved".parse::<ClientId>().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(
        kept.accepts_secret(&brought.digest(), api.authority.clock.now())
            .is_some()
    );
}

/// A sound client, with some members changed.
fn client(changes: Value) -> Value {
    let mut body = json!({"id": "c", "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://app.example/cb"]});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Each change is refused, for the members named.
async fn refused(table: Vec<(Value, Vec<&str>)>) {
    let api = Api::new().await;
    for (changes, expected) in table {
        let (status, problem) = api.post("/admin/v1/clients", client(changes.clone())).await;
        assert_eq!((status.as_u16(), code(&problem)), (422, "invalid"), "{changes}");
        assert_eq!(paths(&problem), expected, "{changes}");
        assert!(
            !problem.to_string().contains("hunter2"),
            "a secret is not repeated"
        );
    }
    assert_eq!(
        api.post("/admin/v1/clients", client(json!({}))).await.0,
        StatusCode::CREATED,
        "unchanged it is sound"
    );
}

#[tokio::test]
async fn names_and_grants_of_a_client_are_checked() {
    refused(vec![
        (json!({"id": ""}), vec!["id"]),
        (json!({"id": "a b"}), vec!["id"]),
        (json!({"id": "x".repeat(65)}), vec!["id"]),
        (json!({"name": "x".repeat(129)}), vec!["name"]),
        (json!({"grants": []}), vec!["grants", "redirect_uris"]),
        (
            json!({"grants": "authorization_code"}),
            vec!["grants", "grants", "redirect_uris"],
        ),
        (
            json!({"grants": ["authorization_code", "password"]}),
            vec!["grants[1]"],
        ),
        (
            json!({"grants": ["authorization_code", "implicit"]}),
            vec!["grants[1]"],
        ),
        (
            json!({"grants": ["refresh_token"]}),
            vec!["redirect_uris", "grants"],
        ),
        (json!({"grants": ["client_credentials"]}), vec!["redirect_uris"]),
        (
            json!({"grants": ["client_credentials"], "redirect_uris": [], "public": true}),
            vec!["grants"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn redirect_uris_of_a_client_are_checked() {
    let uris = |n: usize| -> Vec<String> { (0..n).map(|i| format!("https://app.example/{i}")).collect() };
    refused(vec![
        (json!({"redirect_uris": []}), vec!["redirect_uris"]),
        (
            json!({"redirect_uris": ["http://app.example/cb"]}),
            vec!["redirect_uris[0]"],
        ),
        (
            json!({"redirect_uris": ["https://app.example/cb", "https://*.example/cb"]}),
            vec!["redirect_uris[1]"],
        ),
        (
            json!({"redirect_uris": ["https://app.example/cb#x"]}),
            vec!["redirect_uris[0]"],
        ),
        (json!({"redirect_uris": ["myapp:/cb"]}), vec!["redirect_uris[0]"]),
        (
            json!({"redirect_uris": ["https://app.example/cb", "https://app.example/cb"]}),
            vec!["redirect_uris[1]"],
        ),
        (
            json!({"redirect_uris": uris(51)}),
            vec!["redirect_uris", "redirect_uris"],
        ),
        (
            json!({"redirect_uris": [format!("https://app.example/{}", "x".repeat(2000))]}),
            vec!["redirect_uris[0]", "redirect_uris"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_other_problem_of_a_client_is_told_at_once() {
    let scopes = |n: usize| -> Vec<String> { (0..n).map(|i| format!("s{i}")).collect() };
    refused(vec![
        (json!({"scopes": scopes(101)}), vec!["scopes"]),
        (json!({"scopes": ["read write"]}), vec!["scopes[0]"]),
        (json!({"scopes": ["\""]}), vec!["scopes[0]"]),
        (json!({"scopes": [7]}), vec!["scopes[0]"]),
        (json!({"audiences": ["a b"]}), vec!["audiences[0]"]),
        (json!({"public": true, "secret": "x"}), vec!["secret"]),
        (json!({"secret": "hunter2"}), vec!["secret"]),
        (json!({"consent": "no"}), vec!["consent"]),
        (json!({"access_token_life": "16m"}), vec!["access_token_life"]),
        (json!({"access_token_life": "29s"}), vec!["access_token_life"]),
        (json!({"access_token_life": 300}), vec!["access_token_life"]),
        (json!({"refresh": []}), vec!["refresh"]),
        (json!({"refresh": {"absolute": "366d"}}), vec!["refresh.absolute"]),
        (
            json!({"refresh": {"absolute": "1d", "idle": "2d"}}),
            vec!["refresh.idle"],
        ),
        (
            json!({"refresh": {"retry_window": "2m"}}),
            vec!["refresh.retry_window"],
        ),
        (json!({"refresh": {"forever": true}}), vec!["refresh.forever"]),
        (
            json!({"public": true, "refresh": {"rotate": false}}),
            vec!["refresh.rotate"],
        ),
        (json!({"claims": {"role": "root"}}), vec!["claims"]),
        (
            json!({"id": "!", "consent": 1, "scopes": [""], "refresh": {"idle": "never"}, "x": 1}),
            vec!["id", "scopes[0]", "consent", "refresh.idle", "x"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_largest_client_fits() {
    let api = Api::new().await;
    let uris: Vec<String> = (0..50)
        .map(|i| format!("https://app.example/{i:0>1960}"))
        .collect();
    let scopes: Vec<String> = (0..100).map(|i| format!("s{i}")).collect();
    let (status, answer) = api
        .post(
            "/admin/v1/clients",
            client(json!({"redirect_uris": uris, "scopes": scopes})),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn removing_a_client_kills_what_it_was_given() {
    let api = Api::new().await;
    api.client("billing").await;
    let head = api.authority.store.head().await.unwrap().seq;
    let position = |client: &str| Position {
        client: Some(client.parse().unwrap()),
        ..Position::of("client:other".parse().unwrap(), head)
    };
    let (status, removed) = api.delete("/admin/v1/clients/billing").await;
    assert_eq!((status, &removed["id"]), (StatusCode::OK, &json!("billing")));
    assert!(removed["seq"].as_u64().unwrap() > head.as_u64());
    assert!(api.authority.store.is_revoked(position("billing")).await.unwrap());
    assert!(!api.authority.store.is_revoked(position("others")).await.unwrap());
    for (method, path) in [
        ("GET", "billing"),
        ("DELETE", "billing"),
        ("GET", "no%20id"),
        ("DELETE", "no%20id"),
    ] {
        let (status, problem) = api.call(method, &format!("/admin/v1/clients/{path}"), None).await;
        assert_eq!((status, code(&problem)), (StatusCode::NOT_FOUND, "not_found"));
    }
    api.client("billing").await;
    assert!(
        api.authority.store.is_revoked(position("billing")).await.unwrap(),
        "the old ones stay dead"
    );
}

#[tokio::test]
async fn nobody_registers_what_is_the_canarys() {
    let api = Api::new().await;
    let body = json!({"id": "symbolon-canary", "grants": ["client_credentials"], "audiences": ["api", "urn:symbolon:canary"]});
    let (status, problem) = api.post("/admin/v1/clients", body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let said = problem.to_string();
    assert!(
        said.contains("audiences[1]") && said.contains("is the canary's"),
        "{said}"
    );
    let body = json!({"id": "canary", "grants": ["client_credentials"], "audiences": ["api"]});
    assert_eq!(api.post("/admin/v1/clients", body).await.0, StatusCode::CREATED);
}
