//! Bodies: one JSON object, of bounded size, or nothing.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::problem::unreadable;

/// Fifty redirect URIs of full length fit.
const MOST_BYTES: usize = 256 * 1024;
/// No request nests deeper.
const DEPTH: usize = 8;

/// The members of a JSON object; an empty body is an empty object.
pub(super) struct Object(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Object {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let is_json = is_json(request.headers());
        let too_large = |_| {
            let detail = "The body is cut off, or longer than 256 KiB.";
            unreadable(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        };
        let bytes = to_bytes(request.into_body(), MOST_BYTES)
            .await
            .map_err(too_large)?;
        if !bytes.is_empty() && !is_json {
            let detail = "The body must be application/json.";
            return Err(unreadable(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                detail,
            ));
        }
        members(&bytes).map(Self).map_err(|()| {
            let detail = "The body is not one JSON object without repeated members.";
            unreadable(StatusCode::BAD_REQUEST, "malformed_request", detail)
        })
    }
}

/// The parser's message could repeat a secret of the body: nothing of it is told. A member that is there twice is one
/// thing to the first reader and another to the last.
pub(crate) fn members(bytes: &[u8]) -> Result<Map<String, Value>, ()> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    jose::strict_json::object_from_slice(bytes, DEPTH).map_err(|_| ())
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
