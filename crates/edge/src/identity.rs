//! What an upstream is told of a credential. `Symbolon-Identity`: who it is, signed for one upstream, for a minute; the
//! key lives as long as the process.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use http::{HeaderMap, HeaderValue};
use jose::{Algorithm, JoseError, JwkSet, SigningKey};
use serde::Serialize;
use verifier::{Holder, Permit, PreparedHead, Shapes};

use crate::answer;
use crate::check::IDENTITY;

/// `typ` of the token: no verifier of another kind of token takes it.
pub(crate) const TYPE: &str = "symbolon-identity+jwt";
/// How long a token lives.
const LIFE_S: u64 = 60;
/// How long it is handed out.
const REUSE_S: u64 = 30;
/// Most credentials of which it is kept, in some two kilobytes each; never fewer than the least.
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

/// What upstreams are told of one credential: made once per credential, audience and 30 seconds.
pub(crate) struct Told {
    credential: u64,
    /// For whom it is signed; nobody where the route asks for no signature.
    audience: Option<Box<str>>,
    at_s: u64,
    head: PreparedHead,
}

/// Mints identity tokens.
pub(crate) struct Identity {
    key: SigningKey,
    issuer: String,
    jwks: String,
    kept: Box<[ArcSwapOption<Told>]>,
    shapes: Shapes,
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
            shapes: Shapes::default(),
        })
    }

    /// The public key, as upstreams fetch it.
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }

    /// What is told of a permit's credential, signed for an audience if there is one. Nothing where nobody is identified.
    pub(crate) fn told(
        &self,
        permit: &Permit,
        audience: Option<&str>,
    ) -> Result<Guard<Option<Arc<Told>>>, JoseError> {
        let Some(holder) = permit.holder() else {
            return Ok(Guard::from_inner(None));
        };
        let (number, now_s) = (holder.number(), permit.at().as_secs());
        let at = usize::try_from(number).unwrap_or_default() % self.kept.len().max(1);
        let slot = self.kept.get(at);
        let kept = slot.map(ArcSwapOption::load).filter(|kept| {
            kept.as_ref().is_some_and(|told| {
                told.credential == number && told.audience.as_deref() == audience && told.is_fresh(now_s)
            })
        });
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let token = match audience {
            Some(audience) => Some((IDENTITY, self.mint(holder, audience, now_s)?)),
            None => None,
        };
        let told = Some(Arc::new(Told {
            credential: number,
            audience: audience.map(Into::into),
            at_s: now_s,
            head: PreparedHead::new(permit, answer::private_fields(), token, &self.shapes),
        }));
        if let Some(slot) = slot {
            slot.store(told.clone());
        }
        Ok(Guard::from_inner(told))
    }

    /// Gives back the memory of what nobody is told any more.
    pub(crate) fn let_go(&self, now_s: u64) {
        for slot in &self.kept {
            let kept = slot.load();
            if kept.as_ref().is_some_and(|told| !told.is_fresh(now_s)) {
                slot.compare_and_swap(&*kept, None);
            }
        }
    }

    fn mint(&self, holder: &Holder, audience: &str, now_s: u64) -> Result<HeaderValue, JoseError> {
        let claims = Claims {
            iss: &self.issuer,
            sub: holder.position().subject.to_string(),
            aud: audience,
            iat: now_s,
            exp: now_s + LIFE_S,
            client_id: holder.client().map(domain::ClientId::as_str),
            scope: holder.scope(),
            acr: holder.assurance().map(domain::Assurance::as_str),
        };
        let json = serde_json::to_vec(&claims).map_err(|_| JoseError::Json)?;
        let mut value = HeaderValue::from_str(&self.key.sign(TYPE, &json)?).map_err(|_| JoseError::Crypto)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl Told {
    fn is_fresh(&self, now_s: u64) -> bool {
        (self.at_s..self.at_s + REUSE_S).contains(&now_s)
    }

    /// All fields of an answer that lets this permit's request pass.
    pub(crate) fn fields_for(&self, permit: &Permit) -> HeaderMap {
        self.head.fields_for(permit)
    }

    /// The signed identity, if it was signed.
    pub(crate) fn token(&self) -> Option<&HeaderValue> {
        self.head.field(&IDENTITY)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

#[cfg(test)]
impl Identity {
    /// Of how many credentials something is kept.
    pub(crate) fn kept(&self) -> usize {
        self.kept.iter().filter(|slot| slot.load().is_some()).count()
    }
}
