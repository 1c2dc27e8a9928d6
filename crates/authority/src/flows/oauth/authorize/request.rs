//! The request itself, once client and redirect URI are trusted: one list of checks.

use domain::Digest;
use domain::client::{Client, GrantType};
use domain::grant::OFFLINE_ACCESS;

use super::pkce;
use super::prompt::Prompt;
use crate::config::Config;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};
use crate::flows::oauth::scope::{self, OPENID, Scope};
use crate::flows::oauth::{audience, signing};

/// Longest `nonce`.
const LONGEST: usize = 512;

/// A request that may be granted.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(super) scope: Scope,
    pub(super) audience: Vec<String>,
    pub(super) challenge: Digest,
    pub(super) nonce: Option<String>,
    pub(super) prompt: Prompt,
}

impl AuthorizationRequest {
    pub(super) fn check(params: &Params, client: &Client, config: &Config) -> Result<Self, Refusal> {
        params.refuse_repeated()?;
        refuse_request_objects(params)?;
        response_type(params)?;
        response_mode(params)?;
        allowed(client)?;
        let challenge = pkce::challenge(params)?;
        let scope = scope::requested(params.find("scope"), &client.scopes)?;
        offered(&scope, client, config)?;
        let audience = audience::requested(&params.resources(), &client.audiences)?;
        let prompt = Prompt::read(params)?;
        Ok(Self {
            nonce: bounded(params, "nonce")?,
            scope,
            audience,
            challenge,
            prompt,
        })
    }
}

/// JAR and PAR (RFC 9101, RFC 9126) are not offered; a request that hides its parameters must not be half understood.
fn refuse_request_objects(params: &Params) -> Result<(), Refusal> {
    if params.find("request").is_some() {
        return Err(ErrorCode::RequestNotSupported.because("request objects are not offered"));
    }
    if params.find("request_uri").is_some() {
        return Err(ErrorCode::RequestUriNotSupported.because("request objects are not offered"));
    }
    Ok(())
}

/// `code` alone (RFC 9700 section 2.1.2).
fn response_type(params: &Params) -> Result<(), Refusal> {
    match params.require("response_type", "response_type is missing")? {
        "code" => Ok(()),
        _ => Err(ErrorCode::UnsupportedResponseType.because("response_type must be code")),
    }
}

fn response_mode(params: &Params) -> Result<(), Refusal> {
    match params.find("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => Err(ErrorCode::InvalidRequest.because("response_mode must be query")),
    }
}

fn allowed(client: &Client) -> Result<(), Refusal> {
    if client.grants.contains(&GrantType::AuthorizationCode) {
        Ok(())
    } else {
        Err(ErrorCode::UnauthorizedClient.because("this client may not use this grant type"))
    }
}

/// The two scopes that need something: a key for id tokens, and refresh tokens.
fn offered(scope: &Scope, client: &Client, config: &Config) -> Result<(), Refusal> {
    if scope.contains(OPENID) && signing::id_token_algorithm(config).is_none() {
        return Err(ErrorCode::InvalidScope.because("id tokens are not offered here"));
    }
    if scope.contains(OFFLINE_ACCESS) && !client.grants.contains(&GrantType::RefreshToken) {
        return Err(ErrorCode::InvalidScope.because("offline_access needs a client that may refresh"));
    }
    Ok(())
}

fn bounded(params: &Params, name: &str) -> Result<Option<String>, Refusal> {
    let value = params.find(name);
    if value.is_some_and(|v| v.len() > LONGEST) {
        return Err(ErrorCode::InvalidRequest.because("a parameter is too long"));
    }
    Ok(value.map(str::to_owned))
}
