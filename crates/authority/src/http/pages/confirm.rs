//! `/account/confirm`: asks for the password again, where an authentication is not recent enough.

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
use crate::flows::return_to::ReturnTo;
use crate::flows::step_up::{StepUp, step_up};
use crate::http::form::Fields;
use crate::http::refusal::AsPage;
use crate::http::{client_info, cookies, respond, visit};

const HERE: &str = "/account/confirm";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    here: &'static str,
    notice: Option<Notice>,
    name: String,
    token: String,
    return_to: String,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route(HERE, get(show).post(submit))
}

/// The page that asks, and leads back.
pub(super) fn page_before(path: &str) -> String {
    format!("{HERE}?return_to={path}")
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    let live = match visitor(&authority, &headers, "/account").await? {
        Ok(live) => live,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let query = Fields::of_query(&uri)?;
    let back = ReturnTo::parse(query.text("return_to"), authority.issuer());
    let template = ConfirmPage {
        here: "sessions",
        notice: Notice::parse(query.text("notice")),
        name: name_of(&authority, &live).await?,
        token: live.csrf_token(),
        return_to: back.map(|b| b.as_str().to_owned()).unwrap_or_default(),
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
    let back = ReturnTo::parse(fields.text("return_to"), authority.issuer());
    let back = back.as_ref().map_or("/account", ReturnTo::as_str);
    let address = client_info::address(&parts);
    let notice = match step_up(&authority, &live, fields.secret("password"), address).await? {
        StepUp::Done(signed) => {
            let mut response = respond::see_other(back);
            cookies::set_signed(response.headers_mut(), &signed)?;
            return Ok(response);
        }
        StepUp::Refused => Notice::WrongPassword,
        StepUp::Limited { .. } => Notice::Limited,
        StepUp::Overtaken => Notice::Overtaken,
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", back)
        .append_pair("notice", notice.word())
        .finish();
    Ok(respond::see_other(&format!("{HERE}?{query}")))
}
