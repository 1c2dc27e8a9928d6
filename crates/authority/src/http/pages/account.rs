//! `/account`: who is here, and by which session.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, Uri};

use super::activity::{Line, line};
use super::notice::Notice;
use super::{name_of, page, visitor};
use crate::authority::Authority;
use crate::flows::own_activity::{attempts, failures_since, own_activity};
use crate::http::form::Fields;
use crate::http::moment;
use crate::http::refusal::AsPage;

/// Lines of activity on this page.
const LINES: usize = 5;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    here: &'static str,
    notice: Option<Notice>,
    name: String,
    subject: String,
    session: String,
    assurance: &'static str,
    methods: String,
    authenticated: String,
    idle_end: String,
    end: String,
    failures: Option<String>,
    lines: Vec<Line>,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new().route("/account", get(show))
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
    let session = live.session();
    let now = authority.clock.now();
    let failures = failures_since(&authority, &live).await?;
    let (told, _) = own_activity(&authority, &live, None).await?;
    let template = AccountPage {
        here: "account",
        notice: Notice::parse(Fields::of_query(&uri)?.text("notice")),
        name: name_of(&authority, &live).await?,
        subject: session.subject.to_string(),
        session: session.id.to_string(),
        assurance: session.assurance.as_str(),
        methods: methods(&session.amr),
        authenticated: moment::ago(session.authenticated_at, now),
        idle_end: moment::date(session.idle_expires_at()),
        end: moment::date(session.expires_at),
        failures: (failures > 0).then(|| attempts(failures.into(), "since you last signed in")),
        lines: told.into_iter().take(LINES).map(|t| line(t, now)).collect(),
    };
    Ok(page(&template)?)
}

/// RFC 8176 words as people say them.
fn methods(amr: &[String]) -> String {
    let said: Vec<&str> = amr
        .iter()
        .map(|m| if m == "pwd" { "password" } else { m })
        .collect();
    said.join(" and ")
}
