//! The pages: designed, without script, and the same on a telephone. After a form comes a redirect, always.

mod account;
mod activity;
pub(crate) mod assets;
mod confirm;
mod join;
mod login;
mod logout;
mod notice;
mod replace;
mod security;
mod sessions;
mod setup;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::Response;
use domain::Subject;
use http::{HeaderMap, StatusCode};

use super::refusal::Refusal;
use super::{respond, visit};
use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::return_to::ReturnTo;
use crate::flows::session::{Live, Presence};

/// The routes of pages, stylesheet and all.
pub fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .merge(account::routes())
        .merge(activity::routes())
        .merge(assets::routes())
        .merge(confirm::routes())
        .merge(join::routes())
        .merge(login::routes())
        .merge(logout::routes())
        .merge(replace::routes())
        .merge(security::routes())
        .merge(sessions::routes())
        .merge(setup::routes())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    code: &'a str,
    title: &'a str,
    text: &'a str,
}

/// A refusal for somebody who looks at it.
pub(crate) fn error_page(status: StatusCode, code: &str, text: &str) -> Response {
    let page = ErrorPage {
        status: status.as_u16(),
        code,
        title: status.canonical_reason().unwrap_or("Error"),
        text,
    };
    match page.render() {
        Ok(body) => respond::html(status, body),
        Err(_) => respond::problem(status, "internal", "Something is broken here."),
    }
}

/// A page whose forms lead to our own host.
pub(crate) fn page(template: &impl Template) -> Result<Response, Refusal> {
    page_to(template, &[])
}

/// A page whose form may lead on to other origins.
pub(crate) fn page_to(template: &impl Template, targets: &[String]) -> Result<Response, Refusal> {
    let body = template
        .render()
        .map_err(|e| Refusal::Fault(Fault::Keys(format!("a page: {e}"))))?;
    Ok(respond::html_to(StatusCode::OK, body, targets))
}

/// The session of whoever looks at a page; everybody else is sent to sign in and comes back.
async fn visitor(
    authority: &Authority,
    headers: &HeaderMap,
    here: &str,
) -> Result<Result<Live, Response>, Refusal> {
    Ok(match visit::presence(authority, headers).await? {
        Presence::Live(live) => Ok(*live),
        Presence::None | Presence::Invalid(_) => {
            let back = ReturnTo::parse(here, authority.issuer());
            Err(respond::see_other(
                &back.map_or_else(|| "/login".to_owned(), |b| b.login_page()),
            ))
        }
    })
}

/// The name that its owner knows the account by.
pub(crate) async fn name_of(authority: &Authority, live: &Live) -> Result<String, Refusal> {
    let subject = &live.session().subject;
    let user = match subject {
        Subject::User(id) => authority.store.user(*id).await.map_err(Fault::from)?,
        Subject::Client(_) => None,
    };
    Ok(user.map_or_else(|| subject.to_string(), |u| u.name))
}

#[cfg(test)]
mod tests;
