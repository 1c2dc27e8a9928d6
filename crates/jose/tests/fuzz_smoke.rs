//! A moment of each fuzz target on the stable toolchain: seeded mutations of the kept corpus in `fuzz/corpus/`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod fuzz_bodies;
#[path = "../../../fuzz/smoke.rs"]
mod smoke;

use smoke::{corpus, smoke};

#[test]
fn base64url() {
    smoke("base64url", 100_000, fuzz_bodies::fuzz_base64url);
}

#[test]
fn strict_json() {
    smoke("strict_json", 20_000, fuzz_bodies::fuzz_strict_json);
}

#[test]
fn jwk() {
    smoke("jwk", 15_000, fuzz_bodies::fuzz_jwk);
}

#[test]
fn jws_presented() {
    let (keys, payloads) = fuzz_bodies::known_keys();
    smoke("jws_presented", 15_000, |data| {
        fuzz_bodies::fuzz_jws_presented(data, &keys, &payloads)
    });
}

/// The corpus is only worth mutating if it reaches the depths: its tokens verify, its keys parse.
#[test]
fn the_corpus_reaches_the_depths() {
    let (keys, payloads) = fuzz_bodies::known_keys();
    let verified = corpus("jws_presented").into_iter().filter(|token| {
        let Ok(presented) = jose::Presented::parse(token, &jose::Limits::default()) else {
            return false;
        };
        keys.iter().any(|key| {
            presented
                .clone()
                .verify_signature(key)
                .is_ok_and(|verified| payloads.contains(&verified.bytes()))
        })
    });
    assert!(verified.count() >= 3);
    let keys = corpus("jwk")
        .iter()
        .filter(|key| jose::Jwk::parse(key).is_ok())
        .count();
    let sets = corpus("jwk")
        .iter()
        .filter(|set| jose::JwkSet::parse(set).is_ok())
        .count();
    assert!(keys >= 3 && sets >= 1, "{keys} keys, {sets} sets");
}
