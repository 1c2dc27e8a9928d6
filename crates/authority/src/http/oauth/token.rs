//! Token, revocation and introspection endpoints.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use super::form::OAuthForm;
use super::table;
use crate::authority::Authority;
use crate::flows::oauth::token::TokenAnswer;
use crate::flows::oauth::{introspect as introspection, revoke as revocation, token as tokens};
use crate::http::respond;

/// RFC 6749 section 5.1.
#[derive(Serialize)]
struct TokenBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

pub(super) async fn token(State(authority): State<Arc<Authority>>, form: OAuthForm) -> Response {
    match tokens::token(&authority, &form.params, form.basic, form.origin).await {
        Ok(answer) => respond::json(StatusCode::OK, &TokenBody::from(&answer)),
        Err(failure) => table::failure(&failure, form.by_header),
    }
}

pub(super) async fn revoke(State(authority): State<Arc<Authority>>, form: OAuthForm) -> Response {
    match revocation::revoke(&authority, &form.params, form.basic, &form.origin).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            respond::harden(response.headers_mut());
            response
        }
        Err(failure) => table::failure(&failure, form.by_header),
    }
}

pub(super) async fn introspect(State(authority): State<Arc<Authority>>, form: OAuthForm) -> Response {
    match introspection::introspect(&authority, &form.params, form.basic, &form.origin).await {
        Ok(answer) => respond::json(StatusCode::OK, &answer),
        Err(failure) => table::failure(&failure, form.by_header),
    }
}

impl<'a> From<&'a TokenAnswer> for TokenBody<'a> {
    fn from(answer: &'a TokenAnswer) -> Self {
        Self {
            access_token: &answer.access.text,
            token_type: "Bearer",
            expires_in: answer.access.expires_in_s,
            refresh_token: answer.refresh_token.as_ref().map(|t| t.as_str()),
            scope: answer.scope.as_deref(),
            id_token: answer.id_token.as_deref(),
        }
    }
}
