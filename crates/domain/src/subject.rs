//! Who a credential speaks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::{Id, User};
use crate::name::ClientId;

/// A user or a client. The text forms `user:..` and `client:..` cannot collide (RFC 9700 section 4.15); they are the
/// `sub` claim and the key of revocation class `subject`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A person.
    User(Id<User>),
    /// A client on its own behalf.
    Client(ClientId),
}

/// Neither `user:` with an id nor `client:` with a client id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a subject: expected \"user:\" with an id or \"client:\" with a client id")]
pub struct InvalidSubject;

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Client(id) => write!(f, "client:{id}"),
        }
    }
}

impl FromStr for Subject {
    type Err = InvalidSubject;
    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        match text.strip_prefix("client:") {
            Some(id) => id.parse().map(Self::Client).map_err(|_| InvalidSubject),
            None => text.parse().map(Self::User).map_err(|_| InvalidSubject),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}
