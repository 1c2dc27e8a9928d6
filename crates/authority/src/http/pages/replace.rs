//! `/login/password`: a password that somebody else chose is replaced before it opens anything.

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
use super::{login, page_to};
use crate::authority::Authority;
use crate::flows::login::Login;
use crate::flows::new_password::{Replaced, Replacement, replace_password};
use crate::flows::return_to::ReturnTo;
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::respond;
use crate::http::visit::{self, PreSession};

const HERE: &str = "/login/password";

#[derive(Template)]
#[template(path = "replace.html")]
struct ReplacePage {
    notice: Option<Notice>,
    token: String,
    return_to: String,
    least: usize,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route(HERE, get(show).post(submit))
}

/// Where a login goes on that has to replace its password.
pub(super) fn page_for(back: Option<&ReturnTo>) -> String {
    link(back, None)
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    let query = Fields::of_query(&uri)?;
    let back = ReturnTo::parse(query.text("return_to"), authority.issuer());
    let pre = PreSession::of(&authority, &headers)?;
    let template = ReplacePage {
        notice: Notice::parse(query.text("notice")),
        token: pre.token(),
        return_to: back.as_ref().map(|b| b.as_str().to_owned()).unwrap_or_default(),
        least: authority.config.login.min_password,
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
    let again = |notice| Ok(respond::see_other(&link(back.as_ref(), Some(notice))));
    match visit::anonymous_form(&authority, &parts.headers, &fields) {
        Err(Refusal::CsrfToken) => return again(Notice::FormExpired),
        checked => checked?,
    }
    if fields.text("new") != fields.text("again") {
        return again(Notice::Different);
    }
    let request = Replacement {
        login: login::attempt(&parts, &fields)?,
        new: fields.secret("new"),
    };
    again(match replace_password(&authority, request).await? {
        Replaced::Login(Login::SignedIn(signed)) => return Ok(login::welcome(&signed, back.as_ref())?),
        Replaced::Login(Login::Refused | Login::MustChange) => Notice::Credentials,
        Replaced::Login(Login::Limited { .. }) => Notice::Limited,
        Replaced::Login(Login::CapReached) => Notice::CapReached,
        Replaced::Login(Login::Overtaken) => Notice::Overtaken,
        Replaced::Weak(weak) => weak.into(),
        Replaced::Same => Notice::SamePassword,
    })
}

fn link(back: Option<&ReturnTo>, notice: Option<Notice>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(notice) = notice {
        query.append_pair("notice", notice.word());
    }
    if let Some(back) = back {
        query.append_pair("return_to", back.as_str());
    }
    format!("{HERE}?{}", query.finish())
}
