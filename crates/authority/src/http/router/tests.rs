use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use domain::testing::{ManualClock, SeededEntropy};
use store::sqlite::SqliteStore;
use zeroize::Zeroizing;

use super::*;
use crate::config::{RawConfig, RawServer};
use crate::http::client_info::PeerAddress;
use crate::testing::{authority_with, config, send, text};
use crate::{KeyEncryptionKey, World};

/// The directory of an embedded store, gone at the test's end.
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An authority on an embedded store that can be closed under it: from then on the store refuses everything.
async fn embedded() -> (Arc<Authority>, Arc<SqliteStore>, Directory) {
    let name = format!("symbolon-router-{}", std::process::id());
    let directory = Directory(std::env::temp_dir().join(name));
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(3)));
    let store = SqliteStore::open(&directory.0, clock.clone(), entropy.clone()).unwrap();
    let world = World {
        store: store.clone(),
        clock,
        entropy,
    };
    let kek = KeyEncryptionKey::new(Zeroizing::new([9; 32]));
    let authority = Authority::open(config(), world, kek).await.unwrap();
    (authority, store, directory)
}

async fn answer(router: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = send(router, request).await;
    (response.status(), text(response).await)
}

/// A wrong password, sent by a program.
async fn login(router: &Router, peer: &str, forwarded: &str, name: &str) -> StatusCode {
    let body = serde_json::json!({ "username": name, "password": "wrong" }).to_string();
    let mut request = Request::post("/api/login")
        .header(CONTENT_TYPE, "application/json")
        .header("X-Forwarded-For", forwarded)
        .body(Body::from(body))
        .unwrap();
    request
        .extensions_mut()
        .insert(PeerAddress(peer.parse().unwrap()));
    send(router, request).await.status()
}

#[tokio::test]
async fn readiness_says_that_the_store_refuses_and_nobody_is_signed_in_meanwhile() {
    let (authority, store, _directory) = embedded().await;
    let router = public(authority);
    let ready = (StatusCode::OK, r#"{"status":"ok"}"#.to_owned());
    assert_eq!(answer(&router, "/readyz").await, ready);
    store.close();
    let failing = r#"{"status":"failing","failing":["store"]}"#.to_owned();
    assert_eq!(
        answer(&router, "/readyz").await,
        (StatusCode::SERVICE_UNAVAILABLE, failing)
    );
    assert_eq!(answer(&router, "/healthz").await, ready, "the process runs");
    let refused = login(&router, "192.0.2.1:5", "", "ada").await;
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn visitors_behind_a_listed_proxy_are_counted_apart_and_cannot_choose_an_address() {
    const PROXY: &str = "127.0.0.1:40000";
    for (listed, other) in [
        (vec!["127.0.0.1".to_owned()], StatusCode::UNAUTHORIZED),
        (vec![], StatusCode::TOO_MANY_REQUESTS),
    ] {
        let server = RawServer {
            proxies: Some(listed),
            ..RawServer::default()
        };
        let raw = RawConfig {
            server,
            ..RawConfig::default()
        };
        let mut config = config();
        config.proxies = raw.check().unwrap().proxies;
        config.login.attempts_per_network = 10;
        let router = public(authority_with(config).await.0);
        for n in 0..10 {
            let made_up = format!("198.51.100.{n}, 203.0.113.7");
            let status = login(&router, PROXY, &made_up, &format!("user{n}")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
        let same = login(&router, PROXY, "192.0.2.200, 203.0.113.8", "ada").await;
        assert_eq!(
            same,
            StatusCode::TOO_MANY_REQUESTS,
            "what stands before is not believed"
        );
        assert_eq!(login(&router, PROXY, "198.51.100.1", "bob").await, other);
    }
}

/// Anybody may report: it is counted, answered in no words, and bounded.
#[tokio::test]
async fn a_browsers_report_is_counted_and_nothing_more() {
    let (authority, ..) = authority_with(config()).await;
    let router = public(Arc::clone(&authority));
    let report = r#"{"csp-report": {"violated-directive": "script-src-elem"}}"#;
    let ask = |body: String| {
        let request = Request::post("/policy-reports").header("content-type", "application/csp-report");
        request.body(Body::from(body)).unwrap()
    };
    let response = send(&router, ask(report.to_owned())).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let mut registry = prometheus_client::registry::Registry::default();
    authority.metrics.register(&mut registry);
    let mut counted = String::new();
    prometheus_client::encoding::text::encode(&mut counted, &registry).unwrap();
    assert!(
        counted.contains("symbolon_policy_reports_total{what=\"script\"} 1"),
        "{counted}"
    );
    let response = send(&router, ask("x".repeat(20_000))).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
