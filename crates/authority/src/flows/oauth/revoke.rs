//! Revocation (RFC 7009): a client gives back what is its own. Whatever the token is, the answer is the same.

use domain::family::RefreshToken;
use domain::revocation::Target;
use domain::session::Origin;
use jose::Limits;
use store::intent::{Actor, Revoke};

use super::client_auth::{AuthenticatedClient, BasicPair, authenticate};
use super::introspect::own_access_token;
use super::params::Params;
use super::refusal::Failure;
use crate::authority::Authority;
use crate::revoke::Level;

/// Revokes the token's grant, or the token alone where it has none. Unknown tokens, tokens of other clients and tokens
/// that are over change nothing.
pub(crate) async fn revoke(
    authority: &Authority,
    params: &Params,
    basic: Option<BasicPair>,
    origin: &Origin,
) -> Result<(), Failure> {
    params.refuse_repeated()?;
    let caller = authenticate(authority, params, basic, origin).await?;
    let token = params.require("token", "token is missing")?;
    // `token_type_hint` is advice only: both kinds tell themselves apart.
    let target = match RefreshToken::parse(token) {
        Ok(refresh) => of_refresh_token(authority, &caller, &refresh).await?,
        Err(_) => of_access_token(authority, &caller, token).await?,
    };
    let Some(target) = target else { return Ok(()) };
    let intent = Revoke {
        targets: vec![target],
        reason: "given back by its client".to_owned(),
        actor: Actor::new(&format!("client:{}", caller.client.id)),
        receipt: None,
    };
    // Without a receipt there is no idempotency key, and nothing to conflict with.
    if authority.revoker.revoke(intent, Level::Durable).await?.is_ok() {
        authority.metrics.revocation("durable");
    }
    Ok(())
}

/// Any token that the family ever issued will do: its lineage tag proves that it is none that somebody made up.
async fn of_refresh_token(
    authority: &Authority,
    caller: &AuthenticatedClient,
    token: &RefreshToken,
) -> Result<Option<Target>, Failure> {
    let lineage = authority.store.lineage(token.family()).await?;
    if !lineage.is_some_and(|key| key.issued(token)) {
        return Ok(None);
    }
    let state = authority
        .store
        .family_grant(token.family(), token.digest())
        .await?;
    let own = state.filter(|(grant, lives, _)| *lives && grant.client == caller.client.id);
    Ok(own.map(|(grant, ..)| Target::Grant(grant.id)))
}

async fn of_access_token(
    authority: &Authority,
    caller: &AuthenticatedClient,
    token: &str,
) -> Result<Option<Target>, Failure> {
    // As long as anybody's clock may let it pass, it is worth revoking.
    let verified = own_access_token(authority, &caller.client, token, Limits::MAX_LEEWAY_S);
    let Some(verified) = verified.filter(|v| v.claims().client_id == caller.client.id) else {
        return Ok(None);
    };
    let claims = verified.claims();
    if authority
        .store
        .is_revoked(claims.position(verified.kid().clone()))
        .await?
    {
        return Ok(None);
    }
    Ok(Some(claims.gid.map_or(Target::Jti(claims.jti), Target::Grant)))
}
