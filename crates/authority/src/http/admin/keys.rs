//! `/admin/v1/keys`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{Page, Retire, Rotate};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::keys::{self, KeyListing, RetiredView};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Every key, removed ones too.
#[utoipa::path(get, path = "/admin/v1/keys", tag = "keys", responses((status = 200, body = Page<KeyListing>)))]
pub(super) async fn list(State(admin): State<Admin>) -> Answer {
    let keys = keys::list(&admin.authority).await?;
    Ok(json(StatusCode::OK, &Page::from((keys, None))))
}

/// The key in reserve takes over now; the one before it retires.
#[utoipa::path(post, path = "/admin/v1/keys/rotate", tag = "keys", request_body = Rotate,
    responses((status = 200, body = Page<KeyListing>), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn rotate(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Answer {
    let keys = keys::rotate(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::OK, &Page::from((keys, None))))
}

/// Emergency: the reserve takes over at once, and everything that the key made dies.
#[utoipa::path(post, path = "/admin/v1/keys/{kid}/retire", tag = "keys", request_body = Retire,
    params(("kid" = String, Path, description = "Key id")),
    responses((status = 200, body = RetiredView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn retire(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(kid): Path<String>,
    Object(body): Object,
) -> Answer {
    let receipt = keys::retire(&admin.authority, &kid, body, actor).await?;
    Ok(json(StatusCode::OK, &receipt))
}
