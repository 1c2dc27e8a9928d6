//! `/admin/v1/clients`.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{NewClient, Page};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::clients::{self, ClientView, RegisteredClient, Removed};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Clients, in order of their ids.
#[utoipa::path(get, path = "/admin/v1/clients", tag = "clients",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u64>, Query, description = "1 to 1000; 100 when absent")),
    responses((status = 200, body = Page<ClientView>), (status = 422, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Answer {
    let page = clients::list(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &Page::from(page)))
}

/// Registers a client; its secret is shown this once.
#[utoipa::path(post, path = "/admin/v1/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, body = RegisteredClient), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Answer {
    let client = clients::add(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::CREATED, &client))
}

/// One client.
#[utoipa::path(get, path = "/admin/v1/clients/{id}", tag = "clients",
    params(("id" = String, Path, description = "Client id")),
    responses((status = 200, body = ClientView), (status = 404, body = Problem)))]
pub(super) async fn show(State(admin): State<Admin>, Path(id): Path<String>) -> Answer {
    let client = clients::find(&admin.authority, &id).await?;
    Ok(json(StatusCode::OK, &client))
}

/// Removes a client; everything issued to it is revoked.
#[utoipa::path(delete, path = "/admin/v1/clients/{id}", tag = "clients",
    params(("id" = String, Path, description = "Client id")),
    responses((status = 200, body = Removed), (status = 404, body = Problem)))]
pub(super) async fn remove(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Answer {
    let removed = clients::remove(&admin.authority, &id, actor).await?;
    Ok(json(StatusCode::OK, &removed))
}
