//! The console's pages on the admin port that the authority has no part in. So far one: the questions of `symbolon advise`
//! with live results. It shows nothing of this server and changes nothing, and so needs no token.

mod advice;
mod fields;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Digest;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Uri};
use tokio::sync::Semaphore;

/// Own styles and own script alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// How many answers are worked out at a time: nobody slows the admin port down with this.
const PLACES: usize = 2;

const SCRIPT: &str = include_str!("console/assets/console.js");
/// The report's style, in which answers are shown, and the form's own.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}{}",
        advisor::report::STYLE,
        include_str!("console/assets/console.css")
    )
});
/// Another content has another address.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = Digest::of(format!("{}{SCRIPT}", *STYLE).as_bytes()).to_string();
    digest.get(..16).unwrap_or(&digest).to_owned()
});

/// The admin API with the console beside it.
pub(crate) fn beside(admin: Router) -> Router {
    Router::new()
        .route(
            "/console",
            get(|| async { axum::response::Redirect::to(advice::PATH) }),
        )
        .route(advice::PATH, get(advice::page))
        .route("/console/advice/answer", get(advice::answer))
        .route("/console/advice/report", get(advice::report))
        .route("/console/advice/topology.toml", get(advice::topology))
        .route("/console/assets/console.css", get(style))
        .route("/console/assets/console.js", get(script))
        .route("/console/assets/symbolon.svg", get(mark))
        .with_state(Arc::new(Semaphore::new(PLACES)))
        .fallback_service(admin)
}

async fn style(uri: Uri) -> Response {
    asset(&uri, STYLE.as_str(), "text/css; charset=utf-8")
}

async fn script(uri: Uri) -> Response {
    asset(&uri, SCRIPT, "text/javascript; charset=utf-8")
}

async fn mark(uri: Uri) -> Response {
    asset(&uri, authority::http::MARK, "image/svg+xml")
}

fn asset(uri: &Uri, body: &'static str, media: &'static str) -> Response {
    let current = uri.query().and_then(|query| query.strip_prefix("v=")) == Some(VERSION.as_str());
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(if current {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    );
    // An SVG that is opened by itself is a document: it may do nothing.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    harden(response)
}

/// What every answer says to a browser.
fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
