//! The public numbers of a key, checked (RFC 7518 section 6, RFC 8037 section 2).

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::error::{JoseError, KeyRefusal};

/// A public key's type, curve and numbers. Every value of this type has passed the checks of its constructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyMaterial {
    P256(Vec<u8>, Vec<u8>),
    P384(Vec<u8>, Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

const RSA_MIN_BITS: usize = 2048;
/// Larger keys make each verification slow enough to be a lever for whoever may present keys.
const RSA_MAX_BITS: usize = 4096;

impl KeyMaterial {
    /// A point on P-256 or P-384, each coordinate in its full length.
    pub(crate) fn ec(curve: &str, x: Vec<u8>, y: Vec<u8>) -> Result<Self, JoseError> {
        let (length, material) = match curve {
            "P-256" => (32, Self::P256(x, y)),
            "P-384" => (48, Self::P384(x, y)),
            _ => return Err(KeyRefusal::Unsupported.into()),
        };
        if let Self::P256(x, y) | Self::P384(x, y) = &material
            && (x.len() != length || y.len() != length)
        {
            return Err(KeyRefusal::Invalid.into());
        }
        material.checked()
    }

    /// An Ed25519 key of 32 octets.
    pub(crate) fn okp(curve: &str, x: Vec<u8>) -> Result<Self, JoseError> {
        if curve != "Ed25519" {
            return Err(KeyRefusal::Unsupported.into());
        }
        if x.len() != 32 {
            return Err(KeyRefusal::Invalid.into());
        }
        if is_small_order(&x) {
            return Err(KeyRefusal::Weak.into());
        }
        Self::Ed25519(x).checked()
    }

    /// An RSA key of 2048 to 4096 bits; both numbers without leading zero octets (RFC 7518 section 6.3.1).
    pub(crate) fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Result<Self, JoseError> {
        let (Some(top), Some(low)) = (modulus.first(), modulus.last()) else {
            return Err(KeyRefusal::Invalid.into());
        };
        if *top == 0 || low % 2 == 0 {
            return Err(KeyRefusal::Invalid.into());
        }
        let bits = modulus.len() * 8 - top.leading_zeros() as usize;
        if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bits) || !is_sound_exponent(&exponent) {
            return Err(KeyRefusal::Weak.into());
        }
        Self::Rsa { modulus, exponent }.checked()
    }

    /// Whether this key can be used with `algorithm`.
    pub(crate) const fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::P256(..), Algorithm::Es256)
                | (Self::P384(..), Algorithm::Es384)
                | (Self::Ed25519(..), Algorithm::EdDsa)
                | (Self::Rsa { .. }, Algorithm::Ps256 | Algorithm::Rs256)
        )
    }

    /// The one algorithm that the type and curve leave; RSA leaves two, so none.
    pub(crate) const fn implied_algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::P256(..) => Some(Algorithm::Es256),
            Self::P384(..) => Some(Algorithm::Es384),
            Self::Ed25519(..) => Some(Algorithm::EdDsa),
            Self::Rsa { .. } => None,
        }
    }

    /// The JWK members that make the key, in the order of RFC 7638 section 3.3.
    pub(crate) fn members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::P256(x, y) => ec_members("P-256", x, y),
            Self::P384(x, y) => ec_members("P-384", x, y),
            Self::Ed25519(x) => {
                vec![
                    ("crv", "Ed25519".into()),
                    ("kty", "OKP".into()),
                    ("x", base64url::encode(x)),
                ]
            }
            Self::Rsa { modulus, exponent } => vec![
                ("e", base64url::encode(exponent)),
                ("kty", "RSA".into()),
                ("n", base64url::encode(modulus)),
            ],
        }
    }

    /// Hands the numbers to the cryptographic library, once, for this algorithm only.
    pub(crate) fn parsed(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, JoseError> {
        let key = match (self, algorithm) {
            (Self::P256(x, y), Algorithm::Es256) => {
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, uncompressed(x, y)).ok()
            }
            (Self::P384(x, y), Algorithm::Es384) => {
                ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, uncompressed(x, y)).ok()
            }
            (Self::Ed25519(x), Algorithm::EdDsa) => ParsedPublicKey::new(&signature::ED25519, x).ok(),
            (Self::Rsa { modulus, exponent }, Algorithm::Ps256) => PublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .to_parsed_public_key(&signature::RSA_PSS_2048_8192_SHA256)
            .ok(),
            (Self::Rsa { modulus, exponent }, Algorithm::Rs256) => PublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .ok(),
            _ => return Err(KeyRefusal::Algorithm.into()),
        };
        key.ok_or(JoseError::Key(KeyRefusal::Invalid))
    }

    /// Lets the library refuse what only it can see, such as a point beside the curve.
    fn checked(self) -> Result<Self, JoseError> {
        self.parsed(self.implied_algorithm().unwrap_or(Algorithm::Ps256))?;
        Ok(self)
    }
}

fn ec_members(curve: &str, x: &[u8], y: &[u8]) -> Vec<(&'static str, String)> {
    let (x, y) = (base64url::encode(x), base64url::encode(y));
    vec![("crv", curve.into()), ("kty", "EC".into()), ("x", x), ("y", y)]
}

/// SEC 1 section 2.3.3.
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

/// Odd, at least 3, at most 32 bits, no leading zero. With 1 anybody could sign.
fn is_sound_exponent(exponent: &[u8]) -> bool {
    match exponent {
        [] | [0 | 1] => false,
        [top, ..] => *top != 0 && exponent.len() <= 4 && exponent.last().is_some_and(|low| low % 2 == 1),
    }
}

/// Points whose multiples are eight or fewer verify signatures that nobody made. The y coordinates, little
/// endian, in every encoding below 2^255; the sign bit is not looked at.
fn is_small_order(point: &[u8]) -> bool {
    const ORDER_8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ORDER_8_NEGATED: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let mut y: Vec<u8> = point.to_vec();
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    let (Some((low, rest)), Some((top, middle))) = (y.split_first(), y.get(1..).and_then(<[u8]>::split_last))
    else {
        return true;
    };
    let zero_or_one = *low <= 1 && rest.iter().all(|byte| *byte == 0);
    // p - 1, p and p + 1, where p = 2^255 - 19 ends in 0xed.
    let around_p = (0xec..=0xee).contains(low) && *top == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    zero_or_one || around_p || y == ORDER_8 || y == ORDER_8_NEGATED
}
