//! `/admin/v1/events` and `/admin/v1/refusals`.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::Admin;
use super::openapi::Page;
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::events::{self, ChainCheck, EventView};
use crate::flows::refusals::RefusalView;
use crate::http::respond::json;

type Answer = Result<Response, Refusal>;

/// Events, in their order. With a filter a page may hold less than was asked for and still have a next one.
#[utoipa::path(get, path = "/admin/v1/events", tag = "events",
    params(("after" = Option<u64>, Query, description = "Begin after this number"),
        ("actor" = Option<String>, Query, description = "Only what this actor caused, such as admin:NAME"),
        ("subject" = Option<String>, Query, description = "Only what is about user:.. or client:.."),
        ("kind" = Option<String>, Query, description = "Only this kind, or those that begin so: user.*"),
        ("limit" = Option<u64>, Query, description = "1 to 10000; 100 when absent")),
    responses((status = 200, body = Page<EventView>), (status = 422, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Answer {
    let page = events::list(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &Page::from(page)))
}

/// Checks the chain of all events, or of those after one whose digest was kept elsewhere.
#[utoipa::path(get, path = "/admin/v1/events/verify", tag = "events",
    params(("after" = Option<u64>, Query, description = "Number of an event whose digest was kept"),
        ("digest" = Option<String>, Query, description = "That digest: 64 hexadecimal digits")),
    responses((status = 200, body = ChainCheck), (status = 422, body = Problem)))]
pub(super) async fn verify(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Answer {
    let check = events::verify(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &check))
}

/// Refusals of the last hour, by reason, place, address network and minute; newest first.
#[utoipa::path(get, path = "/admin/v1/refusals", tag = "events",
    responses((status = 200, body = Page<RefusalView>)))]
pub(super) async fn refusals(State(admin): State<Admin>) -> Answer {
    let rows = admin.authority.refusals.list();
    Ok(json(StatusCode::OK, &Page::from((rows, None))))
}
