//! Secrets: 256 random bits each, wiped when dropped, never shown, cloned or compared by accident.
//!
//! The text form is a prefix per kind, 43 characters of base64url and 6 characters of checksum, so that garbage
//! is refused before any look-up and a leaked secret can be found by a scanner.

use std::fmt;
use std::marker::PhantomData;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::digest::Digest;
use crate::ports::Entropy;

/// What a secret is for; gives the prefix of its text.
pub trait Purpose: 'static {
    /// The prefix of the text form.
    const PREFIX: &'static str;
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Purpose for $name { const PREFIX: &'static str = $prefix; }
    )*};
}

purposes! {
    /// An OAuth authorization code (RFC 6749 section 4.1.2).
    AuthorizationCode = "sy_ac_";
    /// A one-time code that gives an application host its own cookie.
    HostCode = "sy_hc_";
    /// An OAuth client's secret (RFC 6749 section 2.3.1).
    ClientSecret = "sy_cs_";
    /// An administrator's bearer token.
    Admin = "sy_at_";
    /// The one-time set-up code of a new installation.
    SetupCode = "sy_su_";
    /// The secret inside a sealed session cookie; it has no text form of its own outside tests.
    SessionSecret = "sy_ss_";
    /// The secret of a browser round trip to the authority (flow cookie), and of a pre-session form.
    FlowSecret = "sy_fl_";
}

/// 256 random bits for one purpose. No `Clone`, no `Display`, no `PartialEq`.
pub struct Secret<P: Purpose>(Zeroizing<[u8; 32]>, PhantomData<fn() -> P>);

/// The text is not a secret of this kind: wrong prefix, length, alphabet or checksum. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of this kind: prefix, length or checksum is wrong")]
pub struct MalformedSecret;

const CHECKSUM_LEN: usize = 4;

impl<P: Purpose> Secret<P> {
    /// New, from the injected source.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        entropy.fill(bytes.as_mut());
        Self(bytes, PhantomData)
    }

    /// From its raw bytes, as unsealed from a cookie.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes), PhantomData)
    }

    /// From its text form.
    ///
    /// # Errors
    /// [`MalformedSecret`]; nothing was looked up.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let body = text.strip_prefix(P::PREFIX).ok_or(MalformedSecret)?;
        let bytes = checked_decode(P::PREFIX, body)?;
        let mut secret = Zeroizing::new([0u8; 32]);
        if bytes.len() != secret.len() {
            return Err(MalformedSecret);
        }
        secret.copy_from_slice(&bytes);
        Ok(Self(secret, PhantomData))
    }

    /// The text form: shown once, to whom it belongs.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{}{}",
            P::PREFIX,
            checked_encode(P::PREFIX, self.0.as_ref()).as_str()
        ))
    }

    /// What a store may keep: SHA-256 over purpose and bits. With 256 random bits no slower hash is needed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[P::PREFIX.as_bytes(), self.0.as_ref()])
    }

    /// Constant-time comparison with a kept digest.
    #[must_use]
    pub fn matches(&self, kept: &Digest) -> bool {
        self.digest().as_bytes().ct_eq(kept.as_bytes()).into()
    }

    /// The bits, for key derivation and sealing inside this crate.
    pub(crate) fn bits(&self) -> &[u8; 32] {
        &self.0
    }
}

impl<P: Purpose> fmt::Debug for Secret<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}..)", P::PREFIX)
    }
}

/// base64url of the bytes and a checksum over prefix and bytes.
pub(crate) fn checked_encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let mut all = Zeroizing::new(bytes.to_vec());
    all.extend_from_slice(&checksum(prefix, bytes));
    Zeroizing::new(jose::base64url::encode(&all))
}

/// The inverse of [`checked_encode`].
pub(crate) fn checked_decode(prefix: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, MalformedSecret> {
    if text.len() > 256 {
        return Err(MalformedSecret);
    }
    let mut all = Zeroizing::new(jose::base64url::decode(text.as_bytes()).map_err(|_| MalformedSecret)?);
    let split = all.len().checked_sub(CHECKSUM_LEN).ok_or(MalformedSecret)?;
    let (bytes, sum) = all.split_at(split);
    if checksum(prefix, bytes) != sum {
        return Err(MalformedSecret);
    }
    all.truncate(split);
    Ok(all)
}

/// The first four bytes of a digest: finds typing errors and garbage, proves nothing.
fn checksum(prefix: &str, bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut whole = *Digest::of_parts(&[b"checksum", prefix.as_bytes(), bytes]).as_bytes();
    let [a, b, c, d, ..] = whole;
    whole.zeroize();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn text_round_trips_and_is_checked() {
        let secret = Secret::<AuthorizationCode>::generate(&SeededEntropy::new(3));
        let text = secret.reveal();
        assert!(
            Secret::<AuthorizationCode>::parse(&text)
                .unwrap()
                .matches(&secret.digest())
        );
        assert!(Secret::<HostCode>::parse(&text).is_err());
        for position in 6..text.len() {
            let mut other: Vec<u8> = text.bytes().collect();
            other[position] = if other[position] == b'A' { b'B' } else { b'A' };
            assert!(Secret::<AuthorizationCode>::parse(std::str::from_utf8(&other).unwrap()).is_err());
        }
    }

    #[test]
    fn purposes_separate_digests_and_debug_is_silent() {
        let one = Secret::<AuthorizationCode>::from_bytes([9; 32]);
        let two = Secret::<HostCode>::from_bytes([9; 32]);
        assert_ne!(one.digest(), two.digest());
        assert_eq!(format!("{one:?}"), "Secret(sy_ac_..)");
    }
}
