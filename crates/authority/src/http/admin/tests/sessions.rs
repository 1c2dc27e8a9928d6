use super::*;

#[tokio::test]
async fn sessions_are_listed_shown_and_ended() {
    let api = Api::new().await;
    let (ada, bob) = (api.user("ada").await, api.user("bob").await);
    let first = api.session(&ada).await;
    api.clock.advance(Span::from_secs(1));
    let (second, other) = (api.session(&ada).await, api.session(&bob).await);
    let (_, page) = api.get(&format!("/admin/v1/sessions?subject={ada}")).await;
    let ids: Vec<String> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| text(&s["id"]))
        .collect();
    assert_eq!(ids, [second.id.to_string(), first.id.to_string()], "newest first");
    let path = format!("/admin/v1/sessions/{}", first.id);
    let (status, shown) = api.get(&path).await;
    assert_eq!(
        (status, &shown["subject"], &shown["network"]),
        (StatusCode::OK, &json!(ada), &json!("203.0.113.0/24"))
    );
    assert_eq!(shown["expires_at"], "2026-01-01T08:00:00.010Z");
    assert_eq!(shown["idle_expires_at"], "2026-01-01T01:00:00.010Z");
    let (status, ended) = api.delete(&path).await;
    assert_eq!((status, &ended["id"]), (StatusCode::OK, &json!(first.id)));
    assert!(api.is_revoked(&first).await && !api.is_revoked(&second).await && !api.is_revoked(&other).await);
    for (method, path) in [
        ("GET", path.as_str()),
        ("DELETE", &path),
        ("GET", "/admin/v1/sessions/x"),
    ] {
        let (status, problem) = api.call(method, path, None).await;
        assert_eq!(
            (status, code(&problem)),
            (StatusCode::NOT_FOUND, "not_found"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_not_shown() {
    let api = Api::new().await;
    let ada = api.user("ada").await;
    let session = api.session(&ada).await;
    let path = format!("/admin/v1/sessions/{}", session.id);
    assert_eq!(api.get(&path).await.0, StatusCode::OK);
    api.clock.advance(Span::from_hours(1));
    assert_eq!(api.get(&path).await.0, StatusCode::NOT_FOUND, "idle for too long");
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused() {
    let api = Api::new().await;
    for (query, path) in [
        ("subject=root", "subject"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("after=x", "after"),
        ("user=ada", "user"),
        ("limit=1&limit=2", "limit"),
    ] {
        let (status, problem) = api.get(&format!("/admin/v1/sessions?{query}")).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, vec![path.to_owned()]),
            "{query}"
        );
    }
    let (status, problem) = api
        .delete("/admin/v1/sessions/ses_00000000000000000000000000?offline_too=maybe")
        .await;
    assert_eq!(
        (status.as_u16(), paths(&problem)),
        (422, vec!["offline_too".to_owned()])
    );
}

#[tokio::test]
async fn a_subject_is_signed_out_everywhere_with_a_receipt() {
    let api = Api::new().await;
    let (ada, bob) = (api.user("ada").await, api.user("bob").await);
    let (one, two, other) = (
        api.session(&ada).await,
        api.session(&ada).await,
        api.session(&bob).await,
    );
    let path = format!("/admin/v1/sessions?subject={ada}&wait=enforced");
    let (status, ended) = api.delete(&path).await;
    assert_eq!(
        (
            status,
            &ended["sessions"],
            &ended["grants"],
            &ended["receipt"]["level"]
        ),
        (StatusCode::OK, &json!(2), &json!(0), &json!("enforced"))
    );
    assert!(api.is_revoked(&one).await && api.is_revoked(&two).await && !api.is_revoked(&other).await);
    for (query, status, wrong) in [
        ("", 422, "subject"),
        ("?subject=ada", 422, "subject"),
        ("?subject=client:nobody", 404, ""),
        ("?subject=user:00000000000000000000000000", 404, ""),
        ("?subject=user:00000000000000000000000000&wait=soon", 422, "wait"),
    ] {
        let (seen, problem) = api.delete(&format!("/admin/v1/sessions{query}")).await;
        assert_eq!(seen.as_u16(), status, "{query}");
        if status == 422 {
            assert_eq!(paths(&problem), [wrong], "{query}");
        }
    }
    assert!(!api.is_revoked(&other).await);
}
