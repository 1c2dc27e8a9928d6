//! The keys that a verifier trusts, found by name.

use std::sync::Arc;

use crate::error::{JoseError, KeyRefusal};
use crate::jwk_set::JwkSet;
use crate::verifying_key::VerifyingKey;

/// An immutable set of keys, one per `kid`. Clones share it; a new state of the world is a new set.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// Sorted by `kid`.
    keys: Arc<[VerifyingKey]>,
}

impl KeySet {
    /// A set of these keys. An empty set is allowed: it trusts nobody.
    ///
    /// # Errors
    /// [`KeyRefusal::DuplicateKeyId`].
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, JoseError> {
        let mut keys: Vec<VerifyingKey> = keys.into_iter().collect();
        keys.sort_by(|left, right| left.kid().cmp(right.kid()));
        if keys
            .windows(2)
            .any(|pair| matches!(pair, [left, right] if left.kid() == right.kid()))
        {
            return Err(KeyRefusal::DuplicateKeyId.into());
        }
        Ok(Self { keys: keys.into() })
    }

    /// The keys of a JWK set, each with its own algorithm.
    ///
    /// # Errors
    /// [`KeyRefusal::Algorithm`] when an RSA key declares none; [`KeyRefusal::DuplicateKeyId`].
    pub fn from_jwk_set(set: &JwkSet) -> Result<Self, JoseError> {
        let keys: Result<Vec<_>, _> = set.keys().iter().map(VerifyingKey::from_jwk).collect();
        Self::new(keys?)
    }

    /// The key of that name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        let index = self
            .keys
            .binary_search_by(|key| key.kid().as_str().cmp(kid))
            .ok()?;
        self.keys.get(index)
    }

    /// All keys, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter()
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set trusts nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, SigningKey};

    #[test]
    fn finds_by_exact_name_and_refuses_two_of_one() {
        let keys: Vec<_> = (0..5)
            .map(|_| {
                SigningKey::generate(Algorithm::EdDsa)
                    .unwrap()
                    .verifying_key()
                    .unwrap()
            })
            .collect();
        let set = KeySet::new(keys.clone()).unwrap();
        assert_eq!(set.len(), 5);
        for key in &keys {
            assert_eq!(set.find(key.kid().as_str()).unwrap().kid(), key.kid());
        }
        assert!(set.find("").is_none() && set.find(&keys[0].kid().as_str().to_lowercase()).is_none());
        let twice = KeySet::new([keys[0].clone(), keys[1].clone(), keys[0].clone()]);
        assert_eq!(twice.unwrap_err(), KeyRefusal::DuplicateKeyId.into());
        assert!(KeySet::new([]).unwrap().is_empty());
    }
}
