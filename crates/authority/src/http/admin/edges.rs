//! `/admin/v1/edges`: credentials of edges.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{NewEdge, RemoveEdge};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::edges::{self, AddedEdge};
use crate::flows::admin::revocations::ReceiptView;
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Makes a credential for an edge, shown this once; one that it has stays good until it is removed.
#[utoipa::path(post, path = "/admin/v1/edges", tag = "edges", request_body = NewEdge,
    responses((status = 201, body = AddedEdge), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Answer {
    let added = edges::add(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::CREATED, &added))
}

/// Revokes an edge's credentials: it is cut off at once, and its lease runs out.
#[utoipa::path(post, path = "/admin/v1/edges/{edge}/remove", tag = "edges", request_body = RemoveEdge,
    params(("edge" = String, Path, description = "Name of the edge")),
    responses((status = 200, body = ReceiptView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn remove(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(edge): Path<String>,
    Object(body): Object,
) -> Answer {
    let receipt = edges::remove(&admin.authority, &edge, body, actor).await?;
    Ok(json(StatusCode::OK, &receipt))
}
