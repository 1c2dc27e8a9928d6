//! Introspection (RFC 7662): whether a token lives, told to its client and to whom it is for. Nobody else learns more
//! than `active: false`.

use domain::access_token::{ACCESS_TOKEN_TYPE, AccessClaims};
use domain::client::Client;
use domain::family::RefreshToken;
use domain::session::Origin;
use jose::{AudienceSet, Limits, TokenKind, Verified, Verifier};
use serde::Serialize;

use super::client_auth::{AuthenticatedClient, BasicPair, authenticate};
use super::params::Params;
use super::refusal::Failure;
use super::scope;
use crate::authority::Authority;

/// The answer. Nothing but `active` is there when it is false.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Introspection {
    pub(crate) active: bool,
    #[serde(flatten)]
    pub(crate) token: Option<ActiveToken>,
}

/// What a live token is (RFC 7662 section 2.2).
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ActiveToken {
    iss: String,
    sub: String,
    client_id: String,
    exp: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

/// Answers one request. Only callers with a secret are answered: nobody scans for tokens here.
pub(crate) async fn introspect(
    authority: &Authority,
    params: &Params,
    basic: Option<BasicPair>,
    origin: &Origin,
) -> Result<Introspection, Failure> {
    params.refuse_repeated()?;
    let caller = authenticate(authority, params, basic, origin).await?;
    caller.require_confidential()?;
    let token = params.require("token", "token is missing")?;
    let found = match RefreshToken::parse(token) {
        Ok(refresh) => of_refresh_token(authority, &caller, &refresh).await?,
        Err(_) => of_access_token(authority, &caller, token).await?,
    };
    Ok(Introspection {
        active: found.is_some(),
        token: found,
    })
}

/// An access token of ours that is for this client, or that it may ask for: verified as any resource server would, with
/// this leeway.
pub(super) fn own_access_token(
    authority: &Authority,
    client: &Client,
    token: &str,
    leeway_s: u64,
) -> Option<Verified<AccessClaims>> {
    let names = client
        .audiences
        .iter()
        .map(String::as_str)
        .chain([client.id.as_str()]);
    let verifier = Verifier::builder()
        .issuer(authority.issuer())
        .audiences(AudienceSet::new(names).ok()?)
        .kind(TokenKind::new(ACCESS_TOKEN_TYPE).ok()?)
        .keys(authority.keys.bundle().signing)
        .limits(Limits::default().with_leeway_s(leeway_s).ok()?)
        .build();
    verifier
        .verify(token.as_bytes(), authority.clock.now().as_secs())
        .ok()
}

async fn of_access_token(
    authority: &Authority,
    caller: &AuthenticatedClient,
    token: &str,
) -> Result<Option<ActiveToken>, Failure> {
    let Some(verified) = own_access_token(authority, &caller.client, token, 0) else {
        return Ok(None);
    };
    let claims = verified.claims();
    let may_know = claims.client_id == caller.client.id || claims.aud.contains(caller.client.id.as_str());
    if !may_know
        || authority
            .store
            .is_revoked(claims.position(verified.kid().clone()))
            .await?
    {
        return Ok(None);
    }
    Ok(Some(ActiveToken {
        iss: claims.iss.clone(),
        sub: claims.sub.to_string(),
        client_id: claims.client_id.to_string(),
        exp: claims.exp,
        scope: claims.scope.clone(),
        aud: claims.aud.as_slice().to_vec(),
        iat: Some(claims.iat),
        jti: Some(claims.jti.to_string()),
        auth_time: claims.auth_time,
        acr: claims.acr.map(domain::Assurance::as_str),
        token_type: Some("Bearer"),
    }))
}

/// A refresh token is its client's affair alone.
async fn of_refresh_token(
    authority: &Authority,
    caller: &AuthenticatedClient,
    token: &RefreshToken,
) -> Result<Option<ActiveToken>, Failure> {
    let state = authority
        .store
        .family_grant(token.family(), token.digest())
        .await?;
    let own = state.filter(|(grant, lives, current)| *lives && *current && grant.client == caller.client.id);
    Ok(own.map(|(grant, ..)| ActiveToken {
        iss: authority.issuer().to_owned(),
        sub: grant.subject.to_string(),
        client_id: grant.client.to_string(),
        exp: grant.expires_at.as_secs(),
        scope: scope::text(&grant.scope),
        aud: grant.audience.clone(),
        iat: None,
        jti: None,
        auth_time: Some(grant.authenticated_at.as_secs()),
        acr: None,
        token_type: None,
    }))
}
