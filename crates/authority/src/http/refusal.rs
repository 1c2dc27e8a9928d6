//! One table from refusals to HTTP, for pages and for the JSON API.

use axum::response::{IntoResponse, Response};
use domain::Reason;
use http::StatusCode;

use super::cookies::Ambiguous;
use super::csrf::ForeignSite;
use super::{pages, respond};
use crate::error::Fault;
use crate::flows::host::JoinRefusal;

/// Why a request is not carried out.
#[derive(Debug)]
pub enum Refusal {
    /// Two session cookies.
    Ambiguous,
    /// From somebody else's page, or nobody can say from where.
    ForeignSite,
    /// Without the token of our own page.
    CsrfToken,
    /// Not the one media type of this endpoint: simple types need no preflight (ASVS 3.5.2).
    MediaType(&'static str),
    /// Not what this endpoint reads.
    Malformed,
    /// Nobody is signed in.
    NotSignedIn,
    /// The cookie is worth nothing.
    Session(Reason),
    /// Name and password do not fit.
    Credentials,
    /// Too many attempts; seconds until the next.
    Limited(u64),
    /// As many sessions as the subject may have.
    CapReached,
    /// Something changed under way.
    Overtaken,
    /// An application host gets no cookie.
    Join(JoinRefusal),
    /// A fault.
    Fault(Fault),
}

impl Refusal {
    /// Status, stable code and public text.
    #[must_use]
    pub fn row(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Ambiguous => (
                StatusCode::BAD_REQUEST,
                "ambiguous_credential",
                "The request carries two session cookies.",
            ),
            Self::ForeignSite | Self::CsrfToken => (
                StatusCode::FORBIDDEN,
                "csrf",
                "The request lacks proof that our own page sent it.",
            ),
            Self::MediaType(wanted) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", wanted),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed_request",
                "The request is not well formed.",
            ),
            Self::NotSignedIn => (
                StatusCode::UNAUTHORIZED,
                "missing_credential",
                "Nobody is signed in.",
            ),
            Self::Session(reason) => (StatusCode::UNAUTHORIZED, reason.as_str(), reason.explanation()),
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "invalid credentials",
            ),
            Self::Limited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many attempts; try again later.",
            ),
            Self::CapReached => (
                StatusCode::CONFLICT,
                "session_cap",
                "You have as many sessions as you may: end one elsewhere first.",
            ),
            Self::Overtaken => (
                StatusCode::CONFLICT,
                "overtaken",
                "Something changed in the meantime; try again.",
            ),
            Self::Join(JoinRefusal::UnknownApplication) => (
                StatusCode::BAD_REQUEST,
                "unknown_application",
                "This application is not one of those that may sign in here.",
            ),
            Self::Join(JoinRefusal::Challenge) => (
                StatusCode::BAD_REQUEST,
                "malformed_request",
                "The application's request is not well formed.",
            ),
            Self::Fault(Fault::Busy) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Too many people sign in just now; try again shortly.",
            ),
            Self::Fault(fault) if fault.is_retryable() => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "This cannot be done now; try again shortly.",
            ),
            Self::Fault(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something is broken here.",
            ),
        }
    }

    /// When to come back.
    const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Limited(seconds) => Some(*seconds),
            Self::Fault(fault) if fault.is_retryable() => Some(2),
            _ => None,
        }
    }

    fn dressed(&self, response: Response) -> Response {
        if let Self::Fault(fault) = self {
            tracing::error!(%fault, "a request could not be carried out");
        }
        match self.retry_after_s() {
            Some(seconds) => respond::retry_after(response, seconds),
            None => response,
        }
    }
}

/// A refusal that is shown as a page.
#[derive(Debug)]
pub struct AsPage(pub Refusal);

/// A refusal that is answered as problem+json.
#[derive(Debug)]
pub struct AsProblem(pub Refusal);

impl IntoResponse for AsPage {
    fn into_response(self) -> Response {
        let (status, code, text) = self.0.row();
        self.0.dressed(pages::error_page(status, code, text))
    }
}

impl IntoResponse for AsProblem {
    fn into_response(self) -> Response {
        let (status, code, text) = self.0.row();
        self.0.dressed(respond::problem(status, code, text))
    }
}

macro_rules! from {
    ($($source:ty => |$it:ident| $refusal:expr;)*) => {$(
        impl From<$source> for Refusal {
            fn from($it: $source) -> Self { $refusal }
        }
        impl From<$source> for AsPage {
            fn from($it: $source) -> Self { Self($refusal) }
        }
        impl From<$source> for AsProblem {
            fn from($it: $source) -> Self { Self($refusal) }
        }
    )*};
}

from! {
    Ambiguous => |_it| Refusal::Ambiguous;
    ForeignSite => |_it| Refusal::ForeignSite;
    JoinRefusal => |it| Refusal::Join(it);
    Fault => |it| Refusal::Fault(it);
}

impl From<Refusal> for AsPage {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<Refusal> for AsProblem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}
