//! The text of a refresh token: `sy_rt_` and base64url of family id, generation, 256 random bits, lineage tag, checksum.
//!
//! The lineage tag (HMAC under a key of the family) proves that an *old* token was really issued, so replay of any
//! generation is recognised without keeping all digests, and nobody can accuse a family with an invented token.
//! No key derives tokens: the 256 bits are random.

use std::fmt;

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::id::{Family, Id};
use crate::ports::Entropy;
use crate::secret::{MalformedSecret, checked_decode, checked_encode};

const PREFIX: &str = "sy_rt_";
const SECRET_AT: usize = 20;
const TAG_AT: usize = 52;
const LEN: usize = 68;

/// A refresh token. No `Clone`, no `Display`, no `PartialEq`; wiped when dropped.
pub struct RefreshToken(Zeroizing<[u8; LEN]>);

/// The key of a family's lineage tags.
#[derive(Clone)]
pub struct LineageKey(Zeroizing<[u8; 32]>);

impl LineageKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bits = Zeroizing::new([0u8; 32]);
        entropy.fill(bits.as_mut());
        Self(bits)
    }

    /// From what a store kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// For a store to keep. It proves lineage only: no token can be made with it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether a token was once issued by this family.
    #[must_use]
    pub fn issued(&self, token: &RefreshToken) -> bool {
        self.tag(token.0.get(..TAG_AT).unwrap_or_default())
            .as_slice()
            .ct_eq(token.tag())
            .into()
    }

    fn tag(&self, body: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref());
        hmac::sign(&key, body)
            .as_ref()
            .iter()
            .copied()
            .take(LEN - TAG_AT)
            .collect()
    }
}

impl RefreshToken {
    /// A new token of a family and generation.
    pub fn generate(
        family: Id<Family>,
        generation: u32,
        lineage: &LineageKey,
        entropy: &dyn Entropy,
    ) -> Self {
        let mut secret = Zeroizing::new([0u8; 32]);
        entropy.fill(secret.as_mut());
        let mut bytes = Zeroizing::new([0u8; LEN]);
        let mut body = Zeroizing::new(Vec::with_capacity(LEN));
        body.extend_from_slice(family.as_bytes());
        body.extend_from_slice(&generation.to_be_bytes());
        body.extend_from_slice(secret.as_ref());
        let tag = lineage.tag(&body);
        body.extend_from_slice(&tag);
        bytes.copy_from_slice(&body);
        Self(bytes)
    }

    /// From its text; garbage is refused before any look-up.
    ///
    /// # Errors
    /// [`MalformedSecret`].
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let body = checked_decode(PREFIX, text.strip_prefix(PREFIX).ok_or(MalformedSecret)?)?;
        let mut bytes = Zeroizing::new([0u8; LEN]);
        if body.len() != LEN {
            return Err(MalformedSecret);
        }
        bytes.copy_from_slice(&body);
        Ok(Self(bytes))
    }

    /// The text form: shown once, to the client.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{PREFIX}{}",
            checked_encode(PREFIX, self.0.as_ref()).as_str()
        ))
    }

    /// The family it names.
    #[must_use]
    pub fn family(&self) -> Id<Family> {
        let mut id = [0u8; 16];
        id.copy_from_slice(self.0.get(..16).unwrap_or(&[0; 16]));
        Id::from_bytes(id)
    }

    /// The generation it names.
    #[must_use]
    pub fn generation(&self) -> u32 {
        let bytes = self
            .0
            .get(16..SECRET_AT)
            .and_then(|b| b.try_into().ok())
            .unwrap_or([0; 4]);
        u32::from_be_bytes(bytes)
    }

    /// What a store may keep.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[PREFIX.as_bytes(), self.0.as_ref()])
    }

    /// Its secret bits, which seal the successor.
    pub(super) fn secret(&self) -> &[u8] {
        self.0.get(SECRET_AT..TAG_AT).unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut own = Zeroizing::new([0u8; LEN]);
        if bytes.len() != LEN {
            return None;
        }
        own.copy_from_slice(bytes);
        Some(Self(own))
    }

    fn tag(&self) -> &[u8] {
        self.0.get(TAG_AT..).unwrap_or_default()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

impl fmt::Debug for LineageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineageKey(..)")
    }
}
