//! `/logout`: asks on GET, ends on POST.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::notice::Notice;
use super::{name_of, page};
use crate::authority::Authority;
use crate::flows::session::{Presence, logout};
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::{cookies, csrf, respond, visit};

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    here: &'static str,
    name: String,
    token: String,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route("/logout", get(show).post(submit))
}

async fn show(State(authority): State<Arc<Authority>>, headers: HeaderMap) -> Result<Response, AsPage> {
    let Presence::Live(live) = visit::presence(&authority, &headers).await? else {
        return Ok(signed_out());
    };
    let template = LogoutPage {
        here: "logout",
        name: name_of(&authority, &live).await?,
        token: live.csrf_token(),
    };
    Ok(page(&template)?)
}

/// Without a living session there is nothing to protect but the browser's cookies, which the gate does.
async fn submit(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&headers, &body)?;
    csrf::same_origin(&headers, authority.issuer())?;
    if let Presence::Live(live) = visit::presence(&authority, &headers).await? {
        match visit::own_form(&authority, &headers, &live, &fields) {
            // A new secret changed the token: ask again.
            Err(Refusal::CsrfToken) => return Ok(respond::see_other("/logout")),
            checked => checked?,
        }
        logout(&authority, &live).await?;
    }
    let mut response = signed_out();
    cookies::forget_everything(response.headers_mut());
    Ok(response)
}

fn signed_out() -> Response {
    respond::see_other(&format!("/login?notice={}", Notice::SignedOut.word()))
}
