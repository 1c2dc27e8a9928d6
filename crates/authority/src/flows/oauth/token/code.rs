//! `authorization_code` (OAuth 2.1 section 4.1.3): the store redeems in one transaction; a second valid redemption
//! revokes the grant of the first.

use domain::client::{Client, GrantType};
use domain::code::{CodeProof, challenge_of};
use domain::family::{LineageKey, RefreshToken};
use domain::grant::Grant;
use domain::id::Id;
use domain::secret::{AuthorizationCode, Secret};
use domain::session::Session;
use store::intent::{CodeRedemption, NewGrant, NewRefresh, RedeemCode};

use super::TokenAnswer;
use crate::authority::Authority;
use crate::flows::oauth::access_token::Ticket;
use crate::flows::oauth::client_auth::AuthenticatedClient;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Failure, Refusal};
use crate::flows::oauth::scope::OPENID;
use crate::flows::oauth::{audience, id_token};

/// One text for every code that is not good: unknown, another client's, another redirect URI, verifier, late, replayed.
const NOT_GOOD: Refusal = ErrorCode::InvalidGrant.because("the code is not good, or not for this request");

pub(super) async fn redeem(
    authority: &Authority,
    params: &Params,
    caller: &AuthenticatedClient,
) -> Result<TokenAnswer, Failure> {
    let client = &caller.client;
    let text = params.require("code", "code is missing")?;
    let proof = proof(params, client)?;
    let code = Secret::<AuthorizationCode>::parse(text).map_err(|_| NOT_GOOD)?;
    let refresh = client
        .grants
        .contains(&GrantType::RefreshToken)
        .then(|| new_refresh(authority, client));
    let (refresh, token) = refresh.unzip();
    let intent = RedeemCode {
        digest: code.digest(),
        proof,
        grant: NewGrant {
            id: Id::generate(authority.clock.now(), authority.entropy.as_ref()),
            life: if refresh.is_some() {
                client.refresh.absolute
            } else {
                client.access_token_life
            },
            refresh,
        },
    };
    match authority.store.redeem_code(intent).await? {
        CodeRedemption::Redeemed { code, grant, session } => {
            let made = (&*grant, &*session, code.nonce.as_deref());
            answer(authority, params, client, made, token.as_ref())
        }
        CodeRedemption::Replayed(seq) => {
            authority.revoker.published(seq);
            authority.metrics.token("code_replayed");
            Err(NOT_GOOD.into())
        }
        CodeRedemption::Mismatch
        | CodeRedemption::Expired
        | CodeRedemption::Revoked
        | CodeRedemption::Unknown => Err(NOT_GOOD.into()),
    }
}

fn answer(
    authority: &Authority,
    params: &Params,
    client: &Client,
    (grant, session, nonce): (&Grant, &Session, Option<&str>),
    refresh: Option<&RefreshToken>,
) -> Result<TokenAnswer, Failure> {
    let mut ticket = Ticket::of_grant(grant, Some(session), client);
    ticket.audience = audience::narrowed(&params.resources(), &grant.audience)?;
    let access = ticket.mint(authority)?.ok_or(NOT_GOOD)?;
    let id_token = grant
        .scope
        .contains(OPENID)
        .then(|| id_token::mint(authority, (grant, session), nonce, &access))
        .transpose()?;
    Ok(TokenAnswer {
        // What the client asked for stands in another request: it is always told what it got.
        scope: super::told_scope(&Params::parse(""), &grant.scope),
        access,
        refresh_token: refresh.map(RefreshToken::reveal),
        id_token,
    })
}

/// What the client shows besides the code. All of it is needed: every code was bound to all of it.
fn proof(params: &Params, client: &Client) -> Result<CodeProof, Refusal> {
    let verifier = params.require("code_verifier", "code_verifier is missing")?;
    if !is_verifier(verifier) {
        return Err(ErrorCode::InvalidRequest.because("code_verifier is malformed"));
    }
    Ok(CodeProof {
        client: client.id.clone(),
        redirect_uri: params
            .require("redirect_uri", "redirect_uri is missing")?
            .to_owned(),
        challenge: challenge_of(verifier),
    })
}

/// RFC 7636 section 4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// The first token of a family, made before the store decides: only its digest goes in.
fn new_refresh(authority: &Authority, client: &Client) -> (NewRefresh, RefreshToken) {
    let entropy = authority.entropy.as_ref();
    let family = Id::generate(authority.clock.now(), entropy);
    let lineage = LineageKey::generate(entropy);
    let token = RefreshToken::generate(family, 1, &lineage, entropy);
    let refresh = NewRefresh {
        family,
        lineage,
        digest: token.digest(),
        public: client.is_public(),
        idle: client.refresh.idle,
        retry_window: client.refresh.retry_window,
        rotate: client.refresh.rotate,
    };
    (refresh, token)
}
