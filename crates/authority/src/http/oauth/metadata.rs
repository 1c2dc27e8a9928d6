//! Discovery and the key set: public, cacheable, readable from any origin.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::authority::Authority;
use crate::flows::oauth::discovery::Metadata;
use crate::http::respond;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) async fn discovery(State(authority): State<Arc<Authority>>) -> Response {
    public(
        respond::json(StatusCode::OK, &Metadata::of(&authority)),
        &authority,
    )
}

pub(super) async fn jwks(State(authority): State<Arc<Authority>>) -> Response {
    let mut response = (StatusCode::OK, authority.keys.jwks().to_string()).into_response();
    let media = HeaderValue::from_static("application/jwk-set+json");
    response.headers_mut().insert(CONTENT_TYPE, media);
    respond::harden(response.headers_mut());
    public(response, &authority)
}

/// May be kept for as long as a new key is announced before it signs: no copy is ever too old to know a key in use.
fn public(mut response: Response, authority: &Authority) -> Response {
    let headers = response.headers_mut();
    let kept = format!("public, max-age={}", authority.config.keys.announce_for.as_secs());
    if let Ok(kept) = HeaderValue::from_str(&kept) {
        headers.insert(CACHE_CONTROL, kept);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}
