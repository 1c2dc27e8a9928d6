//! Status, edges, set-up code, backup, metrics, and the document.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{NewBackup, Page, document};
use super::problem::Problem;
use crate::error::Fault;
use crate::flows::admin::Refusal;
use crate::flows::admin::backup::{self, BackupView};
use crate::flows::admin::setup_code::{self, SetupCodeView};
use crate::flows::admin::status::{self, EdgeView, StatusView};
use crate::http::respond::{harden, json};
use crate::metrics::gauges;

type Answer = Result<Response, Refusal>;

/// How the authority stands.
#[utoipa::path(get, path = "/admin/v1/status", tag = "system", responses((status = 200, body = StatusView)))]
pub(super) async fn status(State(admin): State<Admin>) -> Answer {
    let status = status::status(&admin.authority).await?;
    Ok(json(StatusCode::OK, &status))
}

/// Every edge that asked since the start.
#[utoipa::path(get, path = "/admin/v1/edges", tag = "system", responses((status = 200, body = Page<EdgeView>)))]
pub(super) async fn edges(State(admin): State<Admin>) -> Answer {
    let edges = status::edges(&admin.authority).await?;
    Ok(json(StatusCode::OK, &Page::from((edges, None))))
}

/// Makes a one-time set-up code; any earlier one dies.
#[utoipa::path(post, path = "/admin/v1/setup-code", tag = "system", responses((status = 201, body = SetupCodeView)))]
pub(super) async fn setup_code(State(admin): State<Admin>, Extension(actor): Extension<Actor>) -> Answer {
    let code = setup_code::make(&admin.authority, actor).await?;
    Ok(json(StatusCode::CREATED, &code))
}

/// Writes a backup of the embedded store to a file on the server's machine.
#[utoipa::path(post, path = "/admin/v1/backup", tag = "system", request_body = NewBackup,
    responses((status = 201, body = BackupView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn backup(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Answer {
    let store = admin.parts.backup.as_ref();
    let written = backup::backup(&admin.authority, store, body, actor).await?;
    Ok(json(StatusCode::CREATED, &written))
}

/// This document.
#[utoipa::path(get, path = "/admin/v1/openapi.json", tag = "system",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(super) async fn openapi() -> Response {
    json(StatusCode::OK, &document())
}

/// Metrics as OpenMetrics text.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text", body = String)))]
pub(super) async fn metrics(State(admin): State<Admin>) -> Answer {
    let mut registry = Registry::default();
    admin.authority.metrics.register(&mut registry);
    gauges(&admin.authority, &mut registry).await?;
    for source in &admin.parts.metrics {
        source(&mut registry);
    }
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|e| Fault::Keys(format!("metrics: {e}")))?;
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let mut response = ([(CONTENT_TYPE, media)], text).into_response();
    harden(response.headers_mut());
    Ok(response)
}
