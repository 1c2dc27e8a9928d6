//! Answers: problem+json, JSON, pages. Every one carries the same strict headers; the router adds what depends on the
//! deployment.

use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Fault;

/// What the public learns of a full disk.
pub(crate) const NO_ROOM: &str = "The server has no room to write; try again later.";
/// Names the place of [`super::reports`] for the policy's `report-to`.
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What every answer says to a browser, unless its handler said otherwise. `same-origin` and not `no-referrer`: with
/// the latter Chromium sends `Origin: null` with our own forms.
const ALWAYS: [(HeaderName, &str); 5] = [
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
    (CACHE_CONTROL, "no-store"),
];

/// The members of RFC 9457 that we use.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    code: &'static str,
    detail: &'a str,
}

/// The code of a problem, beside its answer: for what counts and records refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProblemCode(pub(crate) &'static str);

/// `application/problem+json` (RFC 9457) with a stable `code`.
pub fn problem(status: StatusCode, code: &'static str, detail: &str) -> Response {
    let body = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        code,
        detail,
    };
    let mut response = typed(status, "application/problem+json", serde_json::to_string(&body));
    response.extensions_mut().insert(ProblemCode(code));
    response
}

/// JSON that nobody may keep.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    typed(status, "application/json", serde_json::to_string(body))
}

/// A page of ours: no script, nothing from elsewhere, in nobody's frame.
pub fn html(status: StatusCode, body: String) -> Response {
    html_to(status, body, &[])
}

/// A page whose form may, through redirects, lead to other origins: Chromium applies `form-action` to those as well.
/// Each target is an origin, or a scheme with its colon; anything that is not is left out.
pub fn html_to(status: StatusCode, body: String, targets: &[String]) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, page_policy(targets));
    headers.insert(
        REPORTING_ENDPOINTS,
        HeaderValue::from_static("policy=\"/policy-reports\""),
    );
    harden(headers);
    response
}

/// 303: what follows is a GET, whatever came (RFC 9110 section 15.4.4).
pub fn see_other(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return problem(
            StatusCode::BAD_REQUEST,
            "malformed_request",
            "There is nowhere to go on to.",
        );
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    harden(response.headers_mut());
    response
}

/// A fault: its cause goes to the log, the public learns whether to come back.
pub fn fault(fault: &Fault) -> Response {
    tracing::error!(%fault, "a request could not be carried out");
    if !fault.is_retryable() {
        return problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something is broken here.",
        );
    }
    let (code, text) = match fault {
        Fault::Busy => ("busy", "This cannot be done now; try again shortly."),
        Fault::Store(_) if fault.is_no_room() => ("no_room", NO_ROOM),
        Fault::Store(_) | Fault::Keys(_) | Fault::Passwords(_) => {
            ("unavailable", "This cannot be done now; try again shortly.")
        }
    };
    retry_after(
        problem(StatusCode::SERVICE_UNAVAILABLE, code, text),
        fault.retry_after_s(),
    )
}

/// Adds `Retry-After` in seconds.
pub fn retry_after(mut response: Response, seconds: u64) -> Response {
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Sets the headers that every answer has, where the handler has not set its own.
pub fn harden(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn page_policy(targets: &[String]) -> HeaderValue {
    let mut actions = String::from("'self'");
    for target in targets.iter().filter(|t| is_source(t)) {
        actions.push(' ');
        actions.push_str(target);
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action {actions}; frame-ancestors 'none'; base-uri 'none'; report-uri {}; report-to policy",
        super::reports::PLACE
    );
    // Sources were checked to be plain, so this cannot fail; if it did, nothing would be allowed.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A source expression and nothing more: no separator of ours can be smuggled in.
fn is_source(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'.' | b'-' | b'[' | b']' | b'+'))
}

fn typed(status: StatusCode, media: &'static str, body: Result<String, serde_json::Error>) -> Response {
    let Ok(body) = body else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, NO_STORE);
    harden(headers);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(targets: &[&str]) -> String {
        let targets: Vec<String> = targets.iter().map(|t| (*t).to_owned()).collect();
        page_policy(&targets).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_page_allows_no_script_no_frame_and_only_its_own_forms() {
        let policy = policy(&[]);
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("script"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert!(policy.contains("form-action 'self';"));
        assert!(policy.ends_with("report-uri /policy-reports; report-to policy"));
        let page = html(StatusCode::OK, String::new());
        let endpoints = page.headers()[REPORTING_ENDPOINTS].to_str().unwrap();
        assert_eq!(endpoints, format!("policy=\"{}\"", super::super::reports::PLACE));
    }

    #[test]
    fn a_form_target_cannot_smuggle_a_directive() {
        let policy = policy(&[
            "https://app.example:8443",
            "x; script-src *",
            "'unsafe-inline'",
            "a b",
        ]);
        assert!(policy.contains("form-action 'self' https://app.example:8443;"));
        assert!(!policy.contains("script") && !policy.contains("unsafe"));
    }

    #[test]
    fn every_kind_of_answer_is_hardened_and_not_kept() {
        let answers = [
            problem(StatusCode::NOT_FOUND, "not_found", "x"),
            json(StatusCode::OK, &1),
            html(StatusCode::OK, String::new()),
            see_other("/account"),
            fault(&Fault::Busy),
        ];
        for answer in answers {
            for (name, _) in ALWAYS {
                assert!(answer.headers().contains_key(&name), "{name}");
            }
            assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        }
    }

    #[test]
    fn a_fault_does_not_tell_its_cause() {
        let secret = "the key for ES256 is broken";
        let answer = fault(&Fault::Keys(secret.to_owned()));
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(fault(&Fault::Busy).headers()[RETRY_AFTER], "2");
    }

    #[tokio::test]
    async fn a_full_disk_is_told_with_a_code_of_its_own() {
        let answer = fault(&Fault::Store(store::StoreError::Full));
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[RETRY_AFTER], "30");
        assert_eq!(crate::testing::json(answer).await["code"], "no_room");
        let other = fault(&Fault::Store(store::StoreError::Unavailable("x".to_owned())));
        assert_eq!(crate::testing::json(other).await["code"], "unavailable");
    }
}
