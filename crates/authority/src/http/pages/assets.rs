//! The stylesheet and the mark: part of the program, kept by browsers as long as their content is the same.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Digest;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Uri};

use crate::authority::Authority;
use crate::http::respond;

const STYLESHEET: &str = include_str!("../../../assets/symbolon.css");
const MARK: &str = include_str!("../../../assets/symbolon.svg");

/// Path and version: another content has another address.
static HREF: LazyLock<String> = LazyLock::new(|| {
    let digest = Digest::of(STYLESHEET.as_bytes()).to_string();
    format!("/assets/symbolon.css?v={}", digest.get(..16).unwrap_or(&digest))
});

/// Where pages find the stylesheet.
pub(crate) fn stylesheet() -> &'static str {
    &HREF
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route("/assets/symbolon.css", get(css))
        .route("/assets/symbolon.svg", get(svg))
}

async fn css(uri: Uri) -> Response {
    let current = uri.path_and_query().is_some_and(|p| p.as_str() == stylesheet());
    asset(STYLESHEET, "text/css; charset=utf-8", current)
}

async fn svg() -> Response {
    asset(MARK, "image/svg+xml", false)
}

/// For good under its versioned address, briefly under any other.
fn asset(body: &'static str, media: &'static str, versioned: bool) -> Response {
    let keep = if versioned {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    // An SVG that is opened by itself is a document: it may do nothing.
    headers.insert(
        http::header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    );
    respond::harden(headers);
    response
}
