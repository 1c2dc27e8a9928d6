//! A set of public keys as JSON (RFC 7517 section 5).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{JoseError, KeyRefusal};
use crate::jwk::Jwk;
use crate::strict_json;

/// Public keys that an issuer publishes. No two have the same `kid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    #[serde(skip)]
    skipped: usize,
}

impl JwkSet {
    /// The longest text of a set, in bytes.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// The most keys that a set may have.
    pub const MAX_KEYS: usize = 64;
    const MAX_DEPTH: usize = 10;

    /// A set of these keys.
    ///
    /// # Errors
    /// [`KeyRefusal::TooMany`], [`KeyRefusal::DuplicateKeyId`].
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Result<Self, JoseError> {
        Self::checked(keys.into_iter().take(Self::MAX_KEYS + 1).collect(), 0)
    }

    /// Parses a set. Keys that cannot be used here (other types, encryption keys, weak ones) are left out, as the
    /// RFC asks; a set that shows a private or symmetric key is refused whole, since its owner has lost control.
    ///
    /// # Errors
    /// [`KeyRefusal::Private`], [`KeyRefusal::TooMany`], [`KeyRefusal::DuplicateKeyId`], and all that concerns the
    /// text: [`JoseError::TooLarge`], [`JoseError::Json`], [`JoseError::DuplicateMember`], [`JoseError::Base64`].
    pub fn parse(json: &[u8]) -> Result<Self, JoseError> {
        if json.len() > Self::MAX_BYTES {
            return Err(JoseError::TooLarge);
        }
        let raw: RawSet = strict_json::object_from_slice(json, Self::MAX_DEPTH)?;
        if raw.keys.len() > Self::MAX_KEYS {
            return Err(KeyRefusal::TooMany.into());
        }
        let mut keys = Vec::with_capacity(raw.keys.len());
        let mut skipped = 0;
        for key in &raw.keys {
            match Jwk::parse(key.get().as_bytes()) {
                Ok(key) => keys.push(key),
                Err(JoseError::Key(refusal)) if refusal != KeyRefusal::Private => skipped += 1,
                Err(error) => return Err(error),
            }
        }
        Self::checked(keys, skipped)
    }

    /// The set as JSON.
    ///
    /// # Errors
    /// [`JoseError::Json`], which does not happen for keys of this crate.
    pub fn to_json(&self) -> Result<String, JoseError> {
        serde_json::to_string(self).map_err(|_| JoseError::Json)
    }

    /// The usable keys, in the order of the text.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// How many keys of the text were left out.
    #[must_use]
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    fn checked(keys: Vec<Jwk>, skipped: usize) -> Result<Self, JoseError> {
        if keys.len() > Self::MAX_KEYS {
            return Err(KeyRefusal::TooMany.into());
        }
        let mut seen = HashSet::new();
        if keys.iter().filter_map(Jwk::kid).all(|kid| seen.insert(kid)) {
            return Ok(Self { keys, skipped });
        }
        Err(KeyRefusal::DuplicateKeyId.into())
    }
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Box<RawValue>>,
}
