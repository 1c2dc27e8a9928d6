//! The one table from refusals to HTTP (RFC 6749 section 5.2).

use axum::response::Response;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::flows::oauth::refusal::{ErrorCode, Failure};
use crate::http::respond;

const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"symbolon\", charset=\"UTF-8\"");

#[derive(Debug, Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: &'static str,
}

/// The status of each code where it is answered directly.
pub(super) const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidGrant
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::InvalidScope
        | ErrorCode::InvalidTarget
        | ErrorCode::AccessDenied
        | ErrorCode::LoginRequired
        | ErrorCode::ConsentRequired
        | ErrorCode::RequestNotSupported
        | ErrorCode::RequestUriNotSupported => StatusCode::BAD_REQUEST,
    }
}

/// The answer to a request that failed. With a challenge where the client tried the header.
pub(super) fn failure(failure: &Failure, by_header: bool) -> Response {
    match failure {
        Failure::Refused(refusal) => {
            let mut response = error(status(refusal.code), refusal.code, refusal.text);
            if by_header && refusal.code == ErrorCode::InvalidClient {
                response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
            }
            response
        }
        Failure::Limited { retry_after_s } => {
            let text = "too many failed attempts of this client";
            let response = error(StatusCode::TOO_MANY_REQUESTS, ErrorCode::InvalidClient, text);
            respond::retry_after(response, *retry_after_s)
        }
        Failure::Fault(fault) => {
            tracing::error!(%fault, "a token request could not be carried out");
            if fault.is_retryable() {
                let code = ErrorCode::TemporarilyUnavailable;
                let text = if fault.is_no_room() {
                    "the server has no room to write"
                } else {
                    "this cannot be done now"
                };
                respond::retry_after(error(status(code), code, text), fault.retry_after_s())
            } else {
                let code = ErrorCode::ServerError;
                error(status(code), code, "something is broken here")
            }
        }
    }
}

fn error(status: StatusCode, code: ErrorCode, text: &'static str) -> Response {
    let body = ErrorBody {
        error: code.as_str(),
        error_description: text,
    };
    respond::json(status, &body)
}
