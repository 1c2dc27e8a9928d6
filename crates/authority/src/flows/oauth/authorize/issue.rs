//! The code: bound to client, session, redirect URI and challenge; kept by its digest, for 60 seconds.

use domain::code::{CODE_LIFE, IssuedCode};
use domain::revocation::Position;
use domain::secret::{AuthorizationCode, Secret};
use domain::session::Session;

use super::request::AuthorizationRequest;
use super::trusted::{Redirect, RedirectTrusted};
use crate::authority::Authority;
use crate::error::Fault;

pub(super) async fn code(
    authority: &Authority,
    trusted: RedirectTrusted,
    request: AuthorizationRequest,
    session: &Session,
) -> Result<Redirect, Fault> {
    let code = Secret::<AuthorizationCode>::generate(authority.entropy.as_ref());
    let client = trusted.client().id.clone();
    let position = Position {
        client: Some(client.clone()),
        ..session.position()
    };
    let issued = IssuedCode {
        digest: code.digest(),
        client,
        session: session.id,
        position,
        redirect_uri: trusted.redirect_uri().to_owned(),
        challenge: request.challenge,
        scope: request.scope,
        audience: request.audience,
        nonce: request.nonce,
        authenticated_at: session.authenticated_at,
        expires_at: authority.clock.now() + CODE_LIFE,
        redeemed: None,
    };
    authority.store.issue_code(issued).await?;
    Ok(trusted.grant(&code.reveal()))
}
