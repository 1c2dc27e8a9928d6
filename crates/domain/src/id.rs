//! Identifiers that cannot be swapped: `Id<Session>` is not `Id<Grant>`, in memory or as text.
//!
//! An id is 128 bits laid out as UUID version 7 (RFC 9562 section 5.7): it sorts by time and names a row. It is
//! never a secret. Its text is a prefix per kind and 26 characters of Crockford's base 32, lower case.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ports::Entropy;
use crate::time::Timestamp;

/// What an id names; gives the prefix of its text.
pub trait Kind: 'static {
    /// The prefix of the text form, with its separator.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Kind for $name { const PREFIX: &'static str = $prefix; }
    )*};
}

kinds! {
    /// A session: one authentication of one subject on one user agent.
    Session = "ses_";
    /// A grant: what a subject, or a client on its own behalf, allowed a client.
    Grant = "grt_";
    /// A refresh token family: one lineage of rotating tokens.
    Family = "fam_";
    /// A user; its text is also the `user:` form of a subject.
    User = "user:";
    /// A device of a user.
    Device = "dev_";
    /// One access token (`jti`).
    Token = "tok_";
    /// One start of an edge process.
    Incarnation = "inc_";
    /// An administrator's credential.
    AdminToken = "adm_";
    /// One of a client's secrets.
    ClientSecret = "sec_";
    /// One call of the admin API.
    Request = "req_";
}

/// An identifier of one kind: 128 bits.
pub struct Id<K: Kind>([u8; 16], PhantomData<fn() -> K>);

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this kind: expected \"{prefix}\" and 26 characters")]
pub struct InvalidId {
    prefix: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 26;

impl<K: Kind> Id<K> {
    /// A new id: the time in milliseconds and 74 random bits.
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes);
        for (slot, byte) in bytes
            .iter_mut()
            .zip(now.as_ms().to_be_bytes().into_iter().skip(2))
        {
            *slot = byte;
        }
        let [.., v, _, r, _, _, _, _, _, _, _] = &mut bytes;
        *v = (*v & 0x0f) | 0x70;
        *r = (*r & 0x3f) | 0x80;
        Self(bytes, PhantomData)
    }

    /// From the 16 bytes that a store or a sealed cookie kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = u128::from_be_bytes(self.0);
        let mut text = [b'0'; TEXT_LEN];
        for letter in text.iter_mut().rev() {
            let digit = usize::try_from(value & 31).unwrap_or(0);
            *letter = ALPHABET.get(digit).copied().unwrap_or(b'0');
            value >>= 5;
        }
        // In one piece: letter by letter is most of what a row with an id costs.
        f.write_str(K::PREFIX)?;
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { prefix: K::PREFIX };
        let body = text
            .strip_prefix(K::PREFIX)
            .filter(|b| b.len() == TEXT_LEN)
            .ok_or(invalid)?;
        let mut value: u128 = 0;
        for (position, letter) in body.bytes().enumerate() {
            let digit = digit_of(letter).ok_or(invalid)?;
            // 26 letters hold 130 bits: the first may use only three of its five.
            if position == 0 && digit > 7 {
                return Err(invalid);
            }
            value = (value << 5) | u128::from(digit);
        }
        Ok(Self(value.to_be_bytes(), PhantomData))
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Id<K> {}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: Kind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // All 16 bytes in one step.
        u128::from_ne_bytes(self.0).hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Where a letter stands in [`ALPHABET`], which leaves out i, l, o and u.
const fn digit_of(letter: u8) -> Option<u8> {
    Some(match letter {
        b'0'..=b'9' => letter - b'0',
        b'a'..=b'h' => letter - b'a' + 10,
        b'j'..=b'k' => letter - b'j' + 18,
        b'm'..=b'n' => letter - b'm' + 20,
        b'p'..=b't' => letter - b'p' + 22,
        b'v'..=b'z' => letter - b'v' + 27,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn text_round_trips_and_sorts_by_time() {
        let entropy = SeededEntropy::new(7);
        let early = Id::<Session>::generate(Timestamp::from_ms(1_000), &entropy);
        let late = Id::<Session>::generate(Timestamp::from_ms(2_000), &entropy);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse::<Id<Session>>().unwrap(), early);
        assert_eq!(early.as_bytes()[6] >> 4, 7);
    }

    #[test]
    fn every_letter_is_read_as_it_is_written_and_nothing_else_is_one() {
        for letter in 0..=u8::MAX {
            let place = ALPHABET.iter().position(|a| *a == letter);
            assert_eq!(digit_of(letter).map(usize::from), place, "{letter:#x}");
        }
        assert_eq!(
            Id::<Session>::from_bytes([0xff; 16]).to_string(),
            format!("ses_7{}", "z".repeat(25))
        );
        assert_eq!(
            Id::<Session>::from_bytes([0; 16]).to_string(),
            format!("ses_{}", "0".repeat(26))
        );
    }

    #[test]
    fn another_kind_or_spelling_is_refused() {
        let id = Id::<Session>::generate(Timestamp::from_ms(1), &SeededEntropy::new(1));
        assert!(id.to_string().parse::<Id<Grant>>().is_err());
        for bad in [
            "",
            "ses_",
            "ses_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            &id.to_string().to_uppercase(),
            &format!("{id}0"),
        ] {
            assert!(bad.parse::<Id<Session>>().is_err(), "{bad}");
        }
    }
}
