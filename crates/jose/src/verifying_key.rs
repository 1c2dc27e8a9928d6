//! A public key that is ready to verify, with exactly one algorithm.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;

use crate::algorithm::Algorithm;
use crate::error::{JoseError, KeyRefusal};
use crate::jwk::Jwk;
use crate::key_id::KeyId;

/// A parsed public key, its name and its only algorithm. Clones share the key.
#[derive(Clone)]
pub struct VerifyingKey {
    parts: Arc<Parts>,
}

struct Parts {
    jwk: Jwk,
    kid: KeyId,
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl VerifyingKey {
    /// The key of a JWK that says which algorithm it is for, or whose type and curve leave only one.
    /// A JWK without `kid` goes by its thumbprint.
    ///
    /// # Errors
    /// [`KeyRefusal::Algorithm`] for an RSA key that declares none.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, JoseError> {
        let algorithm = jwk.algorithm().ok_or(JoseError::Key(KeyRefusal::Algorithm))?;
        Self::with_algorithm(jwk, algorithm)
    }

    /// The key of a JWK, for the algorithm that the *program* names. Never pass one that a token names.
    ///
    /// # Errors
    /// [`KeyRefusal::Algorithm`] when it is not the JWK's own algorithm or does not fit its type.
    pub fn with_algorithm(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, JoseError> {
        if jwk.algorithm().is_some_and(|declared| declared != algorithm) {
            return Err(KeyRefusal::Algorithm.into());
        }
        let key = jwk.material().parsed(algorithm)?;
        let kid = jwk
            .kid()
            .cloned()
            .map_or_else(|| jwk.thumbprint().to_key_id(), Ok)?;
        Ok(Self {
            parts: Arc::new(Parts {
                jwk: jwk.named(&kid, algorithm),
                kid,
                algorithm,
                key,
            }),
        })
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.parts.kid
    }

    /// The key's only algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.parts.algorithm
    }

    /// The key as JSON would show it: with its name and its only algorithm. [`VerifyingKey::from_jwk`] makes it again.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.parts.jwk
    }

    /// Checks a bare signature over `message`. For tokens use [`crate::Verifier`].
    ///
    /// # Errors
    /// [`JoseError::BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        self.parts
            .key
            .verify_sig(message, signature)
            .map_err(|_| JoseError::BadSignature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({}, {})", self.parts.algorithm, self.parts.kid)
    }
}
