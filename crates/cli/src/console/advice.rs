//! `/console/advice`: the questions, the file that they make, and the answer. Everything is in the query, so that a page can be
//! kept, shared and gone back to; nothing in it is secret.

use std::sync::Arc;

use advisor::{Constants, decide, report as reports};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use tokio::sync::Semaphore;

use super::fields::{Field, Filled, Problem};
use super::{POLICY, VERSION, harden};
use crate::commands::advise;

pub(super) const PATH: &str = "/console/advice";

/// The report brings its own style in the page.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";

#[derive(Template)]
#[template(path = "console/advice.html")]
struct Page<'a> {
    version: &'a str,
    fields: Vec<Field>,
    answer: String,
    problems: usize,
}

#[derive(Template)]
#[template(path = "console/answer.html")]
struct Answer<'a> {
    problems: &'a [Problem],
    topology: String,
    query: String,
    /// HTML of the report's.
    decision: String,
    /// One line for who cannot see it change.
    said: String,
}

/// The whole page.
pub(super) async fn page(State(places): State<Arc<Semaphore>>, RawQuery(query): RawQuery) -> Response {
    work(&places, query, |filled| {
        let page = Page {
            version: VERSION.as_str(),
            fields: filled.fields(),
            answer: rendered(&answered(&filled)),
            problems: problems(&filled).len(),
        };
        html(status(&filled), rendered(&page), POLICY)
    })
    .await
}

/// The answer alone, for the page's script.
pub(super) async fn answer(State(places): State<Arc<Semaphore>>, RawQuery(query): RawQuery) -> Response {
    work(&places, query, |filled| {
        html(status(&filled), rendered(&answered(&filled)), POLICY)
    })
    .await
}

/// The whole report.
pub(super) async fn report(State(places): State<Arc<Semaphore>>, RawQuery(query): RawQuery) -> Response {
    work(&places, query, |filled| match &filled.read {
        Err(_) => back(&filled),
        Ok((_, topology)) => {
            let constants = Constants::default();
            let day = advise::simulated_day(topology, &constants).ok();
            let decision = decide(topology, &constants);
            let page = reports::html(&decision, &constants, day.as_ref());
            html(StatusCode::OK, page, REPORT_POLICY)
        }
    })
    .await
}

/// The file, to keep.
pub(super) async fn topology(State(places): State<Arc<Semaphore>>, RawQuery(query): RawQuery) -> Response {
    work(&places, query, |filled| match &filled.read {
        Err(_) => back(&filled),
        Ok((answers, _)) => {
            let mut response = answers.topology().into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/toml"));
            headers.insert(
                CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"topology.toml\""),
            );
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            harden(response)
        }
    })
    .await
}

/// Works an answer out beside the threads that serve, if there is a place.
async fn work(
    places: &Arc<Semaphore>,
    query: Option<String>,
    make: impl FnOnce(Filled) -> Response + Send + 'static,
) -> Response {
    let Some(filled) = Filled::from_query(query.as_deref().unwrap_or_default()) else {
        return plain(StatusCode::URI_TOO_LONG, "the query is longer than any answer\n");
    };
    let busy = || {
        let mut response = plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "others are being answered; try again\n",
        );
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        response
    };
    let Ok(place) = Arc::clone(places).try_acquire_owned() else {
        return busy();
    };
    let made = tokio::task::spawn_blocking(move || {
        let response = make(filled);
        drop(place);
        response
    });
    made.await.unwrap_or_else(|_| busy())
}

fn answered(filled: &Filled) -> Answer<'_> {
    let mut answer = Answer {
        problems: problems(filled),
        topology: String::new(),
        query: filled.query(),
        decision: String::new(),
        said: String::new(),
    };
    if let Ok((answers, topology)) = &filled.read {
        let decision = decide(topology, &Constants::default());
        let each = decision.clients.iter();
        let each = each.map(|client| format!("{}: {}", client.client, client.title()));
        answer.said = each.collect::<Vec<_>>().join("; ");
        answer.topology = answers.topology();
        answer.decision = reports::fragment(&decision);
    }
    answer
}

fn problems(filled: &Filled) -> &[Problem] {
    filled.read.as_ref().err().map_or(&[], Vec::as_slice)
}

fn status(filled: &Filled) -> StatusCode {
    if filled.read.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// To the page that says what is wrong.
fn back(filled: &Filled) -> Response {
    harden(axum::response::Redirect::to(&format!("{PATH}?{}", filled.query())).into_response())
}

fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

fn html(status: StatusCode, body: String, policy: &'static str) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    harden(response)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    harden(response)
}
