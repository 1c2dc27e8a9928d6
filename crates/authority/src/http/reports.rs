//! `POST /policy-reports`: browsers tell what the policy of our pages stopped (CSP Level 3 section 5). Our pages have no script, so
//! a report of one is an injection, or an extension of the browser's. Anybody can send one: it is counted, and nothing of it kept.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use http::StatusCode;
use serde_json::Value;

use crate::authority::Authority;

/// Where reports go.
pub(crate) const PLACE: &str = "/policy-reports";
/// Longest body, in bytes, and most reports in one that are counted.
const LARGEST: usize = 16 * 1024;
const MOST: usize = 20;

/// What a report is counted as.
pub(crate) const KINDS: &[&str] = &[
    "script",
    "style",
    "form_action",
    "frame_ancestors",
    "other",
    "unreadable",
];

/// The route.
pub(crate) fn routes() -> Router<Arc<Authority>> {
    Router::new().route(PLACE, post(take).layer(DefaultBodyLimit::max(LARGEST)))
}

async fn take(State(authority): State<Arc<Authority>>, body: Bytes) -> StatusCode {
    for kind in kinds(&body) {
        authority.metrics.policy_report(kind);
    }
    StatusCode::NO_CONTENT
}

/// Of both forms: one document under `csp-report`, and a list of reports.
fn kinds(body: &[u8]) -> Vec<&'static str> {
    let told = |report: &Value| {
        let body = report.get("csp-report").or_else(|| report.get("body"))?;
        let directive = ["effectiveDirective", "effective-directive", "violated-directive"]
            .iter()
            .find_map(|name| body.get(*name)?.as_str())?;
        Some(kind(directive))
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(reports)) => {
            let reports = reports.iter().take(MOST);
            reports
                .map(|report| told(report).unwrap_or("unreadable"))
                .collect()
        }
        Ok(report) => vec![told(&report).unwrap_or("unreadable")],
        Err(_) => vec!["unreadable"],
    }
}

fn kind(directive: &str) -> &'static str {
    match directive.split([' ', '-']).next().unwrap_or_default() {
        "script" => "script",
        "style" => "style",
        "form" => "form_action",
        "frame" if directive.starts_with("frame-ancestors") => "frame_ancestors",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_either_form_is_counted_by_what_was_stopped() {
        let old = br#"{"csp-report": {"document-uri": "x", "violated-directive": "script-src-elem 'none'"}}"#;
        let new = br#"[{"type": "csp-violation", "body": {"effectiveDirective": "form-action"}},
            {"body": {"effectiveDirective": "frame-ancestors"}}, {"body": {"effectiveDirective": "img-src"}}, {}]"#;
        assert_eq!(kinds(old), ["script"]);
        assert_eq!(
            kinds(new),
            ["form_action", "frame_ancestors", "other", "unreadable"]
        );
    }

    #[test]
    fn nonsense_is_one_report_and_a_long_list_is_cut() {
        for body in [&b""[..], b"{", b"\xff", b"1", b"{\"csp-report\": 1}"] {
            assert_eq!(kinds(body), ["unreadable"]);
        }
        let long = format!("[{}{{}}]", "{},".repeat(500));
        assert_eq!(kinds(long.as_bytes()).len(), MOST);
    }
}
