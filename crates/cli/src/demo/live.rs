//! How the edges stand now, and the switches of their lines. Both go on without a sign-in: the page shows them to whoever
//! has just been signed out by it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Demo, Place};

/// How each edge stands, for a page that asks a few times a second.
pub(super) async fn live(State(demo): State<Demo>) -> Response {
    let edges: Vec<Value> = demo.places.iter().map(Place::told).collect();
    let lease_ms = demo.authority.config().lease.lease.as_ms();
    let told = json!({ "edges": edges, "lease_ms": lease_ms });
    ([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    edge: String,
    connected: bool,
}

/// Cuts an edge off, or joins it again.
pub(super) async fn switch(
    State(demo): State<Demo>,
    headers: HeaderMap,
    Json(wanted): Json<Switch>,
) -> Response {
    if headers
        .get("sec-fetch-site")
        .is_none_or(|site| site != "same-origin")
    {
        return refuse(StatusCode::FORBIDDEN, "only the demo's own page may switch\n");
    }
    let named = |place: &&Place| place.edge.config().name.as_str() == wanted.edge;
    let Some(Place { line, .. }) = demo.places.iter().find(named) else {
        return refuse(StatusCode::NOT_FOUND, "there is no such edge\n");
    };
    let joined = demo.places.iter().filter(|place| place.line.is_connected());
    if !wanted.connected && line.is_connected() && joined.count() <= 1 {
        return refuse(
            StatusCode::CONFLICT,
            "one edge stays joined: this page comes through it\n",
        );
    }
    line.switch(wanted.connected);
    StatusCode::NO_CONTENT.into_response()
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, why).into_response()
}
