//! `/admin/v1/revocations`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::NewRevocation;
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::revocations::{self, ReceiptView};
use crate::http::respond::json;

/// Revokes, and answers with the receipt once the level is reached: for `enforced` and `wait_out` at most a lease and
/// its margin later.
#[utoipa::path(post, path = "/admin/v1/revocations", tag = "revocations", request_body = NewRevocation,
    responses((status = 200, body = ReceiptView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn revoke(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Result<Response, Refusal> {
    let receipt = revocations::revoke(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::OK, &receipt))
}
