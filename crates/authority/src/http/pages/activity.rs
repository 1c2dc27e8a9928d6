//! `/account/activity`: what happened to the account.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::Timestamp;
use http::{HeaderMap, Uri};

use super::{page, visitor};
use crate::authority::Authority;
use crate::flows::agent::agent_name;
use crate::flows::own_activity::{Told, own_activity};
use crate::http::form::Fields;
use crate::http::moment;
use crate::http::refusal::AsPage;

const HERE: &str = "/account/activity";

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    here: &'static str,
    lines: Vec<Line>,
    next: Option<u64>,
}

/// One line of the list.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) place: String,
    pub(super) ago: String,
    pub(super) date: String,
    pub(super) is_warning: bool,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route(HERE, get(show))
}

pub(super) fn line(told: Told, now: Timestamp) -> Line {
    let place = told.origin.map(|origin| {
        let agent = agent_name(&origin.agent);
        match origin.network.as_str() {
            "" => agent,
            network => format!("{agent}, {network}"),
        }
    });
    Line {
        text: told.text,
        place: place.unwrap_or_default(),
        ago: moment::ago(told.at, now),
        date: moment::rfc3339(told.at),
        is_warning: told.is_warning,
    }
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
    let below = Fields::of_query(&uri)?.text("below").parse().ok();
    let (told, next) = own_activity(&authority, &live, below).await?;
    let now = authority.clock.now();
    let template = ActivityPage {
        here: "activity",
        lines: told.into_iter().map(|t| line(t, now)).collect(),
        next,
    };
    Ok(page(&template)?)
}
