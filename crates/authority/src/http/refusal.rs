//! One table from refusals to HTTP, for pages and for the JSON API.

use axum::response::{IntoResponse, Response};
use domain::Reason;
use http::StatusCode;

use super::cookies::{self, Ambiguous};
use super::csrf::ForeignSite;
use super::{pages, respond};
use crate::error::Fault;
use crate::flows::host::JoinRefusal;

const UNKNOWN_APPLICATION: &str = "This application is not one of those that may sign in here.";

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
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
    /// The password fits, and has to be replaced first.
    MustChangePassword,
    /// The last authentication is too old for this.
    NotRecent,
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
    pub(crate) fn row(&self) -> (StatusCode, &'static str, &'static str) {
        let (status, code, text) = match self {
            Self::Ambiguous => (
                400,
                "ambiguous_credential",
                "The request carries two session cookies.",
            ),
            Self::ForeignSite | Self::CsrfToken => (403, "csrf", Reason::Csrf.explanation()),
            Self::MediaType(wanted) => (415, "unsupported_media_type", *wanted),
            Self::Malformed => (400, "malformed_request", "The request is not well formed."),
            Self::NotSignedIn => (401, "missing_credential", "Nobody is signed in."),
            Self::Session(reason) => (401, reason.as_str(), reason.explanation()),
            Self::Credentials => (401, "invalid_credentials", "invalid credentials"),
            Self::MustChangePassword => (
                403,
                "password_change_required",
                "Choose a new password at /login/password first.",
            ),
            Self::NotRecent => (
                403,
                "reauthentication_required",
                "Authenticate again at /api/step-up first.",
            ),
            Self::Limited(_) => (429, "too_many_attempts", "Too many attempts; try again later."),
            Self::CapReached => (
                409,
                "session_cap",
                "You have as many sessions as you may: end one first.",
            ),
            Self::Overtaken => (409, "overtaken", "Something changed in the meantime; try again."),
            Self::Join(JoinRefusal::UnknownApplication) => (400, "unknown_application", UNKNOWN_APPLICATION),
            Self::Join(JoinRefusal::Challenge) => {
                (400, "malformed_request", "The request is not well formed.")
            }
            Self::Fault(Fault::Busy) => (
                503,
                "busy",
                "Too many people sign in just now; try again shortly.",
            ),
            Self::Fault(fault) if fault.is_no_room() => (503, "no_room", respond::NO_ROOM),
            Self::Fault(fault) if fault.is_retryable() => (503, "unavailable", "Try again shortly."),
            Self::Fault(_) => (500, "internal", "Something is broken here."),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, code, text)
    }

    /// When to come back.
    const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Limited(seconds) => Some(*seconds),
            Self::Fault(fault) if fault.is_retryable() => Some(fault.retry_after_s()),
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
pub(crate) struct AsPage(pub(crate) Refusal);

/// A refusal that is answered as problem+json.
#[derive(Debug)]
pub(crate) struct AsProblem(pub(crate) Refusal);

impl IntoResponse for AsPage {
    fn into_response(self) -> Response {
        let (status, code, text) = self.0.row();
        let mut response = pages::error_page(status, code, text);
        if matches!(self.0, Refusal::Ambiguous) {
            // The way out for a person: both go, and the next sign-in sets one.
            cookies::clear_session(response.headers_mut());
            cookies::clear_pre_session(response.headers_mut());
        }
        self.0.dressed(response)
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
