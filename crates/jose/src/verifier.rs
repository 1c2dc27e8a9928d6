//! From presented to verified: the only way (RFC 7519 section 7.2, RFC 8725, RFC 9068 section 4).

use serde::de::DeserializeOwned;

use crate::claims::{AudienceSet, Expected, Judged, RegisteredClaims};
use crate::error::JoseError;
use crate::key_id::KeyId;
use crate::key_set::KeySet;
use crate::limits::Limits;
use crate::presented::Presented;
use crate::strict_json;
use crate::token_kind::TokenKind;
use crate::verifier_builder::{Missing, VerifierBuilder};

/// Verifies tokens of one kind, from one issuer, for one set of audiences, under one set of keys.
#[derive(Debug, Clone)]
pub struct Verifier {
    pub(crate) issuer: String,
    pub(crate) audiences: AudienceSet,
    pub(crate) kind: TokenKind,
    pub(crate) keys: KeySet,
    pub(crate) limits: Limits,
}

impl Verifier {
    /// Begins a verifier. It can be built only when every part has been given.
    pub const fn builder() -> VerifierBuilder<Missing, Missing, Missing, Missing, Missing> {
        VerifierBuilder::new()
    }

    /// The same verifier under another set of keys, for when an issuer rotates them.
    #[must_use]
    pub fn with_keys(&self, keys: KeySet) -> Self {
        Self { keys, ..self.clone() }
    }

    /// The keys in force.
    #[must_use]
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Verifies a compact JWT at the time `now_s`, in seconds since 1970, and reads its claims.
    ///
    /// The order is size, alphabet, header, kind, key, algorithm, signature, then claims: `iss` equal byte for byte,
    /// `aud` naming one of the audiences, `exp` ahead, `nbf` and `iat` not ahead beyond the leeway.
    ///
    /// # Errors
    /// Every variant of [`JoseError`] but those of keys and settings.
    pub fn verify<C: DeserializeOwned>(&self, token: &[u8], now_s: u64) -> Result<Verified<C>, JoseError> {
        let presented = Presented::parse(token, &self.limits)?;
        let typ = presented.header().typ().ok_or(JoseError::WrongType)?;
        if !self.kind.is_named(typ) {
            return Err(JoseError::WrongType);
        }
        let kid = presented.header().kid().ok_or(JoseError::UnknownKey)?;
        let key = self.keys.find(kid).ok_or(JoseError::UnknownKey)?;
        let payload = presented.verify_signature(key)?;
        let expected = Expected {
            issuer: &self.issuer,
            audiences: &self.audiences,
            now_s,
            leeway_s: self.limits.leeway_s(),
        };
        let registered: RegisteredClaims = self.read(payload.bytes())?;
        let judged = registered.judge(&expected)?;
        let claims = serde_json::from_slice(payload.bytes()).map_err(|_| JoseError::BadClaim)?;
        Ok(Verified::new(claims, key.kid().clone(), judged))
    }

    /// Signed or not, the payload must be one unambiguous JSON object.
    fn read<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, JoseError> {
        strict_json::object_from_slice(payload, self.limits.json_depth()).map_err(|error| match error {
            JoseError::Json => JoseError::BadClaim,
            other => other,
        })
    }
}

/// The claims of a token that a [`Verifier`] has verified. It cannot be made in any other way:
///
/// ```compile_fail,E0451
/// let forged = jose::Verified { claims: (), kid: todo!(), expires_at_s: 0, audiences: vec![] };
/// ```
///
/// ```compile_fail,E0624
/// # let (kid, judged) = (todo!(), todo!());
/// let forged = jose::Verified::new((), kid, judged);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<C> {
    claims: C,
    kid: KeyId,
    expires_at_s: u64,
    audiences: Vec<String>,
}

impl<C> Verified<C> {
    /// The one constructor; [`Verifier::verify`] is its one caller.
    fn new(claims: C, kid: KeyId, judged: Judged) -> Self {
        Self {
            claims,
            kid,
            expires_at_s: judged.expires_at_s,
            audiences: judged.audiences,
        }
    }

    /// The claims.
    #[must_use]
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims, by value.
    #[must_use]
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// The name of the key that verified the token.
    #[must_use]
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// `exp` in seconds since 1970, without leeway.
    #[must_use]
    pub const fn expires_at_s(&self) -> u64 {
        self.expires_at_s
    }

    /// All names in `aud`.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }
}
