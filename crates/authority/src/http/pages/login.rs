//! `/login`.

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
use super::{name_of, page_to, replace};
use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::login::{Login, LoginRequest, login};
use crate::flows::return_to::ReturnTo;
use crate::flows::session::{Presence, Signed};
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::respond::see_other;
use crate::http::visit::{self, PreSession};
use crate::http::{client_info, cookies};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    notice: Option<Notice>,
    signed_in_as: Option<String>,
    token: String,
    return_to: String,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route("/login", get(show).post(submit))
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    let query = Fields::of_query(&uri)?;
    let back = ReturnTo::parse(query.text("return_to"), authority.issuer());
    let pre = PreSession::of(&authority, &headers)?;
    let signed_in_as = match visit::presence(&authority, &headers).await? {
        Presence::Live(live) => Some(name_of(&authority, &live).await?),
        Presence::None | Presence::Invalid(_) => None,
    };
    let template = LoginPage {
        notice: Notice::parse(query.text("notice")),
        signed_in_as,
        token: pre.token(),
        return_to: back.as_ref().map(|b| b.as_str().to_owned()).unwrap_or_default(),
    };
    let onward = match &back {
        Some(back) => back.onward(&authority).await?,
        None => vec![],
    };
    let mut response = page_to(&template, &onward)?;
    pre.remember(response.headers_mut())?;
    Ok(response)
}

async fn submit(
    State(authority): State<Arc<Authority>>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&parts.headers, &body)?;
    let back = ReturnTo::parse(fields.text("return_to"), authority.issuer());
    match visit::anonymous_form(&authority, &parts.headers, &fields) {
        Err(Refusal::CsrfToken) => return Ok(again(back.as_ref(), Notice::FormExpired)),
        checked => checked?,
    }
    let outcome = login(&authority, attempt(&parts, &fields)?).await;
    let notice = match outcome {
        Ok(Login::SignedIn(signed)) => return Ok(welcome(&signed, back.as_ref())?),
        Ok(Login::MustChange) => return Ok(see_other(&replace::page_for(back.as_ref()))),
        Ok(Login::Refused) => Notice::Credentials,
        Ok(Login::Limited { .. }) => Notice::Limited,
        Ok(Login::CapReached) => Notice::CapReached,
        Ok(Login::Overtaken) => Notice::Overtaken,
        Err(Fault::Busy) => Notice::Busy,
        Err(fault) => return Err(fault.into()),
    };
    Ok(again(back.as_ref(), notice))
}

pub(super) fn attempt(parts: &Parts, fields: &Fields) -> Result<LoginRequest, Refusal> {
    Ok(LoginRequest {
        username: fields.text("username").to_owned(),
        password: fields.secret("password"),
        address: client_info::address(parts),
        origin: client_info::origin(parts),
        presented: cookies::session_secret(&parts.headers)?,
        device: cookies::device(&parts.headers),
    })
}

/// The new session; the secret of the form before it has done its work.
pub(super) fn welcome(signed: &Signed, back: Option<&ReturnTo>) -> Result<Response, Refusal> {
    let mut response = see_other(back.map_or("/account", ReturnTo::as_str));
    cookies::set_signed(response.headers_mut(), signed)?;
    cookies::clear_pre_session(response.headers_mut());
    Ok(response)
}

fn again(back: Option<&ReturnTo>, notice: Notice) -> Response {
    let word = notice.word();
    see_other(&match back {
        Some(back) => format!("{}&notice={word}", back.login_page()),
        None => format!("/login?notice={word}"),
    })
}
