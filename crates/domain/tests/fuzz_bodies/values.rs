//! Ids, names, subjects, targets, key ids, durations and networks: one spelling each, and no text of two kinds.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use domain::client::GrantType;
use domain::cookie::SealingKeyId;
use domain::id;
use domain::key::KeyId;
use domain::network::Network;
use domain::revocation::{Class, Target};
use domain::setting::parse_span;
use domain::{Assurance, ClientId, Host, Id, Subject, TenantId};

/// Whatever reads as a value is written back as the very same text.
pub(crate) fn fuzz_values(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    ids_and_subjects(text);
    for read in [
        reads_back::<ClientId>(text),
        reads_back::<TenantId>(text),
        reads_back::<Host>(text),
        reads_back::<Assurance>(text),
        reads_back::<GrantType>(text),
        reads_back::<Class>(text),
        KeyId::new(text).is_ok_and(|id| id.as_str() == text),
        SealingKeyId::parse(text).is_some_and(|id| same(&id, text)),
    ] {
        assert!(
            !read || is_plain(text),
            "accepted what no log should hold: {text:?}"
        );
    }
    for class in Class::ALL {
        if let Ok(target) = Target::parse(class, Some(text)) {
            assert_eq!(target.class(), class);
            assert_eq!(
                target.key().as_deref(),
                Some(text),
                "another spelling of a target"
            );
        }
    }
    if let Some(span) = parse_span(text) {
        assert_eq!(parse_span(&span.to_string()), Some(span));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()), "{text:?}");
    }
    network(text);
}

fn ids_and_subjects(text: &str) {
    let kinds = [
        reads_back::<Id<id::Session>>(text),
        reads_back::<Id<id::Grant>>(text),
        reads_back::<Id<id::Family>>(text),
        reads_back::<Id<id::User>>(text),
        reads_back::<Id<id::Device>>(text),
        reads_back::<Id<id::Token>>(text),
        reads_back::<Id<id::Incarnation>>(text),
        reads_back::<Id<id::AdminToken>>(text),
    ];
    assert!(
        kinds.iter().filter(|read| **read).count() <= 1,
        "two kinds: {text}"
    );
    if reads_back::<Subject>(text) {
        let client = text.strip_prefix("client:").is_some_and(reads_back::<ClientId>);
        assert_ne!(client, reads_back::<Id<id::User>>(text), "{text}");
    }
}

/// Whether it reads; if so, it must be written as it was read.
fn reads_back<T: FromStr + Display>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => same(&value, text),
        Err(_) => false,
    }
}

fn same(value: &impl Display, text: &str) -> bool {
    assert_eq!(value.to_string(), text, "another spelling");
    true
}

fn is_plain(text: &str) -> bool {
    text.len() <= 253 && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Membership is that of the first bits, counted one by one.
fn network(text: &str) {
    let Some(network) = Network::parse(text) else {
        return;
    };
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().unwrap();
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits: usize = if bits.is_empty() {
        width
    } else {
        bits.parse().unwrap()
    };
    if text.contains('/') {
        assert!(text.ends_with(&format!("/{bits}")), "another spelling: {text}");
    }
    assert_eq!(network.is_everybody(), bits == 0);
    for flipped in 0..width {
        let other = with_flipped(address, flipped);
        let counts = network.is_canonical() && other.to_canonical() == other;
        assert!(
            !counts || network.contains(other) == (flipped >= bits),
            "{text} and {other}"
        );
    }
    assert_eq!(network.contains(address), network.is_canonical(), "{text}");
}

fn with_flipped(address: IpAddr, bit: usize) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() ^ (1 << (31 - bit))).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() ^ (1 << (127 - bit))).into(),
    }
}
