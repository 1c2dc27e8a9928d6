//! `/admin/v1/sessions`.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use store::intent::Actor;

use super::Admin;
use super::openapi::Page;
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::clients::Removed;
use crate::flows::admin::sessions::{self, EndedView, SessionView};
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Live sessions, newest first.
#[utoipa::path(get, path = "/admin/v1/sessions", tag = "sessions",
    params(("subject" = Option<String>, Query, description = "Only of this subject: user:.. or client:.."),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u64>, Query, description = "1 to 1000; 100 when absent")),
    responses((status = 200, body = Page<SessionView>), (status = 422, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Answer {
    let page = sessions::list(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &Page::from(page)))
}

/// One live session.
#[utoipa::path(get, path = "/admin/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "Session id")),
    responses((status = 200, body = SessionView), (status = 404, body = Problem)))]
pub(super) async fn show(State(admin): State<Admin>, Path(id): Path<String>) -> Answer {
    let session = sessions::find(&admin.authority, &id).await?;
    Ok(json(StatusCode::OK, &session))
}

/// Ends a session, and the grants that hang on it.
#[utoipa::path(delete, path = "/admin/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "Session id"),
        ("offline_too" = Option<bool>, Query, description = "Also end grants with offline_access")),
    responses((status = 200, body = Removed), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn end(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let ended = sessions::end(&admin.authority, &id, &query.unwrap_or_default(), actor).await?;
    Ok(json(StatusCode::OK, &ended))
}

/// Signs a subject out everywhere: all sessions and grants end, those with `offline_access` too.
#[utoipa::path(delete, path = "/admin/v1/sessions", tag = "sessions",
    params(("subject" = String, Query, description = "Whose: user:.. or client:.."),
        ("wait" = Option<String>, Query, description = "durable, enforced or wait_out")),
    responses((status = 200, body = EndedView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn end_all(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
) -> Answer {
    let ended = sessions::end_all(&admin.authority, &query.unwrap_or_default(), actor).await?;
    Ok(json(StatusCode::OK, &ended))
}
