//! The two pages that an edge shows itself: no script, nothing loaded from anywhere.

use http::{HeaderValue, Response, StatusCode, header};

use crate::answer;
use crate::body::{Body, full};

const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Signed in: on to the path. A redirect would keep the cross-site initiator, and the Strict cookie would stay behind.
pub(crate) fn signed_in(path: &str) -> Response<Body> {
    let path = escape(path);
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={path}\">");
    page(
        StatusCode::OK,
        &head,
        &format!("<p>You are signed in. <a href=\"{path}\">Continue</a></p>"),
    )
}

/// The sign-in did not come to its end.
pub(crate) fn sign_in_failed(status: StatusCode) -> Response<Body> {
    let text = "<p>This sign-in could not be completed: it took too long, or was begun in another browser. \
                <a href=\"/.symbolon/login\">Try again</a></p>";
    page(status, "", text)
}

fn page(status: StatusCode, head: &str, body: &str) -> Response<Body> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Symbolon</title>{head}</head><body>{body}</body></html>"
    );
    let mut response = Response::new(full(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    answer::keep_private(headers);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
