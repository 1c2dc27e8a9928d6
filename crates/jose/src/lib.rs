//! Bytes to trust: strict JWS, JWT, JWK and JWKS. No I/O, no clock, no async.
//!
//! A token enters as [`Presented`], which has a header and no claims. Only a [`Verifier`] turns it into
//! [`Verified`], and a `Verifier` exists only once issuer, audiences, kind, keys and limits are given.
//! The key brings its algorithm; the token's `alg` is only compared with it.
//!
//! ```
//! use jose::{Algorithm, AudienceSet, KeySet, Limits, SigningKey, TokenKind, Verifier};
//!
//! # fn main() -> Result<(), jose::JoseError> {
//! let key = SigningKey::generate(Algorithm::Es256)?;
//! let token = key.sign("at+jwt", br#"{"iss":"https://issuer.example","aud":"api","exp":1000}"#)?;
//!
//! let verifier = Verifier::builder()
//!     .issuer("https://issuer.example")
//!     .audiences(AudienceSet::new(["api"])?)
//!     .kind(TokenKind::new("at+jwt")?)
//!     .keys(KeySet::new([key.verifying_key()?])?)
//!     .limits(Limits::default())
//!     .build();
//! let verified = verifier.verify::<serde_json::Value>(token.as_bytes(), 900)?;
//! assert_eq!(verified.claims()["aud"], "api");
//! # Ok(())
//! # }
//! ```

mod algorithm;
pub mod base64url;
mod claims;
mod error;
mod header;
mod jwk;
mod jwk_set;
mod key_id;
mod key_material;
mod key_set;
mod limits;
mod member;
mod presented;
mod rsa_der;
mod signing_key;
pub mod strict_json;
mod thumbprint;
mod token_kind;
mod verifier;
mod verifier_builder;
mod verifying_key;

pub use algorithm::Algorithm;
pub use claims::AudienceSet;
pub use error::{JoseError, KeyRefusal};
pub use header::UnverifiedHeader;
pub use jwk::Jwk;
pub use jwk_set::JwkSet;
pub use key_id::KeyId;
pub use key_set::KeySet;
pub use limits::Limits;
pub use presented::{Presented, VerifiedPayload};
pub use signing_key::SigningKey;
pub use thumbprint::Thumbprint;
pub use token_kind::TokenKind;
pub use verifier::{Verified, Verifier};
pub use verifier_builder::{Missing, VerifierBuilder};
pub use verifying_key::VerifyingKey;
