//! From a presented credential to a verified one: by memory, by signature, or by a question.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use domain::access_token::AccessClaims;
use domain::cookie::Purpose;
use domain::csrf::CsrfKey;
use domain::{Reason, Timestamp};
use zeroize::Zeroizing;

use super::Checker;
use crate::credential::{Credentials, PresentedSession, PresentedToken};
use crate::facts::{Facts, Holder, Kind, TokenFacts, whole_seconds};
use crate::forwarding::JudgedRequest;
use crate::memory::{CookieName, Key};
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
        let commons = &self.memory.commons;
        let holder = Holder(Arc::new(Facts {
            position: commons.position(claims.position(kid)),
            ends_at: Timestamp::from_secs(claims.exp),
            number: self.memory.number(),
            epoch: AtomicU32::new(policy.epoch),
            authenticated_s: whole_seconds(claims.auth_time.unwrap_or_default()),
            kind: Kind::Token(TokenFacts {
                text: Zeroizing::new(token.0.into()),
                issued_s: claims.iat,
                scope: commons.scope(&claims.scope),
                audience: commons.audience(claims.aud),
                assurance: claims.acr,
            }),
        }));
        self.memory.insert(key, holder.clone(), now);
        Ok(holder)
    }

    pub(super) fn session(
        &self,
        cookie: PresentedSession<'_>,
        request: &JudgedRequest<'_>,
        policy: &Policy,
    ) -> Result<Holder, Outcome> {
        let name = self.memory.cookie_name(cookie.0, cookie_host(request, policy));
        let known = match self.memory.find(Key::Cookie(name), policy.epoch) {
            Some(hit) if hit.current => return Ok(hit.holder),
            hit => hit.map(|hit| hit.holder),
        };
        let cold = unseal(cookie, request, policy, name)?;
        match known {
            // The keys changed and the cookie still opens: what was known of the session is still so.
            Some(holder) => {
                holder.0.renew(policy.epoch);
                Ok(holder)
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
                let name = self.memory.cookie_name(cookie.0, cookie_host(request, policy));
                Ok(Outcome::NeedsSession(Box::new(unseal(
                    cookie, request, policy, name,
                )?)))
            }
            Credentials::Bearer(_) => Err(Outcome::Refuse(Reason::AmbiguousCredential.into())),
        }
    }
}

/// Whose cookie a request brings: this host's own, or the authority's.
fn cookie_host<'a>(request: &'a JudgedRequest<'_>, policy: &Policy) -> Option<&'a str> {
    let host = request.authority.host();
    (!policy.routes.shares_authority_cookie(host)).then_some(host)
}

fn unseal(
    cookie: PresentedSession<'_>,
    request: &JudgedRequest<'_>,
    policy: &Policy,
    name: CookieName,
) -> Result<ColdSession, Refusal> {
    let malformed = Refusal::new(
        Reason::Malformed,
        "the session cookie was not made by this server for this host",
    );
    let purpose = match cookie_host(request, policy) {
        None => Purpose::Authority,
        Some(_) => Purpose::Application(request.authority.to_host().ok_or(malformed)?),
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
        csrf: CsrfKey::derive(&payload.secret).token_bytes(),
        cookie: name,
        epoch: policy.epoch,
    })
}
