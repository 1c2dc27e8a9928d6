//! Refusals as HTTP: one table.

use domain::Reason;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use verifier::{CredentialKind, Refusal, Route};

use crate::body::{Body, empty};
use crate::judge::Denial;

/// The header of the registered word.
const REASON: &str = "symbolon-reason";

/// Fields of the longest answer to a check: all of ours, and those that forbid keeping it.
const FIELDS: usize = 12;

/// An answer without a body that nobody may keep.
pub(crate) fn bare(status: StatusCode) -> Response<Body> {
    head(status).map(|()| empty())
}

/// As [`bare`], for whoever knows that there is no body.
pub(crate) fn head(status: StatusCode) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = private_fields();
    response
}

/// The fields that every answer to a check has, and room for the others.
pub(crate) fn private_fields() -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(FIELDS);
    keep_private(&mut fields);
    fields
}

/// The answer to a request that was not let through.
pub(crate) fn denial(denial: &Denial) -> Response<Body> {
    denial_head(denial).map(|()| empty())
}

/// As [`denial`], for whoever knows that there is no body.
pub(crate) fn denial_head(denial: &Denial) -> Response<()> {
    let reason = denial.refusal.reason;
    let status = StatusCode::from_u16(reason.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = head(status);
    let headers = response.headers_mut();
    headers.insert(REASON, HeaderValue::from_static(reason.as_str()));
    if let Some(route) = denial
        .route
        .as_ref()
        .filter(|route| route.accepts(CredentialKind::Bearer))
        && let Some(value) = challenge(reason, route)
    {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    if reason.status() == 503 {
        let seconds = denial
            .retry_after
            .map_or(1, |span| span.as_ms().div_ceil(1000).max(1));
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A refusal before any route was found.
pub(crate) fn refusal(refusal: Refusal) -> Response<Body> {
    refusal_head(refusal).map(|()| empty())
}

/// As [`refusal`], for whoever knows that there is no body.
pub(crate) fn refusal_head(refusal: Refusal) -> Response<()> {
    denial_head(&Denial {
        refusal,
        retry_after: None,
        route: None,
    })
}

/// No copy in any cache, no guess about the type.
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}

/// RFC 6750 section 3: without a credential no error is named.
fn challenge(reason: Reason, route: &Route) -> Option<HeaderValue> {
    let text = match reason {
        Reason::MissingCredential => "Bearer".to_owned(),
        Reason::AmbiguousCredential => "Bearer error=\"invalid_request\"".to_owned(),
        Reason::Scope => format!(
            "Bearer error=\"insufficient_scope\", scope=\"{}\"",
            route.scopes.join(" ")
        ),
        // RFC 9470 section 3.
        Reason::Assurance => "Bearer error=\"insufficient_user_authentication\"".to_owned(),
        _ if reason.status() == 401 => "Bearer error=\"invalid_token\"".to_owned(),
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}
