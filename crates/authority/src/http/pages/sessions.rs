//! `/account/sessions`: where the subject is signed in, and how to end it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::Timestamp;
use http::{HeaderMap, Uri};

use super::notice::Notice;
use super::{confirm, page, visitor};
use crate::authority::Authority;
use crate::flows::agent::agent_name;
use crate::flows::own_sessions::{OwnSession, end_everywhere, end_own, own_sessions};
use crate::flows::session::Live;
use crate::flows::step_up::is_recent;
use crate::http::form::Fields;
use crate::http::refusal::{AsPage, Refusal};
use crate::http::{cookies, moment, respond, visit};
use crate::revoke::Level;

const HERE: &str = "/account/sessions";

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    here: &'static str,
    notice: Option<Notice>,
    token: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    device: String,
    network: String,
    active: String,
    created: String,
    assurance: &'static str,
    agent: String,
    hosts: Vec<String>,
    is_this: bool,
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
    let now = authority.clock.now();
    let own = own_sessions(&authority, &live).await?;
    let template = SessionsPage {
        here: "sessions",
        notice: Notice::parse(Fields::of_query(&uri)?.text("notice")),
        token: live.csrf_token(),
        rows: own.into_iter().map(|s| row(s, now)).collect(),
    };
    Ok(page(&template)?)
}

async fn submit(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AsPage> {
    let fields = Fields::of_body(&headers, &body)?;
    let live = visit::signed_in(&authority, &headers).await?;
    visit::own_form(&authority, &headers, &live, &fields)?;
    if !is_recent(&authority, &live) {
        return Ok(respond::see_other(&confirm::page_before(HERE)));
    }
    let notice = end(&authority, &live, fields.text("end")).await?;
    if notice == Notice::EverywhereEnded {
        let mut response = respond::see_other(&format!("/login?notice={}", notice.word()));
        cookies::forget_everything(response.headers_mut());
        return Ok(response);
    }
    Ok(respond::see_other(&format!("{HERE}?notice={}", notice.word())))
}

async fn end(authority: &Authority, live: &Live, which: &str) -> Result<Notice, Refusal> {
    if matches!(which, "others" | "all") {
        let here_too = which == "all";
        let ended = end_everywhere(authority, live, here_too, Level::Durable).await?;
        return Ok(match ended {
            None => Notice::Overtaken,
            Some(_) if here_too => Notice::EverywhereEnded,
            Some(_) => Notice::OthersEnded,
        });
    }
    let id = which.parse().map_err(|_| Refusal::Malformed)?;
    Ok(if end_own(authority, live, id).await? {
        Notice::SessionEnded
    } else {
        Notice::NoSuchSession
    })
}

fn row(session: OwnSession, now: Timestamp) -> Row {
    let network = if session.origin.network.is_empty() {
        "unknown network".to_owned()
    } else {
        session.origin.network
    };
    Row {
        id: session.id.to_string(),
        device: agent_name(&session.origin.agent),
        assurance: session.assurance.as_str(),
        agent: session.origin.agent,
        hosts: session.hosts.iter().map(ToString::to_string).collect(),
        network,
        active: moment::ago(session.active_at, now),
        created: moment::ago(session.created_at, now),
        is_this: session.is_this,
    }
}
