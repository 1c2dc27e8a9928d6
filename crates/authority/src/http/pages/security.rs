//! `/account/security`: a new password.

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
use super::{name_of, page, visitor};
use crate::authority::Authority;
use crate::flows::change_password::{Change, NewPassword, change_password};
use crate::http::form::Fields;
use crate::http::refusal::AsPage;
use crate::http::{client_info, cookies, respond, visit};

const HERE: &str = "/account/security";

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    here: &'static str,
    notice: Option<Notice>,
    name: String,
    token: String,
    least: usize,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route(HERE, get(show).post(submit))
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    let live = match visitor(&authority, &headers, HERE).await? {
        Ok(live) => live,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let template = SecurityPage {
        here: "security",
        notice: Notice::parse(Fields::of_query(&uri)?.text("notice")),
        name: name_of(&authority, &live).await?,
        token: live.csrf_token(),
        least: authority.config.login.min_password,
    };
    Ok(page(&template)?)
}

async fn submit(
    State(authority): State<Arc<Authority>>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&parts.headers, &body)?;
    let live = visit::signed_in(&authority, &parts.headers).await?;
    visit::own_form(&authority, &parts.headers, &live, &fields)?;
    if fields.text("new") != fields.text("again") {
        return Ok(back_with(Notice::Different));
    }
    let request = NewPassword {
        current: fields.secret("current"),
        new: fields.secret("new"),
        address: client_info::address(&parts),
    };
    Ok(match change_password(&authority, &live, request).await? {
        Change::Done(signed) => {
            let mut response = back_with(Notice::PasswordChanged);
            cookies::set_signed(response.headers_mut(), &signed)?;
            response
        }
        Change::Refused => back_with(Notice::WrongPassword),
        Change::Same => back_with(Notice::SamePassword),
        Change::Weak(weak) => back_with(weak.into()),
        Change::Limited { .. } => back_with(Notice::Limited),
        Change::Overtaken => back_with(Notice::Overtaken),
    })
}

fn back_with(notice: Notice) -> Response {
    respond::see_other(&format!("{HERE}?notice={}", notice.word()))
}
