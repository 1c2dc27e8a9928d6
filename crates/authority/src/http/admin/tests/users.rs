use super::*;

#[tokio::test]
async fn a_user_is_added_found_disabled_and_enabled() {
    let api = Api::new().await;
    let body = json!({"name": "Ada", "email": "ada@example.org", "password": STRONG, "admin": true});
    let (status, ada) = api.post("/admin/v1/users", body).await;
    assert_eq!(status, StatusCode::CREATED, "{ada}");
    assert_eq!(
        (
            &ada["name"],
            &ada["email"],
            &ada["admin"],
            &ada["has_password"],
            &ada["disabled"],
            &ada["created_at"]
        ),
        (
            &json!("Ada"),
            &json!("ada@example.org"),
            &json!(true),
            &json!(true),
            &json!(false),
            &json!("2026-01-01T00:00:00.010Z")
        )
    );
    let by_id = api.get(&format!("/admin/v1/users/{}", text(&ada["id"]))).await;
    let mut detail = ada.clone();
    for (name, value) in [
        ("failed_attempts", json!(0)),
        ("last_failed_at", Value::Null),
        ("locked", json!(false)),
    ] {
        detail[name] = value;
    }
    assert_eq!(by_id, (StatusCode::OK, detail));
    assert_eq!(
        api.get("/admin/v1/users/ada").await,
        by_id,
        "by name, without regard to case"
    );
    let (_, page) = api.get("/admin/v1/users").await;
    assert_eq!(page, json!({"items": [ada], "next": null}));
    let (status, off) = api.post("/admin/v1/users/ada/disable", json!({})).await;
    assert_eq!((status, &off["disabled"]), (StatusCode::OK, &json!(true)));
    assert_eq!(off["receipt"]["level"], "durable");
    let (status, again) = api
        .call("POST", "/admin/v1/users/ada/disable?wait=enforced", None)
        .await;
    let mut still = off.clone();
    still["receipt"] = Value::Null;
    assert_eq!(
        (status, again),
        (StatusCode::OK, still),
        "to disable twice is to disable"
    );
    let (status, problem) = api
        .call("POST", "/admin/v1/users/ada/disable?wait=soon", None)
        .await;
    assert_eq!((status.as_u16(), paths(&problem)), (422, vec!["wait".to_owned()]));
    let (_, on) = api.post("/admin/v1/users/ada/enable", json!({})).await;
    assert_eq!(
        (&on["disabled"], &on["disabled_at"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn names_are_unique_without_regard_to_case() {
    let api = Api::new().await;
    api.user("ada").await;
    let (status, problem) = api.post("/admin/v1/users", json!({"name": "ADA"})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "name_taken"));
    assert!(problem["hint"].is_string());
}

#[tokio::test]
async fn every_problem_of_a_user_is_told_at_once() {
    let api = Api::new().await;
    let table = [
        (json!({}), vec!["name"]),
        (json!({"name": ""}), vec!["name"]),
        (json!({"name": null}), vec!["name"]),
        (json!({"name": 7}), vec!["name"]),
        (json!({"name": "x".repeat(129)}), vec!["name"]),
        (json!({"name": " ada"}), vec!["name"]),
        (json!({"name": "a\u{0}b"}), vec!["name"]),
        (json!({"name": "user:ada"}), vec!["name"]),
        (json!({"name": "client:ada"}), vec!["name"]),
        (json!({"name": ".."}), vec!["name"]),
        (json!({"name": "ada", "email": "nobody"}), vec!["email"]),
        (json!({"name": "ada", "admin": "yes"}), vec!["admin"]),
        (json!({"name": "ada", "password": 5}), vec!["password"]),
        (json!({"name": "ada", "password": "short"}), vec!["password"]),
        (
            json!({"name": "ada", "password": "passwordpassword1"}),
            vec!["password"],
        ),
        (
            json!({"name": "ada.lovelace.1815", "password": "ada.lovelace.1815"}),
            vec!["password"],
        ),
        (
            json!({"name": "ada", "password": "x".repeat(1025)}),
            vec!["password"],
        ),
        (json!({"name": "ada", "roles": ["root"]}), vec!["roles"]),
        (
            json!({"name": " ", "email": "@", "admin": 1, "password": "x", "extra": 0}),
            vec!["name", "email", "admin", "password", "extra"],
        ),
    ];
    for (body, expected) in table {
        let (status, problem) = api.post("/admin/v1/users", body.clone()).await;
        assert_eq!((status.as_u16(), code(&problem)), (422, "invalid"), "{body}");
        assert_eq!(paths(&problem), expected, "{body}");
        assert!(
            problem["errors"][0]["hint"]
                .as_str()
                .is_some_and(|h| !h.is_empty()),
            "{body}"
        );
    }
    assert_eq!(
        api.get("/admin/v1/users").await.1["items"],
        json!([]),
        "nothing was kept"
    );
}

#[tokio::test]
async fn an_unknown_member_is_named_with_those_that_are_known() {
    let api = Api::new().await;
    let (_, problem) = api
        .post("/admin/v1/users", json!({"name": "ada", "e-mail": "a@b.org"}))
        .await;
    assert_eq!(problem["detail"], "e-mail is unknown.");
    assert_eq!(
        problem["hint"],
        "known: name, email, password, admin, must_change"
    );
}

#[tokio::test]
async fn disabling_a_user_kills_every_session() {
    let api = Api::new().await;
    let (ada, bob) = (api.user("ada").await, api.user("bob").await);
    let (of_ada, of_bob) = (api.session(&ada).await, api.session(&bob).await);
    api.post("/admin/v1/users/ada/disable", json!({})).await;
    assert!(api.is_revoked(&of_ada).await && !api.is_revoked(&of_bob).await);
    api.post("/admin/v1/users/ada/enable", json!({})).await;
    assert!(api.is_revoked(&of_ada).await, "nothing comes back");
    let (_, sessions) = api.get("/admin/v1/sessions").await;
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_is_the_one_that_fits() {
    let api = Api::new().await;
    let ada = api.user("ada").await;
    let session = api.session(&ada).await;
    let path = "/admin/v1/users/ada/password";
    for weak in [
        json!({}),
        json!({"password": null}),
        json!({"password": "short"}),
        json!({"password": "aaaaaaaaaaaaaaaaaaa"}),
    ] {
        let (status, problem) = api.call("PUT", path, Some(weak)).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, vec!["password".to_owned()])
        );
    }
    assert!(!api.is_revoked(&session).await, "a refusal changes nothing");
    let (status, user) = api.call("PUT", path, Some(json!({"password": STRONG}))).await;
    assert_eq!((status, &user["has_password"]), (StatusCode::OK, &json!(true)));
    assert!(api.is_revoked(&session).await);
    let kept = api.authority.store.user_by_name("ada").await.unwrap().unwrap();
    let fits = async |password: &str| {
        let password = zeroize::Zeroizing::new(password.to_owned());
        api.authority
            .passwords
            .verify(password, kept.password.as_deref())
            .await
            .unwrap()
    };
    assert!(fits(STRONG).await && !fits("quiet marble under seven lantern").await);
    api.post("/admin/v1/users/ada/disable", json!({})).await;
    let (status, problem) = api.call("PUT", path, Some(json!({"password": STRONG}))).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "user_disabled"));
}

#[tokio::test]
async fn who_does_not_exist_is_not_found() {
    let api = Api::new().await;
    let ghost = "user:00000000000000000000000000";
    for (method, path) in [
        ("GET", "/admin/v1/users/nobody".to_owned()),
        ("GET", format!("/admin/v1/users/{ghost}")),
        ("POST", "/admin/v1/users/nobody/disable".to_owned()),
        ("POST", format!("/admin/v1/users/{ghost}/enable")),
        ("PUT", "/admin/v1/users/nobody/password".to_owned()),
    ] {
        let (status, problem) = api.call(method, &path, None).await;
        assert_eq!(
            (status, code(&problem)),
            (StatusCode::NOT_FOUND, "not_found"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_locked_user_is_shown_as_such_and_unlocked() {
    let api = Api::new().await;
    let id = api.user("ada").await;
    let user = id.parse().unwrap();
    let intent = store::intent::CountAttempt {
        account: domain::lockout::Account::User(user),
        place: domain::lockout::Place::Elsewhere,
        terms: domain::lockout::LockoutTerms {
            after: 3,
            after_known: 3,
        },
    };
    for _ in 0..4 {
        api.authority.store.count_attempt(intent).await.unwrap();
    }
    let (_, shown) = api.get("/admin/v1/users/ada").await;
    assert_eq!(
        (
            &shown["failed_attempts"],
            &shown["locked"],
            &shown["last_failed_at"]
        ),
        (&json!(3), &json!(true), &json!("2026-01-01T00:00:00.010Z"))
    );
    let (status, after) = api.call("POST", "/admin/v1/users/ada/unlock", None).await;
    assert_eq!(
        (status, &after["failed_attempts"], &after["locked"]),
        (StatusCode::OK, &json!(0), &json!(false))
    );
    let (status, _) = api.call("POST", "/admin/v1/users/nobody/unlock", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_password_may_have_to_be_replaced() {
    let api = Api::new().await;
    api.user("ada").await;
    let body = json!({"password": STRONG, "must_change": true});
    let (status, user) = api.call("PUT", "/admin/v1/users/ada/password", Some(body)).await;
    assert_eq!(
        (status, &user["must_change_password"]),
        (StatusCode::OK, &json!(true))
    );
    let body = json!({"password": STRONG});
    let (_, user) = api.call("PUT", "/admin/v1/users/ada/password", Some(body)).await;
    assert_eq!(user["must_change_password"], json!(false));
}
