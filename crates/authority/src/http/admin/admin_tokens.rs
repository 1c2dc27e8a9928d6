//! `/admin/v1/admin-tokens`.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::access::Caller;
use super::body::Object;
use super::openapi::{NewAdminToken, Page};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::tokens::{self, AdminTokenView, MadeAdminToken, RemovedAdminTokens};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Every lasting token, those that have ended too.
#[utoipa::path(get, path = "/admin/v1/admin-tokens", tag = "admin tokens",
    responses((status = 200, body = Page<AdminTokenView>)))]
pub(super) async fn list(State(admin): State<Admin>) -> Answer {
    let tokens = tokens::list(&admin.authority).await?;
    Ok(json(StatusCode::OK, &Page::from((tokens, None))))
}

/// Makes a token, shown this once: with no more scope and no longer life than the one that makes it.
#[utoipa::path(post, path = "/admin/v1/admin-tokens", tag = "admin tokens", request_body = NewAdminToken,
    responses((status = 201, body = MadeAdminToken), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Extension(caller): Extension<Caller>,
    Object(body): Object,
) -> Answer {
    let maker = caller.token.map(|token| *token);
    let made = tokens::add(&admin.authority, body, (maker, actor)).await?;
    Ok(json(StatusCode::CREATED, &made))
}

/// Removes a token; it is refused from now on.
#[utoipa::path(delete, path = "/admin/v1/admin-tokens/{token}", tag = "admin tokens",
    params(("token" = String, Path, description = "Id or name"),
        ("made_too" = Option<bool>, Query, description = "Also every token that was made with it, and with those")),
    responses((status = 200, body = RemovedAdminTokens), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn remove(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let removed = tokens::remove(&admin.authority, &token, &query.unwrap_or_default(), actor).await?;
    Ok(json(StatusCode::OK, &removed))
}
