//! The demo's pages and assets, compiled in. Strict CSP: own styles and own script alone.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) async fn landing() -> Response {
    page(include_str!("assets/landing.html"))
}

pub(super) async fn signed_in() -> Response {
    page(include_str!("assets/page.html"))
}

pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("assets/demo.css"))
}

pub(super) async fn mark() -> Response {
    asset("image/svg+xml", authority::http::MARK)
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("assets/demo.js"))
}

fn page(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, Html(text)).into_response()
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, text).into_response()
}
