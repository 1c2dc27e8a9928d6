//! Private keys at rest: AES-256-GCM-SIV under the key-encryption key, bound to the key's id.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use domain::Entropy;
use domain::key::KeyId;
use zeroize::Zeroizing;

use crate::error::Fault;

/// The key that seals all others: 256 bits from a file or the environment, read by the composition root.
#[derive(Clone)]
pub struct KeyEncryptionKey(Zeroizing<[u8; 32]>);

impl KeyEncryptionKey {
    /// From its 32 bytes.
    #[must_use]
    pub const fn new(bits: Zeroizing<[u8; 32]>) -> Self {
        Self(bits)
    }

    pub(super) fn seal(&self, id: &KeyId, private: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = private.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(id.as_str()),
                &mut body,
            )
            .map_err(|_| fault(id))?;
        Ok([nonce.as_slice(), &body].concat())
    }

    pub(super) fn open(&self, id: &KeyId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(|| fault(id))?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .cipher()?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(id.as_str()),
                &mut body,
            )
            .map_err(|_| fault(id))?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn cipher(&self) -> Result<LessSafeKey, Fault> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, self.0.as_ref());
        key.map(LessSafeKey::new)
            .map_err(|_| Fault::Keys("the key-encryption key is unusable".into()))
    }
}

fn fault(id: &KeyId) -> Fault {
    Fault::Keys(format!("key {id} does not open with this key-encryption key"))
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyEncryptionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::SeededEntropy;

    #[test]
    fn opens_with_the_same_key_and_id_only() {
        let kek = KeyEncryptionKey::new(Zeroizing::new([1; 32]));
        let id = KeyId::new("a").unwrap();
        let sealed = kek.seal(&id, b"private", &SeededEntropy::new(1)).unwrap();
        assert_eq!(kek.open(&id, &sealed).unwrap().as_slice(), b"private");
        assert!(kek.open(&KeyId::new("b").unwrap(), &sealed).is_err());
        assert!(
            KeyEncryptionKey::new(Zeroizing::new([2; 32]))
                .open(&id, &sealed)
                .is_err()
        );
        assert!(!sealed.windows(7).any(|w| w == b"private"));
    }
}
