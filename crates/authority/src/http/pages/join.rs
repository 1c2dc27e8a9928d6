//! `/session/join`: an application host asks for its own cookie of the session.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, Uri};

use super::visitor;
use crate::authority::Authority;
use crate::flows::host::{application, join};
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::respond;

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route("/session/join", get(show))
}

async fn show(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AsPage> {
    navigation(&headers)?;
    let query = Fields::of_query(&uri)?;
    let application = application(&authority, query.text("origin"), query.text("challenge"))?;
    let here = uri.path_and_query().map_or("", |p| p.as_str());
    let live = match visitor(&authority, &headers, here).await? {
        Ok(live) => live,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let location = join(&authority, &live, application).await?;
    Ok(respond::see_other(&location))
}

/// Only the address bar takes part: no picture, frame or script of another page starts a sign-in. A client that says
/// nothing of its kind is no browser.
fn navigation(headers: &HeaderMap) -> Result<(), Refusal> {
    let says = |name: &str, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .all(|v| v.as_bytes() == wanted.as_bytes())
    };
    let fits = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    fits.then_some(()).ok_or(Refusal::ForeignSite)
}
