//! `/admin/v1/clients/{id}/secrets`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{Page, RotateSecret};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::client_secrets::{self, ClientSecretView, RemovedClientSecret, RotatedClientSecret};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// A client's secrets, oldest first: when each was made, ends and was last used.
#[utoipa::path(get, path = "/admin/v1/clients/{id}/secrets", tag = "clients",
    params(("id" = String, Path, description = "Client id")),
    responses((status = 200, body = Page<ClientSecretView>), (status = 404, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, Path(id): Path<String>) -> Answer {
    let secrets = client_secrets::list(&admin.authority, &id).await?;
    Ok(json(StatusCode::OK, &Page::from((secrets, None))))
}

/// Makes a new secret, shown this once; those before stay good for the overlap.
#[utoipa::path(post, path = "/admin/v1/clients/{id}/secrets", tag = "clients", request_body = RotateSecret,
    params(("id" = String, Path, description = "Client id")),
    responses((status = 201, body = RotatedClientSecret), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn rotate(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Object(body): Object,
) -> Answer {
    let rotated = client_secrets::rotate(&admin.authority, &id, body, actor).await?;
    Ok(json(StatusCode::CREATED, &rotated))
}

/// Removes a secret at once; the only one that lives stays.
#[utoipa::path(delete, path = "/admin/v1/clients/{id}/secrets/{secret}", tag = "clients",
    params(("id" = String, Path, description = "Client id"), ("secret" = String, Path, description = "Id of the secret")),
    responses((status = 200, body = RemovedClientSecret), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn remove(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path((id, secret)): Path<(String, String)>,
) -> Answer {
    let removed = client_secrets::remove(&admin.authority, &id, &secret, actor).await?;
    Ok(json(StatusCode::OK, &removed))
}
