//! Refusals as `application/problem+json` (RFC 9457): one table.

use axum::response::{IntoResponse, Response};
use domain::setting::Problem as FieldProblem;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::admin::{Conflict, Refusal};
use crate::http::respond;

/// A problem as it is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Problem {
    /// Always `about:blank`: `code` tells the kind.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word: see docs/ERRORS.md.
    code: &'static str,
    /// What is the matter, for people.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Everything that is wrong with the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
struct FieldError {
    /// The member, such as `redirect_uris[0]`.
    path: String,
    /// What is wrong with it.
    message: String,
    /// What to write.
    hint: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: String::new(),
            hint: None,
            errors: Vec::new(),
        }
    }

    pub(super) fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    fn errors(self, problems: Vec<FieldProblem>) -> Self {
        let error = |p: FieldProblem| FieldError {
            path: p.path,
            message: p.message,
            hint: p.hint,
        };
        Self {
            errors: problems.into_iter().map(error).collect(),
            ..self
        }
    }

    pub(super) fn answer(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = respond::json(status, self);
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media);
        response.extensions_mut().insert(respond::ProblemCode(self.code));
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Unknown(what) => Problem::new(StatusCode::NOT_FOUND, "not_found")
                .detail(format!("There is no such {what}."))
                .hint(match what {
                    "client secret" => "list what there is: GET /admin/v1/clients/{id}/secrets".to_owned(),
                    what => format!("list what there is: GET /admin/v1/{}s", what.replace(' ', "-")),
                }),
            Self::Invalid(problems) => invalid(problems),
            Self::ExceedsToken => Problem::new(StatusCode::FORBIDDEN, "exceeds_token")
                .detail("A token makes no token with more scope or a longer life than its own.")
                .hint("ask for less, or make it on the server's machine"),
            Self::Conflict(conflict) => told(&conflict).detail(conflict.to_string()),
            Self::BackupFailed(why) => {
                tracing::error!(why, "a backup failed");
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "backup_failed")
                    .detail(format!("The backup could not be written: {why}."))
                    .hint("check that the server may write there, and that the disk has room")
            }
            Self::Fault(fault) => return respond::fault(&fault),
        };
        problem.answer()
    }
}

fn invalid(problems: Vec<FieldProblem>) -> Problem {
    let detail = match problems.as_slice() {
        [one] => format!("{} {}.", one.path, one.message),
        many => {
            let all: Vec<String> = many.iter().map(|p| format!("{} {}", p.path, p.message)).collect();
            format!("{} things are wrong: {}.", all.len(), all.join("; "))
        }
    };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").detail(detail);
    match problems.first().map(|p| p.hint.clone()) {
        Some(hint) => problem.hint(hint).errors(problems),
        None => problem,
    }
}

/// Status, code and remedy of each contradiction.
fn told(conflict: &Conflict) -> Problem {
    let (code, hint) = match conflict {
        Conflict::NameTaken => ("name_taken", "choose another name"),
        Conflict::ClientTaken => ("client_taken", "choose another id, or remove the client first"),
        Conflict::TokenTaken => ("name_taken", "choose another name, or remove that token first"),
        Conflict::TooManyTokens(_) => ("too_many_tokens", "remove those that nobody uses"),
        Conflict::TooManySecrets(_) => (
            "too_many_secrets",
            "wait for the end of one, remove one, or rotate with an overlap of 0s",
        ),
        Conflict::TooManyCredentials(_) => (
            "too_many_credentials",
            "remove the previous one: POST /admin/v1/edges/{edge}/remove with \"previous\": true",
        ),
        Conflict::LastSecret => ("last_secret", "rotate it, or remove the client"),
        Conflict::PublicClient => ("public_client", "only a confidential client has secrets"),
        Conflict::UserDisabled => ("user_disabled", "enable the user first"),
        Conflict::Outdated => ("outdated", "look again, and repeat the request"),
        Conflict::KeyNotReady(_) => (
            "key_not_ready",
            "wait, or retire the key if it is known to be bad",
        ),
        Conflict::KeyInUse => (
            "key_in_use",
            "use POST /admin/v1/keys/{kid}/retire: the reserve takes over first",
        ),
        Conflict::IdempotencyKey => (
            "idempotency_conflict",
            "use a new idempotency key for another request; a repetition must be the same in every member",
        ),
        Conflict::FileExists => ("file_exists", "name a file that does not exist"),
        Conflict::NoBackup => ("no_backup", "use the tools of the database"),
    };
    let status = match conflict {
        // As draft-ietf-httpapi-idempotency-key-header has it: the request can never succeed under this key.
        Conflict::IdempotencyKey => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    };
    Problem::new(status, code).hint(hint)
}

/// 404 for what is no path of the admin API.
pub(super) async fn no_such_path() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "not_found")
        .detail("The admin API has no such path.")
        .hint("GET /admin/v1/openapi.json lists all of them")
        .answer()
}

/// 405 with the methods that the path has.
pub(super) fn wrong_method(allowed: &str) -> Response {
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        .detail("This path has no such method.")
        .hint("the Allow header names those it has")
        .answer();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// 400, 413 or 415 for a body that cannot be read.
pub(super) fn unreadable(status: StatusCode, code: &'static str, detail: &str) -> Response {
    Problem::new(status, code).detail(detail).answer()
}
