//! CSRF tokens (CS-CSRF "HMAC-based token"): bound to the session's secret, so an edge checks one without I/O and a
//! new secret changes it.

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::secret::{Purpose, Secret};

/// The key that a session's CSRF tokens are made with: derived from the session's secret, reveals nothing of it.
pub struct CsrfKey(Zeroizing<[u8; 32]>);

impl CsrfKey {
    /// Bytes that a token's text stands for.
    pub const TOKEN_LEN: usize = 32;

    /// Derives the key from a session's (or a pre-session flow's) secret.
    #[must_use]
    pub fn derive<P: Purpose>(secret: &Secret<P>) -> Self {
        let mut out = Zeroizing::new([0u8; 32]);
        out.copy_from_slice(mac(secret.bits(), b"symbolon csrf key").as_ref());
        Self(out)
    }

    /// The token for the header `X-CSRF-Token` or a form field: 43 characters.
    #[must_use]
    pub fn token(&self) -> String {
        jose::base64url::encode(self.token_bytes().as_ref())
    }

    /// What the token's text stands for: as good as the text, which has one spelling.
    #[must_use]
    pub fn token_bytes(&self) -> Zeroizing<[u8; Self::TOKEN_LEN]> {
        let mut out = Zeroizing::new([0u8; Self::TOKEN_LEN]);
        out.copy_from_slice(mac(&self.0[..], b"symbolon csrf token").as_ref());
        out
    }

    /// Whether a presented token is this key's. Constant time.
    #[must_use]
    pub fn accepts(&self, presented: &str) -> bool {
        self.token().as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl std::fmt::Debug for CsrfKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfKey(..)")
    }
}

fn mac(key: &[u8], label: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SessionSecret;

    #[test]
    fn a_token_fits_one_secret_only() {
        let one = CsrfKey::derive(&Secret::<SessionSecret>::from_bytes([1; 32]));
        let two = CsrfKey::derive(&Secret::<SessionSecret>::from_bytes([2; 32]));
        assert!(one.accepts(&one.token()));
        assert!(!one.accepts(&two.token()));
        assert!(!one.accepts("") && !one.accepts(&one.token()[1..]));
    }
}
