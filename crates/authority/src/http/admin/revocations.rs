//! `/admin/v1/revocations`.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use store::intent::Actor;

use super::Admin;
use super::body::Object;
use super::openapi::{NewRevocation, Page};
use super::problem::Problem;
use crate::flows::admin::Refusal;
use crate::flows::admin::revocations::{self, KeptReceiptView, ReceiptView};
use crate::http::respond::json;

/// Receipts of revocations, newest first. What clients gave back themselves is in the events alone.
#[utoipa::path(get, path = "/admin/v1/revocations", tag = "revocations",
    params(("after" = Option<u64>, Query, description = "Begin below this number"),
        ("limit" = Option<u64>, Query, description = "1 to 1000; 100 when absent")),
    responses((status = 200, body = Page<KeptReceiptView>), (status = 422, body = Problem)))]
pub(super) async fn list(State(admin): State<Admin>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let page = revocations::list(&admin.authority, &query.unwrap_or_default()).await?;
    Ok(json(StatusCode::OK, &Page::from(page)))
}

/// Revokes, and answers with the receipt once the level is reached: for `enforced` and `wait_out` at most a lease and
/// its margin later.
#[utoipa::path(post, path = "/admin/v1/revocations", tag = "revocations", request_body = NewRevocation,
    params(("Idempotency-Key" = Option<String>, Header, description = "As idempotency_key of the body, in its place")),
    responses((status = 200, body = ReceiptView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn revoke(
    State(admin): State<Admin>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    Object(mut body): Object,
) -> Result<Response, Refusal> {
    if let Some(key) = idempotency_key(&headers)? {
        if body.contains_key(KEY_MEMBER) {
            return Err(Refusal::invalid(KEY_MEMBER, "is in a header too", "give it once"));
        }
        body.insert(KEY_MEMBER.to_owned(), Value::String(key));
    }
    let receipt = revocations::revoke(&admin.authority, body, actor).await?;
    Ok(json(StatusCode::OK, &receipt))
}

const KEY_HEADER: &str = "idempotency-key";
const KEY_MEMBER: &str = "idempotency_key";

/// The header as draft-ietf-httpapi-idempotency-key-header writes it (a text in quotes), or bare as most clients do: one
/// key, however it is written.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let wrong =
        |message| Refusal::invalid("Idempotency-Key", message, "send 1 to 200 plain characters, once");
    let mut fields = headers.get_all(KEY_HEADER).iter();
    let Some(field) = fields.next() else {
        return Ok(None);
    };
    if fields.next().is_some() {
        return Err(wrong("is given twice"));
    }
    let text = field.to_str().map_err(|_| wrong("is not plain text"))?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest
            .strip_suffix('"')
            .ok_or_else(|| wrong("has no closing quote"))?,
        None => text,
    };
    match key {
        "" => Err(wrong("is empty")),
        key if key.len() > 200 => Err(wrong("is too long")),
        key if key.contains(['"', '\\']) => Err(wrong("holds a quote or a backslash")),
        key => Ok(Some(key.to_owned())),
    }
}
