//! How JSON members are read: `null` is not absence, and some members matter by their mere presence.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "stated")]`: an optional member that, when written, must have a value.
pub(crate) fn stated<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A member of which only the presence counts, whatever its value, `null` included.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Presence(pub(crate) bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}
