//! What can be revoked.

use std::fmt;
use std::str::FromStr;

use jose::KeyId;
use serde::{Deserialize, Serialize};

use crate::id::{Device, Grant, Id, Session, Token};
use crate::name::{ClientId, TenantId};
use crate::subject::Subject;

/// A class of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Everything.
    All,
    /// One tenant.
    Tenant,
    /// One client.
    Client,
    /// One subject.
    Subject,
    /// One device.
    Device,
    /// One grant.
    Grant,
    /// One session.
    Session,
    /// One access token.
    Jti,
    /// Secrets of a session below a generation.
    SessionSecret,
    /// A signing or sealing key: absolute.
    Key,
}

/// A class with its key: what one log entry revokes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Everything issued before.
    All,
    /// `tid`.
    Tenant(TenantId),
    /// `client_id`.
    Client(ClientId),
    /// `sub`.
    Subject(Subject),
    /// `did`.
    Device(Id<Device>),
    /// `gid`.
    Grant(Id<Grant>),
    /// `sid`.
    Session(Id<Session>),
    /// `jti`.
    Jti(Id<Token>),
    /// `sid`, with the lowest generation that still lives.
    SessionSecret(Id<Session>, u32),
    /// `kid`.
    Key(KeyId),
}

/// The class is unknown or the key does not fit it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// Not a class.
    #[error(
        "unknown class: expected one of all, tenant, client, subject, device, grant, session, jti, session_secret, key"
    )]
    Class,
    /// The key is missing, or not of this class's form.
    #[error("class {0} needs a key of its own form: {1}")]
    Key(Class, &'static str),
    /// `all` has no key.
    #[error("class all takes no key")]
    Superfluous,
}

impl Class {
    /// Every class, in the order of the design.
    pub const ALL: [Self; 10] = [
        Self::All,
        Self::Tenant,
        Self::Client,
        Self::Subject,
        Self::Device,
        Self::Grant,
        Self::Session,
        Self::Jti,
        Self::SessionSecret,
        Self::Key,
    ];

    /// The word on the wire, in the log and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Tenant => "tenant",
            Self::Client => "client",
            Self::Subject => "subject",
            Self::Device => "device",
            Self::Grant => "grant",
            Self::Session => "session",
            Self::Jti => "jti",
            Self::SessionSecret => "session_secret",
            Self::Key => "key",
        }
    }

    const fn form(self) -> &'static str {
        match self {
            Self::All => "none",
            Self::Tenant => "a tenant id",
            Self::Client => "a client id",
            Self::Subject => "user:.. or client:..",
            Self::Device => "dev_..",
            Self::Grant => "grt_..",
            Self::Session => "ses_..",
            Self::Jti => "tok_..",
            Self::SessionSecret => "ses_..@GENERATION",
            Self::Key => "a key id",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Class {
    type Err = InvalidTarget;
    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == text)
            .ok_or(InvalidTarget::Class)
    }
}

impl Target {
    /// From a class and the text of its key.
    ///
    /// # Errors
    /// Which of the two is wrong, and the form that was expected.
    pub fn parse(class: Class, key: Option<&str>) -> Result<Self, InvalidTarget> {
        let invalid = || InvalidTarget::Key(class, class.form());
        let Some(key) = key else {
            return if class == Class::All {
                Ok(Self::All)
            } else {
                Err(invalid())
            };
        };
        match class {
            Class::All => return Err(InvalidTarget::Superfluous),
            Class::Tenant => key.parse().ok().map(Self::Tenant),
            Class::Client => key.parse().ok().map(Self::Client),
            Class::Subject => key.parse().ok().map(Self::Subject),
            Class::Device => key.parse().ok().map(Self::Device),
            Class::Grant => key.parse().ok().map(Self::Grant),
            Class::Session => key.parse().ok().map(Self::Session),
            Class::Jti => key.parse().ok().map(Self::Jti),
            Class::SessionSecret => secret_key(key),
            Class::Key => KeyId::new(key).ok().map(Self::Key),
        }
        .ok_or_else(invalid)
    }

    /// Its class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::All => Class::All,
            Self::Tenant(_) => Class::Tenant,
            Self::Client(_) => Class::Client,
            Self::Subject(_) => Class::Subject,
            Self::Device(_) => Class::Device,
            Self::Grant(_) => Class::Grant,
            Self::Session(_) => Class::Session,
            Self::Jti(_) => Class::Jti,
            Self::SessionSecret(..) => Class::SessionSecret,
            Self::Key(_) => Class::Key,
        }
    }

    /// The text of its key; `all` has none. [`Target::parse`] reads it back.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Tenant(id) => Some(id.to_string()),
            Self::Client(id) => Some(id.to_string()),
            Self::Subject(id) => Some(id.to_string()),
            Self::Device(id) => Some(id.to_string()),
            Self::Grant(id) => Some(id.to_string()),
            Self::Session(id) => Some(id.to_string()),
            Self::Jti(id) => Some(id.to_string()),
            Self::SessionSecret(id, generation) => Some(format!("{id}@{generation}")),
            Self::Key(id) => Some(id.to_string()),
        }
    }

    /// The key of its watermark row: as [`Target::key`], but without the generation, which is the row's value.
    #[must_use]
    pub fn watermark_key(&self) -> String {
        match self {
            Self::SessionSecret(id, _) => id.to_string(),
            other => other.key().unwrap_or_default(),
        }
    }
}

fn secret_key(text: &str) -> Option<Target> {
    let (id, generation) = text.split_once('@')?;
    let number: u32 = generation.parse().ok()?;
    // One spelling: `+7` and `07` would be other keys of the same mark.
    let canonical = number.to_string() == generation;
    canonical.then_some(Target::SessionSecret(id.parse().ok()?, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_reads_back() {
        let ses = Id::<Session>::from_bytes([1; 16]);
        let targets = [
            Target::All,
            Target::Tenant("acme".parse().unwrap()),
            Target::Client("web".parse().unwrap()),
            Target::Subject("client:web".parse().unwrap()),
            Target::Subject(Subject::User(Id::from_bytes([2; 16]))),
            Target::Device(Id::from_bytes([3; 16])),
            Target::Grant(Id::from_bytes([4; 16])),
            Target::Session(ses),
            Target::Jti(Id::from_bytes([5; 16])),
            Target::SessionSecret(ses, 7),
            Target::Key(KeyId::new("k1").unwrap()),
        ];
        for target in targets {
            assert_eq!(
                Target::parse(target.class(), target.key().as_deref()),
                Ok(target.clone())
            );
            assert_eq!(target.class().as_str().parse::<Class>(), Ok(target.class()));
        }
    }

    #[test]
    fn keys_must_fit_their_class() {
        assert_eq!(
            Target::parse(Class::All, Some("x")),
            Err(InvalidTarget::Superfluous)
        );
        assert!(Target::parse(Class::Session, None).is_err());
        assert!(Target::parse(Class::Session, Some("grt_00000000000000000000000000")).is_err());
        assert!(Target::parse(Class::Subject, Some("root")).is_err());
        for generation in ["", "+7", "07", "-1", "4294967296"] {
            let key = format!("ses_00000000000000000000000000@{generation}");
            assert!(Target::parse(Class::SessionSecret, Some(&key)).is_err(), "{key}");
        }
    }
}
