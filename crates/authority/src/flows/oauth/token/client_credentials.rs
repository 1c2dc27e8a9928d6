//! `client_credentials` (OAuth 2.1 section 4.2): a confidential client on its own behalf. No session, no grant, no
//! refresh token.

use domain::Subject;
use domain::event::Event;
use domain::grant::OFFLINE_ACCESS;

use super::TokenAnswer;
use crate::authority::Authority;
use crate::flows::oauth::access_token::Ticket;
use crate::flows::oauth::audience;
use crate::flows::oauth::client_auth::AuthenticatedClient;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure, Refusal};
use crate::flows::oauth::scope::{self, OPENID, Scope};

pub(super) async fn issue(
    authority: &Authority,
    params: &Params,
    caller: &AuthenticatedClient,
) -> Result<TokenAnswer, Failure> {
    caller.require_confidential()?;
    let client = &caller.client;
    let scope = scope::requested(params.find("scope"), &client.scopes)?;
    needs_no_user(&scope)?;
    let audience = audience::requested(&params.resources(), &client.audiences)?;
    // The position was read before the secret was compared.
    let ticket = Ticket::of_client(client, caller.rs, scope, audience);
    let minted = ticket.mint(authority)?;
    let access =
        minted.ok_or(ErrorCode::InvalidGrant.because("nothing is left of this client's token life"))?;
    let event = Event::TokenIssued {
        token: authority.event_key.hash(&access.id),
        subject: Subject::Client(client.id.clone()),
        client: client.id.clone(),
    };
    authority.store.append_events(vec![event]).await?;
    Ok(TokenAnswer {
        scope: super::told_scope(params, &ticket.scope),
        access,
        refresh_token: None,
        id_token: None,
    })
}

fn needs_no_user(scope: &Scope) -> Result<(), Refusal> {
    if scope.contains(OPENID) || scope.contains(OFFLINE_ACCESS) {
        return Err(ErrorCode::InvalidScope.because("this scope needs a user"));
    }
    Ok(())
}
