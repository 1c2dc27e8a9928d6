//! The authorization endpoint, by query or form, and the subject's decision.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::consent_page;
use crate::authority::Authority;
use crate::flows::oauth::authorize::{Authorization, Decision, authorize};
use crate::flows::oauth::params::Params;
use crate::flows::return_to::ReturnTo;
use crate::flows::session::{Live, Presence};
use crate::http::form::{Fields, is_media};
use crate::http::refusal::{AsPage, Refusal};
use crate::http::{pages, respond, visit};

pub(super) async fn by_query(
    State(authority): State<Arc<Authority>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AsPage> {
    let params = Params::parse(&query.unwrap_or_default());
    let live = live(&authority, &headers).await?;
    answer(&authority, &params, live.as_deref(), None).await
}

pub(super) async fn by_form(
    State(authority): State<Arc<Authority>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Result<Response, AsPage> {
    // Two places for one parameter would be two readings of one request.
    if query.is_some_and(|q| !q.is_empty()) || !is_media(&headers, FORM) {
        return Err(Refusal::Malformed.into());
    }
    let live = live(&authority, &headers).await?;
    answer(&authority, &Params::parse(&body), live.as_deref(), None).await
}

pub(super) async fn decide(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&headers, &body)?;
    let request = Params::parse(fields.text(consent_page::REQUEST_FIELD));
    // Without a session there is nothing to decide: the request starts over.
    let Some(live) = live(&authority, &headers).await? else {
        return answer(&authority, &request, None, None).await;
    };
    visit::own_form(&authority, &headers, &live, &fields)?;
    let decision = match fields.text("decision") {
        "allow" => Decision::Allow,
        "deny" => Decision::Deny,
        _ => return Err(Refusal::Malformed.into()),
    };
    answer(&authority, &request, Some(&live), Some(decision)).await
}

const FORM: &str = "application/x-www-form-urlencoded";

async fn answer(
    authority: &Authority,
    params: &Params,
    live: Option<&Live>,
    decision: Option<Decision>,
) -> Result<Response, AsPage> {
    let untrusted = |text| pages::error_page(StatusCode::BAD_REQUEST, "invalid_request", text);
    match authorize(authority, params, live.map(Live::session), decision).await? {
        Authorization::Redirect(redirect) => Ok(respond::see_other(redirect.as_str())),
        Authorization::Untrusted(refusal) => Ok(untrusted(refusal.text)),
        Authorization::SignIn { return_to } => Ok(ReturnTo::parse(&return_to, authority.issuer())
            .map_or_else(
                || untrusted("the request is too long"),
                |path| respond::see_other(&path.login_page()),
            )),
        Authorization::Consent(question) => {
            let live = live.ok_or(Refusal::NotSignedIn)?;
            Ok(consent_page::ask(authority, &question, live).await?)
        }
    }
}

/// The browser's session. A cookie that is worth nothing counts as none; two cookies are refused.
async fn live(authority: &Authority, headers: &HeaderMap) -> Result<Option<Box<Live>>, Refusal> {
    match visit::presence(authority, headers).await? {
        Presence::Live(live) => Ok(Some(live)),
        Presence::None | Presence::Invalid(_) => Ok(None),
    }
}
