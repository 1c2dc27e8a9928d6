//! `Symbolon-Identity`: who it is, signed for one upstream, for a minute. The key lives as long as the process.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use domain::Timestamp;
use http::HeaderValue;
use jose::{Algorithm, JoseError, JwkSet, SigningKey};
use serde::Serialize;
use verifier::{Holder, Permit};

/// `typ` of the token: no verifier of another kind of token takes it.
pub(crate) const TYPE: &str = "symbolon-identity+jwt";
/// How long a token lives.
const LIFE_S: u64 = 60;
/// How long it is handed out.
const REUSE_S: u64 = 30;
/// Most tokens kept, of some 600 bytes each; never fewer than the least.
const MOST_SLOTS: usize = 65_536;
const LEAST_SLOTS: usize = 64;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
}

struct Minted {
    credential: u64,
    audience: String,
    at_s: u64,
    value: HeaderValue,
}

/// Mints identity tokens.
pub(crate) struct Identity {
    key: SigningKey,
    issuer: String,
    jwks: String,
    kept: Box<[ArcSwapOption<Minted>]>,
}

impl Identity {
    /// With a key of its own, and room for the tokens of so many credentials.
    pub(crate) fn new(edge: &str, credentials: usize) -> Result<Self, JoseError> {
        let key = SigningKey::generate(Algorithm::Es256)?;
        let jwks = JwkSet::new([key.public_jwk().clone()])?.to_json()?;
        let slots = credentials.clamp(LEAST_SLOTS, MOST_SLOTS);
        let kept = (0..slots).map(|_| ArcSwapOption::empty()).collect();
        Ok(Self {
            key,
            issuer: format!("urn:symbolon:edge:{edge}"),
            jwks,
            kept,
        })
    }

    /// The public key, as upstreams fetch it.
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }

    /// The token for a permitted request: made once per credential, audience and 30 seconds. Nothing where nobody is
    /// identified.
    pub(crate) fn token(
        &self,
        permit: &Permit,
        audience: &str,
        now: Timestamp,
    ) -> Result<Option<HeaderValue>, JoseError> {
        let Some(holder) = permit.holder() else {
            return Ok(None);
        };
        let (number, now_s) = (holder.number(), now.as_secs());
        let at = usize::try_from(number).unwrap_or_default() % self.kept.len().max(1);
        let slot = self.kept.get(at);
        if let Some(minted) = slot.map(|s| s.load()).as_ref().and_then(|guard| guard.as_ref())
            && minted.credential == number
            && minted.audience == audience
            && (minted.at_s..minted.at_s + REUSE_S).contains(&now_s)
        {
            return Ok(Some(minted.value.clone()));
        }
        let value = self.mint(holder, audience, now_s)?;
        if let Some(slot) = slot {
            let (audience, value) = (audience.to_owned(), value.clone());
            slot.store(Some(Arc::new(Minted {
                credential: number,
                audience,
                at_s: now_s,
                value,
            })));
        }
        Ok(Some(value))
    }

    fn mint(&self, holder: &Holder, audience: &str, now_s: u64) -> Result<HeaderValue, JoseError> {
        let (token, assurance) = match holder {
            Holder::Token(facts) => (Some(&facts.claims), facts.claims.acr),
            Holder::Session(facts) => (None, Some(facts.session.assurance)),
        };
        let claims = Claims {
            iss: &self.issuer,
            sub: holder.position().subject.to_string(),
            aud: audience,
            iat: now_s,
            exp: now_s + LIFE_S,
            client_id: token.map(|claims| claims.client_id.as_str()),
            scope: token
                .map(|claims| claims.scope.as_str())
                .filter(|scope| !scope.is_empty()),
            acr: assurance.map(domain::Assurance::as_str),
        };
        let json = serde_json::to_vec(&claims).map_err(|_| JoseError::Json)?;
        let mut value = HeaderValue::from_str(&self.key.sign(TYPE, &json)?).map_err(|_| JoseError::Crypto)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}
