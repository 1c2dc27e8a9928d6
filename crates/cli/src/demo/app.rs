//! The sample application: an ordinary upstream that trusts the identity headers of the edge in front of it.

use std::sync::Arc;

use authority::{Level, Receipt};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::revocation::{Class, Target};
use edge::Edge;
use serde::Deserialize;
use serde_json::{Value, json};
use store::intent::{Actor, Revoke};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Demo, live, pages, token};

pub(super) fn routes(demo: Demo) -> Router {
    Router::new()
        .route("/", get(pages::landing))
        .route("/assets/demo.css", get(pages::style))
        .route("/assets/symbolon.svg", get(pages::mark))
        .route("/assets/demo.js", get(pages::script))
        .route("/live", get(live::live))
        .route("/line", post(live::switch))
        .route("/app", get(pages::signed_in))
        .route("/app/state", get(state))
        .route("/app/token/start", get(start))
        .route("/app/token/callback", get(callback))
        .route("/app/revoke", post(revoke))
        .route("/api/hello", get(hello))
        .with_state(demo)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn hello(headers: HeaderMap) -> String {
    format!("hello {}", text(&headers, "symbolon-subject"))
}

async fn state(State(demo): State<Demo>, headers: HeaderMap) -> Json<Value> {
    let session = text(&headers, "symbolon-session");
    let identity = token::unverified_parts(text(&headers, "symbolon-identity")).map(|(_, claims)| claims);
    let token = demo.tokens.access(session).and_then(|text| {
        let (header, claims) = token::unverified_parts(&text)?;
        Some(json!({ "text": text, "header": header, "claims": claims }))
    });
    Json(json!({
        "subject": text(&headers, "symbolon-subject"),
        "session": session,
        "assurance": text(&headers, "symbolon-assurance"),
        "staleness_ms": text(&headers, "symbolon-staleness"),
        "frontier": text(&headers, "symbolon-frontier"),
        "identity": identity,
        "token": token,
    }))
}

async fn start(State(demo): State<Demo>, headers: HeaderMap) -> Redirect {
    let entropy = demo.authority.entropy();
    Redirect::to(&token::begin(
        &demo,
        text(&headers, "symbolon-session"),
        entropy.as_ref(),
    ))
}

#[derive(Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

async fn callback(State(demo): State<Demo>, headers: HeaderMap, Query(query): Query<Callback>) -> Response {
    let (Some(code), Some(state)) = (query.code, query.state) else {
        let why = query.error.unwrap_or_else(|| "no code came back".into());
        return (StatusCode::BAD_REQUEST, format!("The authority refused: {why}\n")).into_response();
    };
    match token::finish(&demo, text(&headers, "symbolon-session"), &code, &state).await {
        Ok(()) => Redirect::to("/app").into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    class: Class,
}

async fn revoke(State(demo): State<Demo>, headers: HeaderMap, Json(ask): Json<Ask>) -> Response {
    let Some(target) = target(&demo, &headers, ask.class) else {
        return (StatusCode::BAD_REQUEST, "choose session, grant or subject\n").into_response();
    };
    let intent = Revoke {
        targets: vec![target],
        reason: "pressed in the demo".into(),
        actor: Actor::new("demo"),
        receipt: None,
    };
    let (began, done) = (Instant::now(), watch::Sender::new(false));
    let watches: Vec<_> = demo
        .places
        .iter()
        .map(|place| tokio::spawn(stamps(Arc::clone(&place.edge), began, done.subscribe())))
        .collect();
    let outcome = demo.authority.revoke(intent, Level::Enforced).await;
    done.send_replace(true);
    let receipt = match outcome {
        Ok(Ok(receipt)) => receipt,
        Ok(Err(refusal)) => return (StatusCode::CONFLICT, refusal.to_string()).into_response(),
        Err(fault) => return (StatusCode::SERVICE_UNAVAILABLE, fault.to_string()).into_response(),
    };
    let mut edges = Vec::new();
    for (place, watch) in demo.places.iter().zip(watches) {
        let stamps = watch.await.unwrap_or_default();
        edges.push((place.edge.config().name.to_string(), reached(&stamps, &receipt)));
    }
    Json(report(ask.class, &receipt, &edges)).into_response()
}

fn report(class: Class, receipt: &Receipt, edges: &[(String, Option<f64>)]) -> Value {
    let slowest = edges.iter().filter_map(|(_, ms)| *ms).fold(0.0, f64::max);
    let edges: Vec<Value> = edges
        .iter()
        .map(|(name, ms)| json!({ "name": name, "ms": ms }))
        .collect();
    json!({ "class": class, "receipt": receipt, "slowest_ms": slowest, "edges": edges })
}

fn target(demo: &Demo, headers: &HeaderMap, class: Class) -> Option<Target> {
    let session = text(headers, "symbolon-session");
    let key = match class {
        Class::Session => session.to_owned(),
        Class::Subject => text(headers, "symbolon-subject").to_owned(),
        Class::Grant => {
            let (_, claims) = token::unverified_parts(&demo.tokens.access(session)?)?;
            claims.get("gid")?.as_str()?.to_owned()
        }
        _ => return None,
    };
    Target::parse(class, Some(&key)).ok()
}

/// Stamps each growth of an edge's map until the revocation is enforced: this is where the edge begins to refuse.
async fn stamps(edge: Arc<Edge>, began: Instant, mut done: watch::Receiver<bool>) -> Vec<(u64, f64)> {
    let mut applied = edge.applied();
    let mut stamps = Vec::new();
    loop {
        tokio::select! {
            biased;
            grown = applied.changed() => match grown {
                Ok(()) => stamps.push((applied.borrow_and_update().as_u64(), began.elapsed().as_secs_f64() * 1000.0)),
                Err(_) => return stamps,
            },
            _ = done.wait_for(|done| *done) => return stamps,
        }
    }
}

/// Nothing for an edge whose lease ran out instead.
fn reached(stamps: &[(u64, f64)], receipt: &Receipt) -> Option<f64> {
    stamps
        .iter()
        .find(|(frontier, _)| *frontier >= receipt.seq.as_u64())
        .map(|(_, ms)| *ms)
}
