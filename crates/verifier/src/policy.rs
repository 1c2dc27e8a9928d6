//! What checks are made under: routes and keys, replaced as a whole. Its epoch tells memory what is out of date.

use std::sync::Arc;

use domain::access_token::ACCESS_TOKEN_TYPE;
use domain::cookie::SealingKeys;
use domain::feed::{CANARY_AUDIENCE, KeyBundle};
use jose::{AudienceSet, JoseError, KeySet, Limits, TokenKind, Verifier};

use crate::routes::Routes;

/// One state of the world. Immutable.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Grows with every change: what was verified under another epoch is verified again. Four thousand million changes
    /// do not happen in the life of a process.
    pub(crate) epoch: u32,
    pub(crate) routes: Arc<Routes>,
    pub(crate) verifier: Verifier,
    pub(crate) sealing: SealingKeys,
    /// Version of the keys; nothing before the first bundle.
    pub(crate) keys_version: Option<u64>,
}

impl Policy {
    /// Before the first keys: trusts nobody.
    pub(crate) fn new(routes: Arc<Routes>) -> Result<Self, JoseError> {
        let verifier = verifier(&routes, KeySet::default())?;
        Ok(Self {
            epoch: 1,
            routes,
            verifier,
            sealing: SealingKeys::default(),
            keys_version: None,
        })
    }

    pub(crate) fn with_keys(&self, bundle: KeyBundle) -> Self {
        Self {
            epoch: self.epoch + 1,
            routes: Arc::clone(&self.routes),
            verifier: self.verifier.with_keys(bundle.signing),
            sealing: bundle.sealing,
            keys_version: Some(bundle.version),
        }
    }

    pub(crate) fn with_routes(&self, routes: Arc<Routes>) -> Result<Self, JoseError> {
        let verifier = verifier(&routes, self.verifier.keys().clone())?;
        let epoch = self.epoch + 1;
        Ok(Self {
            epoch,
            routes,
            verifier,
            sealing: self.sealing.clone(),
            keys_version: self.keys_version,
        })
    }
}

/// Verifies for any audience of any route, and for the canary's, which is no route's: memory must not depend on the route.
/// Each check then asks for its own.
fn verifier(routes: &Routes, keys: KeySet) -> Result<Verifier, JoseError> {
    let mut audiences: Vec<&str> = routes.as_slice().iter().map(|r| r.audience.as_str()).collect();
    audiences.push(&routes.issuer().url);
    audiences.push(CANARY_AUDIENCE);
    audiences.sort_unstable();
    audiences.dedup();
    Ok(Verifier::builder()
        .issuer(routes.issuer().url.clone())
        .audiences(AudienceSet::new(audiences)?)
        .kind(TokenKind::new(ACCESS_TOKEN_TYPE)?)
        .keys(keys)
        .limits(Limits::default())
        .build())
}
