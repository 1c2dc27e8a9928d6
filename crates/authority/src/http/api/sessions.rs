//! `/api/sessions`: where the subject is signed in, and how to end it, everywhere too.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::json_body;
use crate::authority::Authority;
use crate::flows::admin::revocations::ReceiptView;
use crate::flows::agent::agent_name;
use crate::flows::own_sessions::{OwnSession, end_everywhere, end_own, own_sessions};
use crate::flows::session::Live;
use crate::flows::step_up::is_recent;
use crate::http::refusal::{AsProblem, Refusal};
use crate::http::{cookies, moment, respond, visit};
use crate::revoke::Level;

/// What to end: a session's id, `others` or `all`; and when to answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndBody {
    end: String,
    #[serde(default)]
    wait: Option<String>,
}

/// One of the subject's sessions.
#[derive(Serialize)]
struct SessionRow {
    session: String,
    this: bool,
    network: String,
    agent: String,
    agent_name: String,
    assurance: &'static str,
    hosts: Vec<String>,
    created_at: String,
    last_active_at: String,
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<SessionRow>,
}

/// How many ended, with the receipt where all ended together.
#[derive(Serialize)]
struct Ended {
    sessions: u32,
    grants: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptView>,
}

pub(super) fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route("/api/sessions", get(list))
        .route("/api/sessions/end", post(end))
}

async fn list(State(authority): State<Arc<Authority>>, headers: HeaderMap) -> Result<Response, AsProblem> {
    let live = visit::signed_in(&authority, &headers).await?;
    let own = own_sessions(&authority, &live).await?;
    let sessions = own.into_iter().map(row).collect();
    Ok(respond::json(StatusCode::OK, &Sessions { sessions }))
}

async fn end(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AsProblem> {
    let live = visit::signed_in(&authority, &headers).await?;
    visit::own_call(&authority, &headers, &live)?;
    let body: EndBody = json_body(&headers, &body)?;
    let level = match &body.wait {
        None => Level::Durable,
        Some(word) => word.parse::<Level>().map_err(|_| Refusal::Malformed)?,
    };
    if !is_recent(&authority, &live) {
        return Err(Refusal::NotRecent.into());
    }
    let ended = carry_out(&authority, &live, &body.end, level).await?;
    let mut response = respond::json(StatusCode::OK, &ended);
    if body.end == "all" {
        cookies::forget_everything(response.headers_mut());
    }
    Ok(response)
}

async fn carry_out(authority: &Authority, live: &Live, which: &str, level: Level) -> Result<Ended, Refusal> {
    if matches!(which, "others" | "all") {
        let ended = end_everywhere(authority, live, which == "all", level).await?;
        let ended = ended.ok_or(Refusal::Overtaken)?;
        return Ok(Ended {
            sessions: ended.sessions,
            grants: ended.grants,
            receipt: Some(ended.receipt.into()),
        });
    }
    let id = which.parse().map_err(|_| Refusal::Malformed)?;
    let ended = end_own(authority, live, id).await?;
    Ok(Ended {
        sessions: u32::from(ended),
        grants: 0,
        receipt: None,
    })
}

fn row(session: OwnSession) -> SessionRow {
    SessionRow {
        session: session.id.to_string(),
        this: session.is_this,
        agent_name: agent_name(&session.origin.agent),
        network: session.origin.network,
        agent: session.origin.agent,
        assurance: session.assurance.as_str(),
        hosts: session.hosts.iter().map(ToString::to_string).collect(),
        created_at: moment::rfc3339(session.created_at),
        last_active_at: moment::rfc3339(session.active_at),
    }
}
