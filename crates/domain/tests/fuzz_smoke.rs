//! A moment of each fuzz target on the stable toolchain: seeded mutations of the kept corpus in `fuzz/corpus/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod fuzz_bodies;
#[path = "../../../fuzz/smoke.rs"]
mod smoke;

use fuzz_bodies::known::Known;
use smoke::{corpus, smoke};

#[test]
fn values() {
    smoke("values", 20_000, fuzz_bodies::values::fuzz_values);
}

#[test]
fn secrets() {
    let known = Known::new();
    smoke("secrets", 5_000, |data| {
        fuzz_bodies::secrets::fuzz_secrets(data, &known)
    });
}

#[test]
fn feed() {
    smoke("feed", 30_000, fuzz_bodies::feed::fuzz_feed);
}

/// Every kind of frame is among the seeds, and each is read by one side.
#[test]
fn the_frames_of_the_corpus_are_read() {
    use domain::feed::wire::{Frame, Reply, Request, Version};
    let seeds = corpus("feed");
    let read = |data: &Vec<u8>| {
        let frame = Frame::parse(data).ok()?;
        let read = Request::decode(frame).is_ok() || Reply::decode(frame, Version::V1).is_ok();
        read.then_some(frame.kind)
    };
    let kinds: std::collections::HashSet<_> = seeds.iter().filter_map(read).collect();
    assert_eq!(kinds.len(), 24);
}

#[test]
fn access_claims() {
    smoke("access_claims", 15_000, fuzz_bodies::claims::fuzz_access_claims);
}

/// The corpus is only worth mutating if it reaches the depths: some of it is what the server made.
#[test]
fn the_corpus_reaches_the_depths() {
    let known = Known::new();
    let secrets = corpus("secrets");
    let holds = |text: &str| secrets.iter().any(|seed| seed == text.as_bytes());
    assert!(known.refresh_tokens.iter().all(|text| holds(text)));
    assert!(known.cookies.iter().all(|text| holds(text)));
    let claims = corpus("access_claims");
    let read = claims
        .iter()
        .filter(|json| serde_json::from_slice::<domain::access_token::AccessClaims>(json).is_ok());
    assert!(read.count() >= 2);
}
