//! Access tokens (RFC 9068): made of a grant, or of a client on its own behalf. Short, bounded, without personal data.

/// What a client's registration may not add to its access tokens: personal data, roles, and the issuer's own claims.
pub use domain::access_token::check_extra_claims;
use domain::access_token::{ACCESS_TOKEN_TYPE, AccessClaims, Audience, MAX_LIFE};
use domain::client::Client;
use domain::grant::Grant;
use domain::id::{Device, Grant as GrantKind, Id, Session as SessionKind, Token};
use domain::session::Session;
use domain::{Assurance, Seq, Span, Subject, TenantId, Timestamp};
use zeroize::Zeroizing;

use super::scope::{self, Scope};
use super::signing;
use crate::authority::Authority;
use crate::error::Fault;
use crate::status_list::Given;

/// What a token is made of.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    client: &'a Client,
    subject: Subject,
    tenant: Option<TenantId>,
    device: Option<Id<Device>>,
    session: Option<Id<SessionKind>>,
    grant: Option<Id<GrantKind>>,
    rs: Seq,
    authentication: Option<Authentication>,
    /// Nothing made of this outlives it.
    end: Option<Timestamp>,
    pub(crate) scope: Scope,
    pub(crate) audience: Vec<String>,
}

/// The authentication that a grant goes back to. It stays what it was through every refresh (RFC 9068 section 2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authentication {
    pub(crate) at: Timestamp,
    pub(crate) assurance: Option<Assurance>,
    pub(crate) amr: Vec<String>,
}

/// A signed access token.
#[derive(Debug)]
pub(crate) struct Minted {
    pub(crate) text: Zeroizing<String>,
    pub(crate) id: Id<Token>,
    pub(crate) expires_in_s: u64,
}

impl<'a> Ticket<'a> {
    /// Of a grant. The session is that of the grant, where it is still there.
    pub(crate) fn of_grant(grant: &Grant, session: Option<&Session>, client: &'a Client) -> Self {
        let bound = session.filter(|s| grant.bound_session() == Some(s.id));
        Self {
            client,
            subject: grant.subject.clone(),
            tenant: grant.tenant.clone(),
            device: grant.device,
            session: grant.bound_session(),
            grant: Some(grant.id),
            rs: grant.rs,
            authentication: Some(Authentication::of(grant, session)),
            end: Some(bound.map_or(grant.expires_at, |s| s.expires_at.min(grant.expires_at))),
            scope: grant.scope.clone(),
            audience: grant.audience.clone(),
        }
    }

    /// Of a client on its own behalf.
    pub(crate) fn of_client(client: &'a Client, rs: Seq, scope: Scope, audience: Vec<String>) -> Self {
        Self {
            client,
            subject: Subject::Client(client.id.clone()),
            tenant: client.tenant.clone(),
            device: None,
            session: None,
            grant: None,
            rs,
            authentication: None,
            end: None,
            scope,
            audience,
        }
    }

    /// Signs a token. Nothing when the grant has no whole second left.
    pub(crate) fn mint(&self, authority: &Authority) -> Result<Option<Minted>, Fault> {
        let now = authority.clock.now();
        let id = Id::generate(now, authority.entropy.as_ref());
        let longest = authority.config.token.access_life;
        let mut claims = self.claims(authority.issuer(), id, now, longest);
        if claims.exp <= claims.iat {
            return Ok(None);
        }
        let place = self.place(authority, now, claims.exp)?;
        claims.status = place.as_ref().map(|place| place.claim.clone());
        let json = serde_json::to_vec(&claims).map_err(|e| Fault::Keys(e.to_string()))?;
        let algorithm = signing::access_token_algorithm(authority)?;
        let text = Zeroizing::new(authority.keys.sign(algorithm, ACCESS_TOKEN_TYPE, &json)?);
        if let Some((place, key)) = place.zip(signing::key_of(&text)) {
            place.take(claims.position(key));
        }
        authority.metrics.token("issued");
        Ok(Some(Minted {
            text,
            id,
            expires_in_s: claims.exp - claims.iat,
        }))
    }

    /// A place in the status list, where one of the audiences relies on it.
    fn place<'b>(
        &self,
        authority: &'b Authority,
        now: Timestamp,
        exp: u64,
    ) -> Result<Option<Given<'b>>, Fault> {
        let list = authority.status_list.as_ref();
        list.filter(|list| list.covers(&self.audience))
            .map(|list| {
                let life = (now, Timestamp::from_secs(exp));
                list.give(authority.issuer(), life, authority.entropy.as_ref())
            })
            .transpose()
    }

    fn claims(&self, issuer: &str, id: Id<Token>, now: Timestamp, longest: Span) -> AccessClaims {
        let life = self.client.access_token_life.min(longest).min(MAX_LIFE);
        let end = self.end.map_or(now + life, |end| end.min(now + life));
        let authentication = self.authentication.as_ref();
        AccessClaims {
            iss: issuer.to_owned(),
            sub: self.subject.clone(),
            aud: Audience::from_list(self.audience.clone()),
            exp: end.as_secs(),
            iat: now.as_secs(),
            jti: id,
            client_id: self.client.id.clone(),
            scope: scope::text(&self.scope),
            auth_time: authentication.map(|a| a.at.as_secs()),
            acr: authentication.and_then(|a| a.assurance),
            amr: authentication.map(|a| a.amr.clone()).unwrap_or_default(),
            cnf: None,
            sid: self.session,
            tid: self.tenant.clone(),
            did: self.device,
            gid: self.grant,
            rs: self.rs,
            status: None,
        }
    }
}

impl Authentication {
    /// As the grant keeps it: a later step-up does not make an earlier grant stronger, nor does it hide how strong that
    /// was. Of grants that do not keep it, the session tells, while its last authentication is still the grant's.
    pub(crate) fn of(grant: &Grant, session: Option<&Session>) -> Self {
        let same =
            session.filter(|s| Some(s.id) == grant.session && s.authenticated_at == grant.authenticated_at);
        Self {
            at: grant.authenticated_at,
            assurance: grant.assurance.or(same.map(|s| s.assurance)),
            amr: match (grant.assurance, same) {
                (None, Some(session)) => session.amr.clone(),
                _ => grant.amr.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
