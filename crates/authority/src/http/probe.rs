//! `/healthz`: the process runs. `/readyz`: it can do its work, or what cannot; and what will stop it unless somebody
//! acts. Little room on the disk is only ever a warning: taken out of service, it could not revoke.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::key::{KeyState, KeyUse};
use http::StatusCode;
use serde::Serialize;

use super::respond;
use crate::authority::Authority;
use crate::space::Space;

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
}

async fn health() -> Response {
    answer(vec![], vec![])
}

async fn ready(State(authority): State<Arc<Authority>>) -> Response {
    let mut failing = vec![];
    if authority.store.head().await.is_err() {
        failing.push("store");
    }
    let keys = authority.keys.list();
    let in_use = |usage: &str| {
        keys.iter()
            .any(|k| k.usage == usage && k.state == KeyState::Signing.as_str())
    };
    if !in_use(KeyUse::Sealing.as_str()) {
        failing.push("sealing_key");
    }
    if !authority
        .config
        .token
        .algorithms
        .iter()
        .all(|a| in_use(a.as_str()))
    {
        failing.push("signing_key");
    }
    let warnings = match authority.space() {
        Some(Space::Low) => vec!["disk_space_low"],
        Some(Space::Short) => vec!["disk_space_short"],
        Some(Space::Ample) | None => vec![],
    };
    answer(failing, warnings)
}

fn answer(failing: Vec<&'static str>, warnings: Vec<&'static str>) -> Response {
    let (status, word) = match (failing.is_empty(), warnings.is_empty()) {
        (true, true) => (StatusCode::OK, "ok"),
        (true, false) => (StatusCode::OK, "warning"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
    };
    let health = Health {
        status: word,
        failing,
        warnings,
    };
    respond::json(status, &health)
}
