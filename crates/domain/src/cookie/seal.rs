//! Sealing and unsealing. The nonce is random and carried; SIV makes a repeated nonce harmless but for equality.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::names::{Purpose, SESSION_COOKIE};
use crate::id::{Id, Session};
use crate::ports::Entropy;
use crate::secret::{Secret, SessionSecret};

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 8;
const PLAIN_LEN: usize = 16 + 32 + 4;
const TAG_LEN: usize = 16;

/// What a session cookie holds.
#[derive(Debug)]
pub struct SealedPayload {
    /// The session.
    pub session: Id<Session>,
    /// Its secret at this host; the store has the digest.
    pub secret: Secret<SessionSecret>,
    /// The generation of the secret; below the watermark of class `session_secret` it is dead.
    pub generation: u32,
}

/// Names a sealing key inside a cookie; its text `seal-..` is the `kid` of revocation class `key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SealingKeyId([u8; KEY_ID_LEN]);

/// A key that seals and unseals cookies. 256 bits.
pub struct SealingKey {
    id: SealingKeyId,
    bits: Zeroizing<[u8; 32]>,
}

/// The keys that unseal now, as an edge holds them: in memory only.
#[derive(Debug, Clone, Default)]
pub struct SealingKeys(Vec<Arc<SealingKey>>);

/// Why a value is not a cookie of ours. One text for all: an attacker learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cookie that this server made")]
pub enum SealError {
    /// Length, alphabet or version.
    Malformed,
    /// The key is not among those that unseal.
    UnknownKey,
    /// The tag does not fit: changed, or sealed for another purpose, name or issuer.
    Forged,
}

impl SealingKey {
    /// A new key with a random id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut id = [0u8; KEY_ID_LEN];
        let mut bits = Zeroizing::new([0u8; 32]);
        entropy.fill(&mut id);
        entropy.fill(bits.as_mut());
        Self {
            id: SealingKeyId(id),
            bits,
        }
    }

    /// From what a store kept (itself sealed at rest).
    #[must_use]
    pub fn from_parts(id: SealingKeyId, bits: Zeroizing<[u8; 32]>) -> Self {
        Self { id, bits }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SealingKeyId {
        self.id
    }

    /// Its bits, to be sealed at rest.
    #[must_use]
    pub fn danger_bits(&self) -> &[u8; 32] {
        &self.bits
    }

    /// The cookie's value for a payload.
    ///
    /// # Errors
    /// [`SealError::Malformed`] if the library refuses the key, which 32 bytes cannot cause.
    pub fn seal(
        &self,
        payload: &SealedPayload,
        issuer: &str,
        purpose: &Purpose,
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(PLAIN_LEN));
        plain.extend_from_slice(payload.session.as_bytes());
        plain.extend_from_slice(payload.secret.bits());
        plain.extend_from_slice(&payload.generation.to_be_bytes());
        let aad = associated_data(SESSION_COOKIE, issuer, &purpose.label());
        self.seal_bytes(&plain, &aad, entropy)
    }

    /// Version, key id, nonce, and the sealed bytes.
    pub(super) fn seal_bytes(
        &self,
        plain: &[u8],
        aad: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let mut nonce = [0u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_LEN));
        body.extend_from_slice(plain);
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *body)
            .map_err(|_| SealError::Malformed)?;
        let mut value = Vec::with_capacity(sealed_len(plain.len()));
        value.push(VERSION);
        value.extend_from_slice(&self.id.0);
        value.extend_from_slice(&nonce);
        value.extend_from_slice(&body);
        Ok(jose::base64url::encode(&value))
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        let unbound =
            UnboundKey::new(&AES_256_GCM_SIV, self.bits.as_ref()).map_err(|_| SealError::Malformed)?;
        Ok(LessSafeKey::new(unbound))
    }
}

impl SealingKeys {
    /// The set of keys that unseal.
    pub fn new(keys: impl IntoIterator<Item = Arc<SealingKey>>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &SealingKey> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing can be unsealed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens a cookie's value that was sealed for this issuer and purpose; also says with which key.
    ///
    /// # Errors
    /// Why it is none of ours.
    pub fn unseal(
        &self,
        value: &str,
        issuer: &str,
        purpose: &Purpose,
    ) -> Result<(SealedPayload, SealingKeyId), SealError> {
        let aad = associated_data(SESSION_COOKIE, issuer, &purpose.label());
        let (plain, id) = self.unseal_bytes(value, PLAIN_LEN, &aad)?;
        Ok((payload(&plain).ok_or(SealError::Malformed)?, id))
    }

    /// The bytes of a value that holds exactly `plain_len` of them, and the key that sealed it.
    pub(super) fn unseal_bytes(
        &self,
        value: &str,
        plain_len: usize,
        aad: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, SealingKeyId), SealError> {
        let sealed_len = sealed_len(plain_len);
        if value.len() > sealed_len.div_ceil(3) * 4 {
            return Err(SealError::Malformed);
        }
        let bytes = jose::base64url::decode(value.as_bytes()).map_err(|_| SealError::Malformed)?;
        let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
        if *version != VERSION || bytes.len() != sealed_len {
            return Err(SealError::Malformed);
        }
        let (id, rest) = rest
            .split_first_chunk::<KEY_ID_LEN>()
            .ok_or(SealError::Malformed)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Malformed)?;
        let id = SealingKeyId(*id);
        let key = self.0.iter().find(|k| k.id == id).ok_or(SealError::UnknownKey)?;
        let mut body = Zeroizing::new(sealed.to_vec());
        key.cipher()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut body)
            .map_err(|_| SealError::Forged)?;
        body.truncate(plain_len);
        Ok((body, id))
    }
}

fn payload(plain: &[u8]) -> Option<SealedPayload> {
    let (session, rest) = plain.split_first_chunk::<16>()?;
    let (secret, rest) = rest.split_first_chunk::<32>()?;
    let generation = u32::from_be_bytes(rest.try_into().ok()?);
    Some(SealedPayload {
        session: Id::from_bytes(*session),
        secret: Secret::from_bytes(*secret),
        generation,
    })
}

const fn sealed_len(plain_len: usize) -> usize {
    1 + KEY_ID_LEN + NONCE_LEN + plain_len + TAG_LEN
}

/// What a sealed value is bound to: the cookie's name, the issuer, the purpose.
pub(super) fn associated_data(cookie: &str, issuer: &str, label: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(cookie.len() + issuer.len() + label.len() + 24);
    for part in [cookie, issuer, label] {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

impl SealingKeyId {
    /// From its eight bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_ID_LEN]) -> Self {
        Self(bytes)
    }

    /// Its eight bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_ID_LEN] {
        &self.0
    }

    /// From its text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = jose::base64url::decode(text.strip_prefix("seal-")?.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for SealingKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seal-{}", jose::base64url::encode(&self.0))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}

#[cfg(test)]
mod tests;
