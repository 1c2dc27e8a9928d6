//! A token as it came in (RFC 7515 sections 3.1 and 5.2), before anything about it is believed.

use crate::base64url;
use crate::error::JoseError;
use crate::header::UnverifiedHeader;
use crate::limits::Limits;
use crate::verifying_key::VerifyingKey;

/// A well-formed compact JWS that nobody has verified. Its claims cannot be read:
///
/// ```compile_fail,E0599
/// # use jose::{Limits, Presented};
/// let presented = Presented::parse(b"e30.e30.AA", &Limits::default()).unwrap();
/// presented.claims();
/// ```
///
/// ```compile_fail,E0616
/// # use jose::{Limits, Presented};
/// let presented = Presented::parse(b"e30.e30.AA", &Limits::default()).unwrap();
/// presented.payload;
/// ```
#[derive(Debug, Clone)]
pub struct Presented<'a> {
    header: UnverifiedHeader,
    /// Header and payload segments with the dot between them: what is signed.
    signing_input: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Presented<'a> {
    /// Reads a token's outside, in this order: size, alphabet and segments, header. The payload stays closed.
    ///
    /// # Errors
    /// [`JoseError::TooLarge`], [`JoseError::Malformed`], [`JoseError::Base64`], [`JoseError::Json`],
    /// [`JoseError::DuplicateMember`], [`JoseError::TooDeep`], [`JoseError::UnsupportedHeader`].
    pub fn parse(token: &'a [u8], limits: &Limits) -> Result<Self, JoseError> {
        if token.len() > limits.token_bytes() {
            return Err(JoseError::TooLarge);
        }
        let segments = Segments::split(token)?;
        let header = UnverifiedHeader::parse(segments.header, limits)?;
        Ok(Self {
            header,
            signing_input: segments.signing_input,
            payload: segments.payload,
            signature: segments.signature,
        })
    }

    /// What the token says of itself, unverified.
    #[must_use]
    pub const fn header(&self) -> &UnverifiedHeader {
        &self.header
    }

    /// Verifies the signature under a key that the program chose, for a JWS that is not a JWT. It says who signed,
    /// and nothing about issuer, audience, kind or time: tokens go through [`crate::Verifier`].
    ///
    /// # Errors
    /// [`JoseError::Algorithm`] when `alg` is not the key's, [`JoseError::UnknownKey`] when `kid` is present and
    /// not the key's, [`JoseError::BadSignature`], [`JoseError::Base64`].
    pub fn verify_signature(self, key: &VerifyingKey) -> Result<VerifiedPayload, JoseError> {
        if !key.algorithm().is_named(self.header.alg()) {
            return Err(JoseError::Algorithm);
        }
        if self.header.kid().is_some_and(|kid| kid != key.kid().as_str()) {
            return Err(JoseError::UnknownKey);
        }
        key.verify(self.signing_input, &base64url::decode(self.signature)?)?;
        Ok(VerifiedPayload {
            bytes: base64url::decode(self.payload)?,
            key: key.clone(),
        })
    }
}

/// The payload of a JWS whose signature has been verified. Only [`Presented::verify_signature`] makes one.
#[derive(Clone)]
pub struct VerifiedPayload {
    bytes: Vec<u8>,
    key: VerifyingKey,
}

impl VerifiedPayload {
    /// The signed bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key that verified them.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

impl std::fmt::Debug for VerifiedPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedPayload({} bytes, {:?})", self.bytes.len(), self.key)
    }
}

struct Segments<'a> {
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    signing_input: &'a [u8],
}

impl<'a> Segments<'a> {
    /// RFC 7515 section 7.1: exactly two dots, the base64url alphabet around them. The payload may be empty.
    fn split(token: &'a [u8]) -> Result<Self, JoseError> {
        if !token
            .iter()
            .all(|byte| *byte == b'.' || base64url::is_base64url(*byte))
        {
            return Err(JoseError::Malformed);
        }
        let mut dots = token
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'.')
            .map(|(index, _)| index);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(JoseError::Malformed);
        };
        let (Some(header), Some(payload)) = (token.get(..first), token.get(first + 1..second)) else {
            return Err(JoseError::Malformed);
        };
        let (Some(signing_input), Some(signature)) = (token.get(..second), token.get(second + 1..)) else {
            return Err(JoseError::Malformed);
        };
        if header.is_empty() || signature.is_empty() {
            return Err(JoseError::Malformed);
        }
        Ok(Self {
            header,
            payload,
            signature,
            signing_input,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let limits = Limits::default();
        let header = base64url::encode(br#"{"alg":"ES256"}"#);
        assert!(Presented::parse(format!("{header}..AA").as_bytes(), &limits).is_ok());
        for bad in [
            "",
            ".",
            "..",
            "...",
            "a",
            "{h}",
            "{h}.e30",
            "{h}.e30.",
            ".e30.AA",
            "{h}.e30.AA.",
            "{h}.e30.AA.AA",
        ] {
            let token = bad.replace("{h}", &header);
            assert_eq!(
                Presented::parse(token.as_bytes(), &limits).unwrap_err(),
                JoseError::Malformed,
                "{bad}"
            );
        }
        for odd in [
            "{h}.e 30.AA",
            "{h}.e30.A+",
            "{h}=.e30.AA",
            "{h}.e30.AA\n",
            " {h}.e30.AA",
            "{h}.é.AA",
        ] {
            let token = odd.replace("{h}", &header);
            assert_eq!(
                Presented::parse(token.as_bytes(), &limits).unwrap_err(),
                JoseError::Malformed,
                "{odd}"
            );
        }
        let long = format!("{header}.{}.AA", "A".repeat(8192));
        assert_eq!(
            Presented::parse(long.as_bytes(), &limits).unwrap_err(),
            JoseError::TooLarge
        );
    }
}
