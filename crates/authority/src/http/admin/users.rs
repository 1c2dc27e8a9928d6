//! `/admin/v1/users`.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{NewPassword, NewUser, Page};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::users::{self, UserChange, UserDetail, UserView};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Users, in order of their ids.
#[utoipa::path(get, path = "/admin/v1/users", tag = "users",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u64>, Query, description = "1 to 1000; 100 when absent")),
    responses((status = 200, body = Page<UserView>), (status = 422, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Answer {
    let page = users::list(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &Page::from(page)))
}

/// Adds a user.
#[utoipa::path(post, path = "/admin/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Object(body): Object,
) -> Answer {
    let user = users::add(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::CREATED, &user))
}

/// One user.
#[utoipa::path(get, path = "/admin/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "Id or name")),
    responses((status = 200, body = UserDetail), (status = 404, body = Problem)))]
pub(super) async fn show(State(admin): State<Admin>, Path(user): Path<String>) -> Answer {
    let user = users::detail(&admin.authority, &user).await?;
    Ok(json(StatusCode::OK, &user))
}

/// Disables a user: everything of theirs is revoked.
#[utoipa::path(post, path = "/admin/v1/users/{user}/disable", tag = "users",
    params(("user" = String, Path, description = "Id or name"),
        ("wait" = Option<String>, Query, description = "durable, enforced or wait_out")),
    responses((status = 200, body = UserChange), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn disable(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(user): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let user = users::disable(&admin.authority, &user, &query, actor).await?;
    Ok(json(StatusCode::OK, &user))
}

/// Lets a user sign in again; nothing that was revoked comes back.
#[utoipa::path(post, path = "/admin/v1/users/{user}/enable", tag = "users",
    params(("user" = String, Path, description = "Id or name")),
    responses((status = 200, body = UserView), (status = 404, body = Problem)))]
pub(super) async fn enable(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(user): Path<String>,
) -> Answer {
    let user = users::enable(&admin.authority, &user, actor).await?;
    Ok(json(StatusCode::OK, &user))
}

/// Ends a lockout: attempts from unknown places are heard again.
#[utoipa::path(post, path = "/admin/v1/users/{user}/unlock", tag = "users",
    params(("user" = String, Path, description = "Id or name")),
    responses((status = 200, body = UserDetail), (status = 404, body = Problem)))]
pub(super) async fn unlock(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(user): Path<String>,
) -> Answer {
    let user = users::unlock(&admin.authority, &user, actor).await?;
    Ok(json(StatusCode::OK, &user))
}

/// Sets a user's password; their sessions end.
#[utoipa::path(put, path = "/admin/v1/users/{user}/password", tag = "users", request_body = NewPassword,
    params(("user" = String, Path, description = "Id or name")),
    responses((status = 200, body = UserView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn set_password(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(user): Path<String>,
    Object(body): Object,
) -> Answer {
    let user = users::set_password(&admin.authority, &user, body, actor).await?;
    Ok(json(StatusCode::OK, &user))
}
