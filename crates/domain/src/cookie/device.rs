//! The device cookie: this browser has signed in before as this user. It opens nothing; it lets its holder try a password
//! while attempts from unknown places are not heard (OWASP, "device cookies").

use super::names::DEVICE_COOKIE;
use super::seal::{SealError, SealingKey, SealingKeyId, SealingKeys, associated_data};
use crate::id::{Device, Id, User};
use crate::ports::Entropy;
use crate::revocation::Position;
use crate::seq::Seq;
use crate::subject::Subject;
use crate::time::Span;

/// How long a browser is remembered without a sign-in: a sealing key unseals for at least as long.
pub const DEVICE_LIFE: Span = Span::from_days(90);

const LABEL: &str = "device";
const PLAIN_LEN: usize = 16 + 16 + 4 + 8;

/// What a device cookie holds. Good for one credential: whoever knew the password before has nothing left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Who signed in.
    pub user: Id<User>,
    /// Names the browser.
    pub device: Id<Device>,
    /// The user's credential version at that sign-in.
    pub credential_version: u32,
    /// The position of that sign-in: revoking the subject, the device or everything covers it.
    pub rs: Seq,
}

impl KnownDevice {
    /// The cookie's value.
    ///
    /// # Errors
    /// As [`SealingKey::seal`].
    pub fn seal(&self, key: &SealingKey, issuer: &str, entropy: &dyn Entropy) -> Result<String, SealError> {
        let mut plain = Vec::with_capacity(PLAIN_LEN);
        plain.extend_from_slice(self.user.as_bytes());
        plain.extend_from_slice(self.device.as_bytes());
        plain.extend_from_slice(&self.credential_version.to_be_bytes());
        plain.extend_from_slice(&self.rs.as_u64().to_be_bytes());
        key.seal_bytes(&plain, &associated_data(DEVICE_COOKIE, issuer, LABEL), entropy)
    }

    /// Opens a value that was sealed for this issuer, and says with which key.
    ///
    /// # Errors
    /// Why it is none of ours.
    pub fn unseal(keys: &SealingKeys, value: &str, issuer: &str) -> Result<(Self, SealingKeyId), SealError> {
        let aad = associated_data(DEVICE_COOKIE, issuer, LABEL);
        let (plain, id) = keys.unseal_bytes(value, PLAIN_LEN, &aad)?;
        Ok((read(&plain).ok_or(SealError::Malformed)?, id))
    }

    /// Its position in the log.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            device: Some(self.device),
            ..Position::of(Subject::User(self.user), self.rs)
        }
    }
}

fn read(plain: &[u8]) -> Option<KnownDevice> {
    let (user, rest) = plain.split_first_chunk::<16>()?;
    let (device, rest) = rest.split_first_chunk::<16>()?;
    let (version, rest) = rest.split_first_chunk::<4>()?;
    Some(KnownDevice {
        user: Id::from_bytes(*user),
        device: Id::from_bytes(*device),
        credential_version: u32::from_be_bytes(*version),
        rs: Seq::from_u64(u64::from_be_bytes(rest.try_into().ok()?))?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cookie::{Purpose, SealedPayload};
    use crate::secret::Secret;
    use crate::testing::SeededEntropy;

    const ISSUER: &str = "https://id.example";

    fn known() -> KnownDevice {
        KnownDevice {
            user: Id::from_bytes([1; 16]),
            device: Id::from_bytes([2; 16]),
            credential_version: 3,
            rs: Seq::default(),
        }
    }

    #[test]
    fn it_reads_back_for_its_issuer_alone() {
        let entropy = SeededEntropy::new(5);
        let key = SealingKey::generate(&entropy);
        let value = known().seal(&key, ISSUER, &entropy).unwrap();
        let id = key.id();
        let keys = SealingKeys::new([Arc::new(key)]);
        assert_eq!(KnownDevice::unseal(&keys, &value, ISSUER), Ok((known(), id)));
        let elsewhere = KnownDevice::unseal(&keys, &value, "https://other.example");
        assert_eq!(elsewhere, Err(SealError::Forged));
        let unknown = KnownDevice::unseal(&SealingKeys::default(), &value, ISSUER);
        assert_eq!(unknown, Err(SealError::UnknownKey));
        for position in 0..value.len() {
            let mut other = value.clone().into_bytes();
            other[position] = if other[position] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(KnownDevice::unseal(&keys, &other, ISSUER).is_err(), "{position}");
        }
    }

    #[test]
    fn no_cookie_of_ours_passes_for_another() {
        let entropy = SeededEntropy::new(6);
        let key = SealingKey::generate(&entropy);
        let device = known().seal(&key, ISSUER, &entropy).unwrap();
        let payload = SealedPayload {
            session: Id::from_bytes([5; 16]),
            secret: Secret::from_bytes([6; 32]),
            generation: 3,
        };
        let session = key.seal(&payload, ISSUER, &Purpose::Authority, &entropy).unwrap();
        let keys = SealingKeys::new([Arc::new(key)]);
        assert!(KnownDevice::unseal(&keys, &session, ISSUER).is_err());
        assert!(keys.unseal(&device, ISSUER, &Purpose::Authority).is_err());
    }
}
