//! Topologies by their text, and answers by one line each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "test code"
)]

use advisor::decide::Answer;
use advisor::{Constants, Decision, RawTopology, Topology, decide};

pub fn read(text: &str) -> Topology {
    let raw: RawTopology = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    raw.check()
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

pub fn decided(text: &str) -> Decision {
    decide(&read(text), &Constants::default())
}

/// `edge_session, not server_session X-11, not edge_token X-01, conflicts C-02`.
pub fn line(answer: &Answer) -> String {
    let mut line = answer
        .mechanism
        .map_or("nothing", |mechanism| mechanism.as_str())
        .to_owned();
    for option in answer
        .options
        .iter()
        .filter(|option| !option.excluded_by.is_empty())
    {
        let rules: Vec<&str> = option.excluded_by.iter().map(|found| found.rule).collect();
        line.push_str(&format!(
            ", not {} {}",
            option.mechanism.as_str(),
            rules.join(" ")
        ));
    }
    if !answer.conflicts.is_empty() {
        let rules: Vec<&str> = answer.conflicts.iter().map(|found| found.rule).collect();
        line.push_str(&format!(", conflicts {}", rules.join(" ")));
    }
    line
}

/// The twelve worked topologies.
pub const GALLERY: &[(&str, &str)] = &[
    (
        "b2b-federation",
        include_str!("../../../../docs/advice/b2b-federation.toml"),
    ),
    (
        "cdn-cached-media",
        include_str!("../../../../docs/advice/cdn-cached-media.toml"),
    ),
    (
        "embedded-widget",
        include_str!("../../../../docs/advice/embedded-widget.toml"),
    ),
    (
        "gaming-ten-million",
        include_str!("../../../../docs/advice/gaming-ten-million.toml"),
    ),
    (
        "government-aal3",
        include_str!("../../../../docs/advice/government-aal3.toml"),
    ),
    (
        "internal-tools",
        include_str!("../../../../docs/advice/internal-tools.toml"),
    ),
    (
        "iot-fleet",
        include_str!("../../../../docs/advice/iot-fleet.toml"),
    ),
    (
        "microservices-behind-envoy",
        include_str!("../../../../docs/advice/microservices-behind-envoy.toml"),
    ),
    (
        "mobile-bank",
        include_str!("../../../../docs/advice/mobile-bank.toml"),
    ),
    (
        "monolith-with-redis",
        include_str!("../../../../docs/advice/monolith-with-redis.toml"),
    ),
    (
        "multi-region-saas",
        include_str!("../../../../docs/advice/multi-region-saas.toml"),
    ),
    (
        "partner-api",
        include_str!("../../../../docs/advice/partner-api.toml"),
    ),
];
