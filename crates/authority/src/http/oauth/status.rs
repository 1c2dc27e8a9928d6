//! Token status lists: public, cacheable for as long as a copy may be used, readable from any origin.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::authority::Authority;
use crate::http::respond;
use crate::status_list::StatusList;

const MEDIA: HeaderValue = HeaderValue::from_static("application/statuslist+jwt");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Every list there is (draft-ietf-oauth-status-list-21 section 9).
#[derive(Serialize)]
struct Lists {
    status_lists: Vec<String>,
}

pub(super) async fn lists(State(authority): State<Arc<Authority>>) -> Response {
    let Some(list) = &authority.status_list else {
        return unknown();
    };
    let status_lists = vec![list.uri(authority.issuer())];
    public(respond::json(StatusCode::OK, &Lists { status_lists }), list)
}

pub(super) async fn list(
    State(authority): State<Arc<Authority>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(list) = authority.status_list.as_ref().filter(|list| list.is_named(&name)) else {
        return unknown();
    };
    if !accepts(&headers) {
        return respond::problem(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "A status list is application/statuslist+jwt.",
        );
    }
    match list.signed(&authority).await {
        Ok(signed) => {
            let mut response = (StatusCode::OK, signed.to_string()).into_response();
            response.headers_mut().insert(CONTENT_TYPE, MEDIA);
            respond::harden(response.headers_mut());
            public(response, list)
        }
        Err(fault) => respond::fault(&fault),
    }
}

/// Whoever says nothing takes what there is.
fn accepts(headers: &HeaderMap) -> bool {
    let mut said = headers.get_all(ACCEPT).iter().peekable();
    let takes = |range: &str| {
        let name = range.split(';').next().unwrap_or_default().trim();
        ["application/statuslist+jwt", "application/*", "*/*"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
    };
    said.peek().is_none() || said.any(|value| value.to_str().is_ok_and(|text| text.split(',').any(takes)))
}

fn public(mut response: Response, list: &StatusList) -> Response {
    let headers = response.headers_mut();
    let kept = format!("public, max-age={}", list.ttl().as_secs());
    if let Ok(kept) = HeaderValue::from_str(&kept) {
        headers.insert(CACHE_CONTROL, kept);
    }
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

fn unknown() -> Response {
    respond::problem(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is no such list; tokens that name it were made before the server's last start.",
    )
}
