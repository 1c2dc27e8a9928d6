//! The public router: everything that browsers and clients reach.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::{CONTENT_TYPE, STRICT_TRANSPORT_SECURITY};
use http::{HeaderValue, Method, StatusCode};

use super::{api, client_info, oauth, pages, probe, reports, respond};
use crate::authority::Authority;

/// Largest body of any public request.
const LARGEST_BODY: usize = 64 * 1024;

/// Two years: browsers speak https alone with this host, and those below it, from now on. Somebody on the way could set cookies
/// for this one under a made-up host below it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Pages, JSON for first-party applications, OAuth, probes.
pub fn public(authority: Arc<Authority>) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .merge(oauth::routes())
        .merge(probe::routes())
        .merge(reports::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(&authority), frame))
        .with_state(authority)
}

/// What holds for every request and every answer.
async fn frame(State(authority): State<Arc<Authority>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    client_info::believe(&authority.config.proxies, &parts.headers, &mut parts.extensions);
    let request = Request::from_parts(parts, body);
    // TRACE would show a script the cookies that it must not see.
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return unknown_method().await;
    }
    let mut response = plain_refusal(next.run(request).await);
    let headers = response.headers_mut();
    respond::harden(headers);
    if authority.issuer().starts_with("https:") {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// What the framework refuses by itself, such as a body beyond the limit, gets our form too.
fn plain_refusal(response: Response) -> Response {
    let is_text = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if is_text => respond::problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The request's body is too large.",
        ),
        status if is_text && status.is_client_error() => {
            respond::problem(status, "malformed_request", "The request is not well formed.")
        }
        _ => response,
    }
}

async fn unknown_path() -> Response {
    respond::problem(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this path.",
    )
}

async fn unknown_method() -> Response {
    respond::problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path does not offer this method.",
    )
}

#[cfg(test)]
mod tests;
