//! A private key that signs under exactly one algorithm.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde::Serialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::error::{JoseError, KeyRefusal};
use crate::jwk::Jwk;
use crate::key_id::KeyId;
use crate::key_material::KeyMaterial;
use crate::limits::Limits;
use crate::rsa_der;
use crate::strict_json;
use crate::token_kind;
use crate::verifying_key::VerifyingKey;

/// A private key, its one algorithm and its name, which is the thumbprint of its public half.
///
/// It is neither `Clone` nor comparable, and its debug text shows only the public half.
pub struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
    kid: KeyId,
    public: Jwk,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl SigningKey {
    /// Makes a new key from the cryptographic library's random source. RSA keys have 3072 bits.
    ///
    /// # Errors
    /// [`JoseError::Crypto`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        let pair = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => Pair::Ecdsa(EcdsaKeyPair::generate(curve(algorithm)?)?),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Ps256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa3072)?, &RSA_PSS_SHA256),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa3072)?, &RSA_PKCS1_SHA256),
        };
        Self::new(pair, algorithm)
    }

    /// Reads a PKCS #8 private key (RFC 5958) that must fit `algorithm`.
    ///
    /// # Errors
    /// [`JoseError::Key`].
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, JoseError> {
        let invalid = |_| JoseError::Key(KeyRefusal::Invalid);
        let pair = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => {
                Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(curve(algorithm)?, der).map_err(invalid)?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(invalid)?),
            Algorithm::Ps256 => Pair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(invalid)?, &RSA_PSS_SHA256),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(invalid)?, &RSA_PKCS1_SHA256),
        };
        Self::new(pair, algorithm)
    }

    /// The private key as PKCS #8, for sealing. The memory is wiped when dropped.
    ///
    /// # Errors
    /// [`JoseError::Crypto`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let der = match &self.pair {
            Pair::Ecdsa(pair) => Zeroizing::new(pair.to_pkcs8v1()?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Zeroizing::new(pair.to_pkcs8()?.as_ref().to_vec()),
            Pair::Rsa(pair, _) => {
                let der: Pkcs8V1Der<'static> = pair.as_der()?;
                Zeroizing::new(der.as_ref().to_vec())
            }
        };
        Ok(der)
    }

    /// The key's name: the thumbprint of its public half.
    #[must_use]
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The key's only algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half, to be published.
    #[must_use]
    pub const fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// The public half, ready to verify.
    ///
    /// # Errors
    /// [`JoseError::Key`], which no key of this type meets.
    pub fn verifying_key(&self) -> Result<VerifyingKey, JoseError> {
        VerifyingKey::from_jwk(&self.public)
    }

    /// Signs a set of claims as a compact JWS (RFC 7515 section 7.1) whose header is `alg`, `kid` and `typ`.
    ///
    /// # Errors
    /// [`JoseError::Setting`] when `typ` is not a media type; [`JoseError::Json`], [`JoseError::DuplicateMember`] or
    /// [`JoseError::TooDeep`] when a strict reader would refuse the claims; [`JoseError::Crypto`].
    pub fn sign(&self, typ: &str, claims_json: &[u8]) -> Result<String, JoseError> {
        if !token_kind::is_media_type(typ) {
            return Err(JoseError::Setting("typ"));
        }
        strict_json::object_from_slice::<IgnoredAny>(claims_json, Limits::default().json_depth())?;
        let header = OwnHeader {
            alg: self.algorithm,
            kid: &self.kid,
            typ,
        };
        let header = serde_json::to_vec(&header).map_err(|_| JoseError::Json)?;
        let mut token = String::with_capacity((header.len() + claims_json.len()) * 4 / 3 + 128);
        base64url::encode_into(&header, &mut token);
        token.push('.');
        base64url::encode_into(claims_json, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        base64url::encode_into(&signature, &mut token);
        Ok(token)
    }

    /// The bare signature over `message`, in the form of RFC 7518 section 3. Tokens are made by [`Self::sign`].
    ///
    /// # Errors
    /// [`JoseError::Crypto`].
    pub fn signature(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        match &self.pair {
            Pair::Ecdsa(pair) => Ok(pair.sign(&random(), message)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random(), message, &mut signature)?;
                Ok(signature)
            }
        }
    }

    fn new(pair: Pair, algorithm: Algorithm) -> Result<Self, JoseError> {
        let public = Jwk::of_signing_key(pair.material()?, algorithm)?;
        let kid = public.thumbprint().to_key_id()?;
        Ok(Self {
            pair,
            algorithm,
            kid,
            public,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.algorithm, self.kid)
    }
}

impl From<aws_lc_rs::error::Unspecified> for JoseError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Crypto
    }
}

#[derive(Serialize)]
struct OwnHeader<'a> {
    alg: Algorithm,
    kid: &'a KeyId,
    typ: &'a str,
}

impl Pair {
    fn material(&self) -> Result<KeyMaterial, JoseError> {
        match self {
            Self::Ecdsa(pair) => {
                let point = pair.public_key().as_ref().strip_prefix(&[4]).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                KeyMaterial::ec(
                    if x.len() == 32 { "P-256" } else { "P-384" },
                    x.to_vec(),
                    y.to_vec(),
                )
            }
            Self::Ed25519(pair) => KeyMaterial::okp("Ed25519", pair.public_key().as_ref().to_vec()),
            Self::Rsa(pair, _) => {
                let (modulus, exponent) = rsa_der::modulus_and_exponent(pair.public_key().as_ref())?;
                KeyMaterial::rsa(modulus, exponent)
            }
        }
    }
}

/// The crate's one use of randomness: the library's interface asks for a source, and draws nonces and salts from its
/// own. Keys are drawn there too, since it makes them only by itself.
#[allow(
    clippy::disallowed_methods,
    reason = "a signature needs the library's own generator"
)]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn curve(algorithm: Algorithm) -> Result<&'static EcdsaSigningAlgorithm, JoseError> {
    match algorithm {
        Algorithm::Es256 => Ok(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::Es384 => Ok(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::EdDsa | Algorithm::Ps256 | Algorithm::Rs256 => Err(KeyRefusal::Algorithm.into()),
    }
}
