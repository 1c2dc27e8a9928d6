//! `/setup`: the first administrator, by the one-time code.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::notice::Notice;
use super::page;
use crate::authority::Authority;
use crate::flows::setup::{SetupOutcome, SetupRequest, complete_setup};
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::visit::{self, PreSession};
use crate::http::{client_info, cookies, respond};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    notice: Option<Notice>,
    token: String,
    least: usize,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route("/setup", get(show).post(submit))
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    let pre = PreSession::of(&authority, &headers)?;
    let template = SetupPage {
        notice: Notice::parse(Fields::of_query(&uri)?.text("notice")),
        token: pre.token(),
        least: authority.config.login.min_password,
    };
    let mut response = page(&template)?;
    pre.remember(response.headers_mut())?;
    Ok(response)
}

async fn submit(
    State(authority): State<Arc<Authority>>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&parts.headers, &body)?;
    match visit::anonymous_form(&authority, &parts.headers, &fields) {
        Err(Refusal::CsrfToken) => return Ok(again(Notice::FormExpired)),
        checked => checked?,
    }
    if fields.text("password") != fields.text("again") {
        return Ok(again(Notice::Different));
    }
    let request = SetupRequest {
        code: fields.secret("code"),
        username: fields.text("username").to_owned(),
        password: fields.secret("password"),
        address: client_info::address(&parts),
    };
    Ok(match complete_setup(&authority, request).await? {
        SetupOutcome::Done(_) => {
            let mut response = respond::see_other(&format!("/login?notice={}", Notice::SetUp.word()));
            cookies::clear_pre_session(response.headers_mut());
            response
        }
        SetupOutcome::Refused => again(Notice::Code),
        SetupOutcome::NameTaken => again(Notice::NameTaken),
        SetupOutcome::BadName => again(Notice::BadName),
        SetupOutcome::Weak(weak) => again(weak.into()),
        SetupOutcome::Limited { .. } => again(Notice::Limited),
    })
}

fn again(notice: Notice) -> Response {
    respond::see_other(&format!("/setup?notice={}", notice.word()))
}
