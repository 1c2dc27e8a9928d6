//! The form of a request to the token, revocation or introspection endpoint, with what identifies its client.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use domain::session::Origin;
use http::header::AUTHORIZATION;

use super::{basic, table};
use crate::flows::oauth::client_auth::BasicPair;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure, Refusal};
use crate::http::client_info;
use crate::http::form::is_media;

/// A form, and nothing in the URL.
pub(super) struct OAuthForm {
    pub(super) params: Params,
    pub(super) basic: Option<BasicPair>,
    pub(super) origin: Origin,
    /// Whether a refusal answers with a challenge.
    pub(super) by_header: bool,
}

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let by_header = parts.headers.contains_key(AUTHORIZATION);
        let refuse = |refusal: Refusal| table::failure(&Failure::Refused(refusal), by_header);
        let basic = basic::read(&parts.headers).map_err(refuse)?;
        let origin = client_info::origin(&parts);
        // What stands in a URL ends up in logs (OAuth 2.1 section 2.4.1): it is not even read.
        if parts.uri.query().is_some_and(|query| !query.is_empty()) {
            return Err(refuse(
                ErrorCode::InvalidRequest.because("parameters belong into the body"),
            ));
        }
        if !is_media(&parts.headers, "application/x-www-form-urlencoded") {
            return Err(refuse(
                ErrorCode::InvalidRequest.because("the body must be application/x-www-form-urlencoded"),
            ));
        }
        let unreadable = ErrorCode::InvalidRequest.because("the body is too large or was cut off");
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let body = body.map_err(|_| refuse(unreadable))?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| refuse(ErrorCode::InvalidRequest.because("the body is not UTF-8")))?;
        Ok(Self {
            params: Params::parse(text),
            basic,
            origin,
            by_header,
        })
    }
}
