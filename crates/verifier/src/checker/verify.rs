//! From a presented credential to a verified one: by memory, by signature, or by a question.

use std::sync::Arc;

use domain::access_token::AccessClaims;
use domain::cookie::Purpose;
use domain::csrf::CsrfKey;
use domain::{Reason, Timestamp};
use zeroize::Zeroizing;

use super::Checker;
use crate::credential::{Credentials, PresentedSession, PresentedToken};
use crate::facts::{Holder, TokenFacts};
use crate::forwarding::JudgedRequest;
use crate::memory::Key;
use crate::outcome::{ColdSession, Outcome};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::requirements;
use crate::route::Route;

impl Checker {
    pub(super) fn token(
        &self,
        token: PresentedToken<'_>,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Holder, Outcome> {
        let key = Key::Token(token.0);
        if let Some(hit) = self.memory.find(key, policy.epoch).filter(|hit| hit.current) {
            return Ok(hit.holder);
        }
        let verified = policy
            .verifier
            .verify::<AccessClaims>(token.text()?.as_bytes(), now.as_secs())
            .map_err(|error| Outcome::Refuse(Reason::from(&error).into()))?;
        let kid = verified.kid().clone();
        let claims = verified.into_claims();
        requirements::token_form(&claims)?;
        let ends_at = Timestamp::from_secs(claims.exp);
        let holder = Holder::Token(Arc::new(TokenFacts::new(claims, kid, self.memory.number())));
        self.memory
            .insert(key, holder.clone(), (policy.epoch, ends_at), now);
        Ok(holder)
    }

    pub(super) fn session(
        &self,
        cookie: PresentedSession<'_>,
        request: &JudgedRequest<'_>,
        policy: &Policy,
    ) -> Result<Holder, Outcome> {
        let host = request.authority.host();
        let host = (!policy.routes.shares_authority_cookie(host)).then_some(host);
        let key = Key::Cookie(cookie.0, host);
        let hit = self.memory.find(key, policy.epoch);
        if let Some(hit) = hit.as_ref().filter(|hit| hit.current) {
            return Ok(hit.holder.clone());
        }
        let cold = unseal(cookie, request, policy)?;
        match hit {
            // The keys changed and the cookie still opens: what was known of the session is still so.
            Some(hit) => {
                self.memory.renew(key, policy.epoch);
                Ok(hit.holder)
            }
            None => Err(Outcome::NeedsSession(Box::new(cold))),
        }
    }

    /// Idle as far as this edge knows; another edge may have seen the session since.
    pub(super) fn ask_again(
        &self,
        request: &JudgedRequest<'_>,
        route: &Route,
        policy: &Policy,
    ) -> Result<Outcome, Outcome> {
        match Credentials::find(request.headers, route)? {
            Credentials::Session(cookie) => {
                Ok(Outcome::NeedsSession(Box::new(unseal(cookie, request, policy)?)))
            }
            Credentials::Bearer(_) => Err(Outcome::Refuse(Reason::AmbiguousCredential.into())),
        }
    }
}

fn unseal(
    cookie: PresentedSession<'_>,
    request: &JudgedRequest<'_>,
    policy: &Policy,
) -> Result<ColdSession, Refusal> {
    let malformed = Refusal::new(
        Reason::Malformed,
        "the session cookie was not made by this server for this host",
    );
    let authority = request.authority();
    let purpose = if policy.routes.shares_authority_cookie(authority.host()) {
        Purpose::Authority
    } else {
        Purpose::Application(authority.to_host().ok_or(malformed)?)
    };
    let issuer = &policy.routes.issuer().url;
    let text = cookie.text()?;
    let (payload, key) = policy
        .sealing
        .unseal(text, issuer, &purpose)
        .map_err(|_| malformed)?;
    Ok(ColdSession {
        id: payload.session,
        purpose,
        digest: payload.secret.digest(),
        generation: payload.generation,
        key: jose::KeyId::new(key.to_string().as_str()).map_err(|_| malformed)?,
        csrf_token: Zeroizing::new(CsrfKey::derive(&payload.secret).token()),
        value: Zeroizing::new(text.to_owned()),
        epoch: policy.epoch,
    })
}
