//! `/healthz`: the process runs. `/readyz`: it can do its work, or what cannot.

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

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<&'static str>,
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
}

async fn health() -> Response {
    answer(vec![])
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
    answer(failing)
}

fn answer(failing: Vec<&'static str>) -> Response {
    if failing.is_empty() {
        return respond::json(
            StatusCode::OK,
            &Health {
                status: "ok",
                failing,
            },
        );
    }
    respond::json(
        StatusCode::SERVICE_UNAVAILABLE,
        &Health {
            status: "failing",
            failing,
        },
    )
}
