//! `kid`: a name that is safe to look up, log and compare (RFC 7515 section 4.1.4, RFC 8725 section 3.10).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{JoseError, KeyRefusal};

/// A key identifier: 1 to 64 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The longest identifier, in characters.
    pub const MAX_LEN: usize = 64;

    /// Checks and wraps an identifier.
    ///
    /// # Errors
    /// [`KeyRefusal::KeyId`].
    pub fn new(text: &str) -> Result<Self, JoseError> {
        let acceptable =
            (1..=Self::MAX_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if acceptable {
            Ok(Self(text.into()))
        } else {
            Err(KeyRefusal::KeyId.into())
        }
    }

    /// The identifier's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_visible_text() {
        for good in ["a", "bilbo.baggins@hobbiton.example", &"k".repeat(64)] {
            assert_eq!(KeyId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", "a b", "a\n", "é", "a\0", &"k".repeat(65)] {
            assert_eq!(KeyId::new(bad), Err(KeyRefusal::KeyId.into()), "{bad:?}");
        }
        assert!(serde_json::from_str::<KeyId>("\"a b\"").is_err());
    }
}
