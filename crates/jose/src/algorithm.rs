//! The signature algorithms of this house (RFC 7518 section 3.1, RFC 8037, RFC 9864).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{JoseError, KeyRefusal};

/// A signature algorithm. There is no `none`, and nothing symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for interoperability.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, strongest recommendation first.
    pub const ALL: [Self; 5] = [Self::Es256, Self::EdDsa, Self::Es384, Self::Ps256, Self::Rs256];

    /// The name written in `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    /// Whether `name` is a spelling of this algorithm. Case matters (RFC 7515 section 4.1.1).
    /// `Ed25519` is the fully specified name of RFC 9864 for the only `EdDSA` curve offered here.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        name == self.as_str() || (matches!(self, Self::EdDsa) && name == "Ed25519")
    }

    /// The algorithm of that name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.is_named(name))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = JoseError;

    fn from_str(name: &str) -> Result<Self, JoseError> {
        Self::from_name(name).ok_or(JoseError::Key(KeyRefusal::Algorithm))
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom("unknown signature algorithm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.as_str()), Some(algorithm));
            assert_eq!(Algorithm::from_name(&algorithm.as_str().to_lowercase()), None);
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
        }
        assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDsa));
        for foreign in [
            "none", "NONE", "nOnE", "", "HS256", "ES256K", "ES512", "RS1", "Ed448", "ES256 ",
        ] {
            assert_eq!(Algorithm::from_name(foreign), None, "{foreign}");
            assert!(foreign.parse::<Algorithm>().is_err());
        }
    }
}
