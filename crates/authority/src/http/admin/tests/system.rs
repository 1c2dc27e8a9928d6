use super::*;
use crate::flows::admin::backup::Backup;
use crate::flows::setup::{SetupOutcome, SetupRequest, complete_setup};
use prometheus_client::metrics::counter::Counter;
use std::path::Path;

#[derive(Debug)]
struct Copying;

#[async_trait::async_trait]
impl Backup for Copying {
    async fn backup(&self, to: &Path) -> Result<u64, String> {
        if to.ends_with("full.db") {
            return Err("no space left on device".to_owned());
        }
        std::fs::write(to, b"copy").map_err(|e| e.to_string())?;
        Ok(4)
    }
}

/// A directory of this test alone, gone at its end.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("symbolon-admin-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_backup_is_written_and_nothing_is_overwritten() {
    let api = Api::with(|parts| parts.with_backup(Arc::new(Copying))).await;
    let directory = Directory::new("backup");
    let file = directory.file("a.db");
    let (status, written) = api.post("/admin/v1/backup", json!({"path": file})).await;
    assert_eq!(
        (status, &written),
        (StatusCode::CREATED, &json!({"path": file, "bytes": 4}))
    );
    let (status, problem) = api.post("/admin/v1/backup", json!({"path": file})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "file_exists"));
    let link = directory.file("link.db");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let (status, _) = api.post("/admin/v1/backup", json!({"path": link})).await;
    assert_eq!(status, StatusCode::CONFLICT, "a dangling link is something too");
    for path in [
        json!("a.db"),
        json!("../a.db"),
        json!(""),
        json!(null),
        json!(7),
        json!(directory.file("x/../a.db")),
        json!(directory.file("missing/a.db")),
    ] {
        let (status, problem) = api.post("/admin/v1/backup", json!({"path": path})).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, vec!["path".to_owned()]),
            "{path}"
        );
    }
    let (status, problem) = api
        .post("/admin/v1/backup", json!({"path": directory.file("full.db")}))
        .await;
    assert_eq!((status.as_u16(), code(&problem)), (500, "backup_failed"));
    assert!(text(&problem["detail"]).contains("no space left"));
}

#[tokio::test]
async fn a_store_without_a_backup_says_so() {
    let api = Api::new().await;
    let file = Directory::new("none").file("a.db");
    let (status, problem) = api.post("/admin/v1/backup", json!({"path": file})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "no_backup"));
}

#[tokio::test]
async fn a_set_up_code_makes_an_administrator_once() {
    let api = Api::new().await;
    let (_, first) = api.call("POST", "/admin/v1/setup-code", None).await;
    let (status, made) = api.call("POST", "/admin/v1/setup-code", None).await;
    assert_eq!(
        (status, &made["url"]),
        (StatusCode::CREATED, &json!("http://localhost:8700/setup"))
    );
    assert_eq!(made["expires_at"], "2026-01-01T00:15:00.010Z");
    let use_code = async |code: &Value| {
        let request = SetupRequest {
            code: zeroize::Zeroizing::new(text(code)),
            username: "root".to_owned(),
            password: zeroize::Zeroizing::new(STRONG.to_owned()),
            address: None,
        };
        complete_setup(&api.authority, request).await.unwrap()
    };
    assert_eq!(
        use_code(&first["setup_code"]).await,
        SetupOutcome::Refused,
        "an earlier code is dead"
    );
    assert!(matches!(
        use_code(&made["setup_code"]).await,
        SetupOutcome::Done(_)
    ));
    assert_eq!(use_code(&made["setup_code"]).await, SetupOutcome::Refused);
    assert_eq!(api.get("/admin/v1/status").await.1["has_administrator"], true);
}

#[tokio::test]
async fn the_status_tells_how_the_authority_stands() {
    let api = Api::new().await;
    api.user("ada").await;
    api.clock.advance(Span::from_mins(2));
    let (status, told) = api.get("/admin/v1/status").await;
    let head = api.authority.store.head().await.unwrap().seq;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&told["issuer"], &told["head"], &told["epoch"]),
        (
            &json!("http://localhost:8700"),
            &json!(head.as_u64()),
            &json!(head.epoch().as_u32())
        )
    );
    assert_eq!(
        (
            &told["now"],
            &told["lease_ms"],
            &told["largest_lease_ms"],
            &told["has_administrator"]
        ),
        (
            &json!("2026-01-01T00:02:00.010Z"),
            &json!(10_000),
            &json!(10_000),
            &json!(false)
        )
    );
    assert_eq!(
        told["keys"].as_array().unwrap().len(),
        4,
        "two in use, two in reserve"
    );
    assert!(
        told["key_ages_ms"]
            .as_object()
            .unwrap()
            .values()
            .all(|age| *age == 120_010)
    );
    assert_eq!(told["store"]["users"], 1);
}

#[tokio::test]
async fn metrics_tell_what_happened_and_take_other_sources() {
    let api = Api::with(|parts| {
        parts.with_metrics(Arc::new(|registry| {
            let checks: Counter = Counter::default();
            checks.inc_by(7);
            registry.register("symbolon_edge_decisions", "Decisions", checks);
        }))
    })
    .await;
    let ada = api.user("ada").await;
    let session = api.session(&ada).await;
    api.delete(&format!("/admin/v1/sessions/{}", session.id)).await;
    api.post("/admin/v1/revocations", json!({"class": "client", "key": "web"}))
        .await;
    api.authority.maintain().await.unwrap();
    api.clock.advance(Span::from_secs(90));
    let (status, body) = api.get("/metrics").await;
    let body = text(&body);
    assert_eq!(status, StatusCode::OK);
    let head = api.authority.store.head().await.unwrap().seq.as_u64();
    for line in [
        "symbolon_sessions_total{what=\"ended\"} 1".to_owned(),
        "symbolon_revocations_total{what=\"durable\"} 1".to_owned(),
        "symbolon_key_age_seconds{use=\"ES256\",state=\"signing\"} 90".to_owned(),
        "symbolon_key_age_seconds{use=\"seal\",state=\"announced\"} 90".to_owned(),
        "symbolon_store{name=\"users\"} 1".to_owned(),
        "symbolon_store_answer_seconds_count 1".to_owned(),
        format!("symbolon_log_head {head}"),
        "symbolon_log_epoch 1".to_owned(),
        "symbolon_edge_decisions_total 7".to_owned(),
    ] {
        assert!(body.lines().any(|l| l == line), "{line} in\n{body}");
    }
    assert!(body.ends_with("# EOF\n") && body.matches("# EOF").count() == 1);
}

#[tokio::test]
async fn the_chain_of_events_is_sound() {
    let api = Api::new().await;
    for n in 0..5 {
        api.user(&format!("user-{n}")).await;
    }
    let (_, events) = api.get("/admin/v1/events?limit=10000").await;
    let last = events["items"].as_array().unwrap().last().unwrap().clone();
    let (status, check) = api.get("/admin/v1/events/verify").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        check,
        json!({"ok": true, "anchor": 1, "checked": last["number"], "digest": last["digest"], "broken_at": null, "problem": null})
    );
    assert_eq!(
        (text(&last["digest"]).len(), &last["body"]["event"]),
        (64, &json!("admin.acted"))
    );
}
