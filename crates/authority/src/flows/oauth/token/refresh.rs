//! `refresh_token` (OAuth 2.1 section 4.3, credentials.md "Refresh token"): one compare-and-set in the store. Racing
//! requests with one token all get the same successor; anything else that was used up is replay.

use domain::family::{LineageKey, RefreshToken, RotateRequest, open_successor};
use domain::session::Origin;
use store::intent::{Lineage, Rotate, Rotation};
use zeroize::Zeroizing;

use super::TokenAnswer;
use crate::authority::Authority;
use crate::flows::oauth::access_token::Ticket;
use crate::flows::oauth::client_auth::AuthenticatedClient;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure, Refusal};
use crate::flows::oauth::{audience, scope};

/// One text for every token that is not good: unknown, another client's, used up, late, revoked.
const NOT_GOOD: Refusal = ErrorCode::InvalidGrant.because("the refresh token is not good");

pub(super) async fn refresh(
    authority: &Authority,
    params: &Params,
    caller: &AuthenticatedClient,
    origin: Origin,
) -> Result<TokenAnswer, Failure> {
    let text = params.require("refresh_token", "refresh_token is missing")?;
    let presented = RefreshToken::parse(text).map_err(|_| NOT_GOOD)?;
    let lineage = authority
        .store
        .lineage(presented.family())
        .await?
        .ok_or(NOT_GOOD)?;
    refuse_growth(authority, params, caller, &presented).await?;
    let (rotation, prepared) = rotate(authority, caller, origin, (&presented, &lineage)).await?;
    match rotation {
        Rotation::Rotated(lineage) => {
            let refresh = Some(prepared.reveal());
            answer(authority, params, caller, (&lineage, refresh, "refreshed"))
        }
        // The presented token stays good; the client keeps it.
        Rotation::Kept(lineage) => answer(authority, params, caller, (&lineage, None, "refreshed")),
        Rotation::Retried(lineage, sealed) => {
            let same = open_successor(&presented, &sealed).ok_or(NOT_GOOD)?;
            answer(
                authority,
                params,
                caller,
                (&lineage, Some(same.reveal()), "retried"),
            )
        }
        Rotation::Replayed(seq) => {
            authority.revoker.published(seq);
            authority.metrics.token("replayed");
            Err(NOT_GOOD.into())
        }
        Rotation::Expired | Rotation::Revoked | Rotation::Unknown => Err(NOT_GOOD.into()),
    }
}

async fn rotate(
    authority: &Authority,
    caller: &AuthenticatedClient,
    origin: Origin,
    (presented, lineage): (&RefreshToken, &LineageKey),
) -> Result<(Rotation, RefreshToken), Failure> {
    let client = caller.client.id.clone();
    let prepared = RotateRequest::prepare(presented, lineage, client, origin, authority.entropy.as_ref());
    let (request, successor) = prepared.ok_or(NOT_GOOD)?;
    let issued = lineage.issued(presented);
    let rotation = authority.store.rotate(Rotate { request, issued }).await?;
    Ok((rotation, successor))
}

/// A request for more than was granted must not use up a good token. A grant's scope and audience never change, so they
/// may be read before; everything that does change is judged by the store, in one step.
async fn refuse_growth(
    authority: &Authority,
    params: &Params,
    caller: &AuthenticatedClient,
    presented: &RefreshToken,
) -> Result<(), Failure> {
    if params.find("scope").is_none() && params.resources().is_empty() {
        return Ok(());
    }
    let state = authority
        .store
        .family_grant(presented.family(), presented.digest())
        .await?;
    let current = state.filter(|(grant, _, current)| *current && grant.client == caller.client.id);
    if let Some((grant, ..)) = current {
        scope::narrowed(params.find("scope"), &grant.scope)?;
        audience::narrowed(&params.resources(), &grant.audience)?;
    }
    Ok(())
}

fn answer(
    authority: &Authority,
    params: &Params,
    caller: &AuthenticatedClient,
    (lineage, refresh_token, what): (&Lineage, Option<Zeroizing<String>>, &'static str),
) -> Result<TokenAnswer, Failure> {
    let mut ticket = Ticket::of_grant(&lineage.grant, lineage.session.as_ref(), &caller.client);
    ticket.scope = scope::narrowed(params.find("scope"), &lineage.grant.scope)?;
    ticket.audience = audience::narrowed(&params.resources(), &lineage.grant.audience)?;
    let access = ticket.mint(authority)?.ok_or(NOT_GOOD)?;
    authority.metrics.token(what);
    Ok(TokenAnswer {
        scope: super::told_scope(params, &ticket.scope),
        access,
        refresh_token,
        id_token: None,
    })
}
