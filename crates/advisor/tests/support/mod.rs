//! Topologies by their text, and answers by one line each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "test code"
)]

use advisor::decide::Answer;
pub use advisor::gallery::GALLERY;
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
