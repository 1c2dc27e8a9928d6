//! The OAuth endpoints over HTTP.

mod authorize;
pub(crate) mod basic;
mod consent_page;
mod form;
mod metadata;
mod status;
mod table;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::authority::Authority;
use crate::flows::oauth::discovery::path;
use crate::status_list;

/// Where the subject's decision about a client is posted.
const DECISION: &str = "/oauth2/authorize/decision";

/// Every route of OAuth 2.1 and discovery.
pub fn routes() -> Router<Arc<Authority>> {
    Router::new()
        .route(path::AUTHORIZE, get(authorize::by_query).post(authorize::by_form))
        .route(DECISION, post(authorize::decide))
        .route(path::TOKEN, post(token::token))
        .route(path::REVOKE, post(token::revoke))
        .route(path::INTROSPECT, post(token::introspect))
        .route(path::JWKS, get(metadata::jwks))
        .route(status_list::PATH, get(status::lists))
        .route(&format!("{}/{{name}}", status_list::PATH), get(status::list))
        .route(path::OAUTH_METADATA, get(metadata::discovery))
        .route(path::OPENID_METADATA, get(metadata::discovery))
}

#[cfg(test)]
mod tests;
