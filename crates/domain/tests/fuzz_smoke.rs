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
