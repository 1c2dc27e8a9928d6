//! JSON for first-party applications: `/api/login`, `/api/logout`, `/api/session`, `/api/sessions`, `/api/step-up`.

mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::form::is_media;
use super::refusal::{AsProblem, Refusal};
use super::{client_info, cookies, csrf, moment, respond, visit};
use crate::authority::Authority;
use crate::flows::login::{Login, LoginRequest, login};
use crate::flows::session::{SessionView, Signed, logout};
use crate::flows::step_up::{StepUp, step_up};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    pub(crate) username: String,
    pub(crate) password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepUpBody {
    password: String,
}

/// The session, as its own application sees it.
#[derive(Debug, Serialize)]
struct SessionBody {
    session: String,
    subject: String,
    assurance: &'static str,
    csrf_token: String,
    idle_expires_at: String,
    expires_at: String,
}

/// The routes.
pub fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route("/api/login", post(sign_in))
        .route("/api/logout", post(sign_out))
        .route("/api/session", get(session))
        .route("/api/step-up", post(authenticate_again))
        .merge(sessions::routes())
}

async fn sign_in(
    State(authority): State<Arc<Authority>>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, AsProblem> {
    csrf::not_foreign(&parts.headers, authority.issuer())?;
    let body: LoginBody = json_body(&parts.headers, &body)?;
    let request = LoginRequest {
        username: body.username,
        password: Zeroizing::new(body.password),
        address: client_info::address(&parts),
        origin: client_info::origin(&parts),
        presented: cookies::session_secret(&parts.headers)?,
        device: cookies::device(&parts.headers),
    };
    match login(&authority, request).await? {
        Login::SignedIn(signed) => Ok(signed_answer(&signed)?),
        Login::Refused => Err(Refusal::Credentials.into()),
        Login::MustChange => Err(Refusal::MustChangePassword.into()),
        Login::Limited { retry_after_s } => Err(Refusal::Limited(retry_after_s).into()),
        Login::CapReached => Err(Refusal::CapReached.into()),
        Login::Overtaken => Err(Refusal::Overtaken.into()),
    }
}

async fn sign_out(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
) -> Result<Response, AsProblem> {
    let live = visit::signed_in(&authority, &headers).await?;
    visit::own_call(&authority, &headers, &live)?;
    logout(&authority, &live).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookies::forget_everything(response.headers_mut());
    Ok(response)
}

async fn session(State(authority): State<Arc<Authority>>, headers: HeaderMap) -> Result<Response, AsProblem> {
    let live = visit::signed_in(&authority, &headers).await?;
    Ok(respond::json(StatusCode::OK, &SessionBody::of(&live.view())))
}

async fn authenticate_again(
    State(authority): State<Arc<Authority>>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, AsProblem> {
    let live = visit::signed_in(&authority, &parts.headers).await?;
    visit::own_call(&authority, &parts.headers, &live)?;
    let body: StepUpBody = json_body(&parts.headers, &body)?;
    let password = Zeroizing::new(body.password);
    match step_up(&authority, &live, password, client_info::address(&parts)).await? {
        StepUp::Done(signed) => Ok(signed_answer(&signed)?),
        StepUp::Refused => Err(Refusal::Credentials.into()),
        StepUp::Limited { retry_after_s } => Err(Refusal::Limited(retry_after_s).into()),
        StepUp::Overtaken => Err(Refusal::Overtaken.into()),
    }
}

fn signed_answer(signed: &Signed) -> Result<Response, Refusal> {
    let mut response = respond::json(StatusCode::OK, &SessionBody::of(&signed.view));
    cookies::set_signed(response.headers_mut(), signed)?;
    Ok(response)
}

/// JSON alone: a form of another site can send simple media types without a preflight.
pub(crate) fn json_body<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Refusal> {
    if !is_media(headers, "application/json") {
        return Err(Refusal::MediaType("Send application/json."));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::Malformed)
}

impl SessionBody {
    fn of(view: &SessionView) -> Self {
        Self {
            session: view.session.to_string(),
            subject: view.subject.to_string(),
            assurance: view.assurance.as_str(),
            csrf_token: view.csrf_token.clone(),
            idle_expires_at: moment::rfc3339(view.idle_expires_at),
            expires_at: moment::rfc3339(view.expires_at),
        }
    }
}

#[cfg(test)]
mod tests;
