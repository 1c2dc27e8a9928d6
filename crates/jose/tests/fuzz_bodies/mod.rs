//! The bodies of the fuzz targets, as plain functions: `fuzz/` runs them under libFuzzer, `fuzz_smoke.rs` for a
//! few seconds in every test run. Each panics when a property of its parser does not hold.

use std::collections::BTreeSet;
use std::fmt;

use jose::{Jwk, JwkSet, KeySet, Limits, Presented, base64url, strict_json};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Decoding and encoding are each other's inverse, and decoding takes one spelling only.
pub(crate) fn fuzz_base64url(data: &[u8]) {
    let text = base64url::encode(data);
    assert_eq!(base64url::decode(text.as_bytes()).as_deref(), Ok(data));
    if let Ok(bytes) = base64url::decode(data) {
        assert_eq!(base64url::encode(&bytes).as_bytes(), data);
    }
}

/// The one-pass scan and a reader that keeps every name of every object agree on every input.
pub(crate) fn fuzz_strict_json(data: &[u8]) {
    const DEPTH: usize = 6;
    let strict = strict_json::from_slice::<Value>(data, DEPTH);
    let oracle = std::str::from_utf8(data)
        .ok()
        .and_then(|text| serde_json::from_str::<Unique>(text).ok());
    match (&strict, oracle) {
        (
            Ok(_),
            Some(Unique {
                depth,
                repeated: false,
            }),
        ) => assert!(depth <= DEPTH, "too deep"),
        (Err(_), None | Some(Unique { repeated: true, .. })) => {}
        // Value keeps numbers that f64 can hold; the oracle skips them.
        (Err(_), Some(Unique { depth, .. })) => {
            assert!(
                depth > DEPTH || serde_json::from_slice::<Value>(data).is_err(),
                "refused without a reason"
            );
        }
        (Ok(_), other) => panic!("accepted against the oracle: {}", other.is_some()),
    }
}

/// What is read as a public key or set can be written and read again as the same, and shows nothing private.
pub(crate) fn fuzz_jwk(data: &[u8]) {
    if let Ok(jwk) = Jwk::parse(data) {
        let json = serde_json::to_vec(&jwk).unwrap();
        let again = Jwk::parse(&json).unwrap();
        assert_eq!(again.thumbprint(), jwk.thumbprint());
        assert_eq!((again.algorithm(), again.kid()), (jwk.algorithm(), jwk.kid()));
        let members = serde_json::from_slice::<Value>(&json).unwrap();
        assert!(
            ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
                .iter()
                .all(|name| members.get(name).is_none())
        );
    }
    if let Ok(set) = JwkSet::parse(data) {
        let again = JwkSet::parse(set.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(again.keys().len(), set.keys().len());
    }
}

/// Nothing but the signed payloads of the corpus is ever accepted, under any key of the corpus.
pub(crate) fn fuzz_jws_presented(data: &[u8], keys: &KeySet, signed_payloads: &[&[u8]]) {
    let Ok(presented) = Presented::parse(data, &Limits::default()) else {
        return;
    };
    assert!(
        data.iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    );
    assert_eq!(data.iter().filter(|byte| **byte == b'.').count(), 2);
    for key in keys.iter() {
        if let Ok(verified) = presented.clone().verify_signature(key) {
            assert!(
                signed_payloads.contains(&verified.bytes()),
                "forged under {key:?}"
            );
        }
    }
}

/// The keys of the published vectors that the corpus tokens are signed with, and the payloads they signed.
pub(crate) fn known_keys() -> (KeySet, [&'static [u8]; 2]) {
    let jwks = include_bytes!("keys.json");
    let keys = KeySet::from_jwk_set(&JwkSet::parse(jwks).unwrap()).unwrap();
    (keys, [b"foo", "It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there\u{2019}s no knowing where you might be swept off to.".as_bytes()])
}

/// Nesting and repetition as seen by a recursive reader.
#[derive(Default)]
struct Unique {
    depth: usize,
    repeated: bool,
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        let mut all = Unique::default();
        while let Some(item) = items.next_element::<Unique>()? {
            all = all.with(&item);
        }
        Ok(Unique {
            depth: all.depth + 1,
            ..all
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
        let mut names = BTreeSet::new();
        let mut all = Unique::default();
        while let Some((name, value)) = members.next_entry::<String, Unique>()? {
            all = all.with(&value);
            all.repeated |= !names.insert(name);
        }
        Ok(Unique {
            depth: all.depth + 1,
            ..all
        })
    }
}

impl Unique {
    fn with(self, other: &Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            repeated: self.repeated || other.repeated,
        }
    }
}
