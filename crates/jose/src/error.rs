//! Every way in which this crate refuses.

use thiserror::Error;

/// Why a token, a key or a setting was refused. One variant per refusal; none carries input, so all may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum JoseError {
    /// The token is not three non-empty segments of the base64url alphabet (the payload may be empty).
    #[error("the token is not a compact JWS")]
    Malformed,
    /// The token, its header or a key set is longer than the limit.
    #[error("longer than the limit")]
    TooLarge,
    /// A segment or a key member is not canonical, unpadded base64url (RFC 7515 section 2).
    #[error("not canonical base64url")]
    Base64,
    /// Not UTF-8 JSON of the expected shape, or something follows it.
    #[error("not the expected JSON")]
    Json,
    /// A JSON object names a member twice (RFC 7515 section 4, RFC 7519 section 4).
    #[error("a JSON member is repeated")]
    DuplicateMember,
    /// JSON nesting beyond the limit.
    #[error("JSON is nested too deeply")]
    TooDeep,
    /// The header asks for something that is never done: `crit`, `b64`, `zip`, `enc`, `jku`, `x5u`, `jwk`, `x5c`.
    #[error("a header parameter is not supported")]
    UnsupportedHeader,
    /// The header's `alg` is not the key's algorithm.
    #[error("the algorithm is not the key's")]
    Algorithm,
    /// No `kid`, or no key of that name.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the signature is wrong")]
    BadSignature,
    /// `typ` is absent or names another kind of token (RFC 8725 section 3.11).
    #[error("the token is of another kind")]
    WrongType,
    /// `iss` is not the issuer, byte for byte.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// `aud` names none of the verifier's audiences.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies ahead, beyond the leeway.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// A required claim is absent; its name is given.
    #[error("the claim {0} is missing")]
    MissingClaim(&'static str),
    /// The signed payload is not a set of claims of the expected types.
    #[error("a claim has the wrong type or range")]
    BadClaim,
    /// A key was refused.
    #[error("key refused: {0}")]
    Key(KeyRefusal),
    /// A setting given by the program is outside its bounds; its name is given.
    #[error("the setting {0} is out of bounds")]
    Setting(&'static str),
    /// The cryptographic library failed to sign or to make a key.
    #[error("the cryptographic operation failed")]
    Crypto,
}

/// Why a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum KeyRefusal {
    /// A private or symmetric member is present: it must never travel in a JWK of ours.
    #[error("it has private or symmetric members")]
    Private,
    /// `use` is not `sig`, or `key_ops` lacks `verify`, names an operation twice or fits `use` badly.
    #[error("it is not for signatures")]
    Use,
    /// Key type or curve outside the supported ones, or members that do not fit it.
    #[error("its type or curve is not supported")]
    Unsupported,
    /// `alg` is not one of ours or does not fit the key, or an RSA key has none.
    #[error("its algorithm does not fit")]
    Algorithm,
    /// RSA modulus below 2048 or above 4096 bits, an unsafe exponent, or a point of small order.
    #[error("it is weak")]
    Weak,
    /// A coordinate of the wrong length, or a point that is not on the curve.
    #[error("it is not a valid key")]
    Invalid,
    /// A `kid` that is not 1 to 64 visible ASCII characters.
    #[error("its identifier is not acceptable")]
    KeyId,
    /// Two keys of one set have the same `kid`.
    #[error("its identifier is repeated")]
    DuplicateKeyId,
    /// More keys than a set may have.
    #[error("there are too many keys")]
    TooMany,
}

impl JoseError {
    /// The registered word for this refusal, as sent in `Symbolon-Reason`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Algorithm => "algorithm",
            Self::UnknownKey | Self::Key(_) => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::WrongType => "wrong_type",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::MissingClaim(name) => missing(name),
            Self::Malformed
            | Self::TooLarge
            | Self::Base64
            | Self::Json
            | Self::DuplicateMember
            | Self::TooDeep
            | Self::UnsupportedHeader
            | Self::BadClaim
            | Self::Setting(_)
            | Self::Crypto => "malformed",
        }
    }
}

impl From<KeyRefusal> for JoseError {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Key(refusal)
    }
}

/// A token without `iss` or `aud` is refused for the same reason as one with a wrong value.
const fn missing(claim: &'static str) -> &'static str {
    match claim.as_bytes() {
        b"iss" => "wrong_issuer",
        b"aud" => "wrong_audience",
        _ => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_registered_words() {
        let cases = [
            (JoseError::Malformed, "malformed"),
            (JoseError::UnsupportedHeader, "malformed"),
            (JoseError::Algorithm, "algorithm"),
            (JoseError::UnknownKey, "unknown_key"),
            (JoseError::BadSignature, "bad_signature"),
            (JoseError::WrongType, "wrong_type"),
            (JoseError::MissingClaim("iss"), "wrong_issuer"),
            (JoseError::MissingClaim("aud"), "wrong_audience"),
            (JoseError::MissingClaim("exp"), "malformed"),
            (JoseError::Expired, "expired"),
            (JoseError::NotYetValid, "not_yet_valid"),
        ];
        for (error, word) in cases {
            assert_eq!(error.reason(), word, "{error}");
        }
    }
}
