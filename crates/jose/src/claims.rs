//! The registered claims that every token is judged by (RFC 7519 section 4.1).

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::error::JoseError;
use crate::member::stated;

/// The names a verifier answers to: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceSet {
    names: Box<[String]>,
}

impl AudienceSet {
    /// A set of these names.
    ///
    /// # Errors
    /// [`JoseError::Setting`] when there is none, or an empty one.
    pub fn new<I>(names: I) -> Result<Self, JoseError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let names: Box<[String]> = names.into_iter().map(Into::into).collect();
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err(JoseError::Setting("audiences"));
        }
        Ok(Self { names })
    }

    /// Whether `name` is one of the set, byte for byte.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    fn intersects(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.contains(name))
    }
}

/// The claims as written, each of the right type or the whole set is refused.
#[derive(Deserialize)]
pub(crate) struct RegisteredClaims {
    #[serde(default, deserialize_with = "stated")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    aud: Option<Audience>,
    #[serde(default, deserialize_with = "stated")]
    exp: Option<NumericDate>,
    #[serde(default, deserialize_with = "stated")]
    nbf: Option<NumericDate>,
    #[serde(default, deserialize_with = "stated")]
    iat: Option<NumericDate>,
}

/// Where and when a token must be good.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audiences: &'a AudienceSet,
    pub(crate) now_s: u64,
    pub(crate) leeway_s: u64,
}

/// What is left of the registered claims once they have been judged.
pub(crate) struct Judged {
    pub(crate) expires_at_s: u64,
    pub(crate) audiences: Vec<String>,
}

impl RegisteredClaims {
    /// Issuer, audience, expiry, then the two beginnings.
    pub(crate) fn judge(self, expected: &Expected<'_>) -> Result<Judged, JoseError> {
        let issuer = self.iss.ok_or(JoseError::MissingClaim("iss"))?;
        if issuer.is_empty() || issuer != expected.issuer {
            return Err(JoseError::WrongIssuer);
        }
        let audiences = self.aud.ok_or(JoseError::MissingClaim("aud"))?.0;
        if !expected.audiences.intersects(&audiences) {
            return Err(JoseError::WrongAudience);
        }
        let expiry = self.exp.ok_or(JoseError::MissingClaim("exp"))?;
        if expiry.floor_s.saturating_add(expected.leeway_s) <= expected.now_s {
            return Err(JoseError::Expired);
        }
        let latest_begin_s = expected.now_s.saturating_add(expected.leeway_s);
        if [self.nbf, self.iat]
            .into_iter()
            .flatten()
            .any(|begin| begin.ceil_s > latest_begin_s)
        {
            return Err(JoseError::NotYetValid);
        }
        Ok(Judged {
            expires_at_s: expiry.floor_s,
            audiences,
        })
    }
}

/// One name or a list of names (section 4.1.3).
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> de::Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Audience, E> {
        Ok(Audience(vec![name.to_owned()]))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut names: A) -> Result<Audience, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = names.next_element()? {
            all.push(name);
        }
        Ok(Audience(all))
    }
}

/// Seconds since 1970 (section 2), to the end of the year 9999: a date in milliseconds is out of range. Fractions are
/// rounded against the bearer: down for an end, up for a beginning.
struct NumericDate {
    floor_s: u64,
    ceil_s: u64,
}

const LAST_SECOND: u64 = 253_402_300_799;

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumericDateVisitor)
    }
}

struct NumericDateVisitor;

impl de::Visitor<'_> for NumericDateVisitor {
    type Value = NumericDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds between 1970 and 9999")
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<NumericDate, E> {
        if seconds > LAST_SECOND {
            return Err(E::invalid_value(de::Unexpected::Unsigned(seconds), &self));
        }
        Ok(NumericDate {
            floor_s: seconds,
            ceil_s: seconds,
        })
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked first"
    )]
    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<NumericDate, E> {
        // The last second is far below 2^53, so both conversions are exact; a NaN is in no range.
        if !(0.0..=LAST_SECOND as f64).contains(&seconds) {
            return Err(E::invalid_value(de::Unexpected::Float(seconds), &self));
        }
        Ok(NumericDate {
            floor_s: seconds.floor() as u64,
            ceil_s: seconds.ceil() as u64,
        })
    }
}
