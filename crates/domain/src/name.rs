//! Names that people choose: clients, tenants, hosts. Checked once, then trusted as types.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {rule}")]
pub struct InvalidName {
    what: &'static str,
    rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl $name {
            /// Whether a text is one, without keeping it.
            #[must_use]
            pub fn is_valid(text: &str) -> bool {
                let check: fn(&str) -> bool = $check;
                check(text)
            }
        }
        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                if Self::is_valid(text) { Ok(Self(text.into())) } else { Err(InvalidName { what: $what, rule: $rule }) }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

name!(
    /// An OAuth client identifier (RFC 6749 section 2.2), narrowed to what is safe in a URL, a log and a form.
    ClientId,
    "client id",
    "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'",
    |text| plain(text, 64)
);
name!(
    /// The name of an admin token: in lists, and in the events of what was done with it.
    TokenName,
    "token name",
    "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'",
    |text| plain(text, 64)
);
name!(
    /// A tenant.
    TenantId,
    "tenant id",
    "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'",
    |text| plain(text, 64)
);
name!(
    /// A host as cookies see it: lower case, no port (RFC 6265 section 5.1.3 ignores ports).
    Host,
    "host",
    "a lower-case host name or IP address without a port",
    host
);

fn plain(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn host(text: &str) -> bool {
    let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Some(address) = bracketed {
        return address
            .parse::<std::net::Ipv6Addr>()
            .is_ok_and(|a| a.to_string() == address);
    }
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_text() {
        assert!("billing-api.v2".parse::<ClientId>().is_ok());
        for bad in ["", "a b", "a:b", "ä", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<ClientId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_are_canonical() {
        for good in ["localhost", "app.example.org", "127.0.0.1", "[::1]"] {
            assert!(good.parse::<Host>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "App.example",
            "a..b",
            "a_b",
            "host:80",
            "[::0001]",
            "-a",
            "a.",
            "ä.example",
        ] {
            assert!(bad.parse::<Host>().is_err(), "{bad}");
        }
    }
}
