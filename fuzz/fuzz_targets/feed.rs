//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

#[path = "../../crates/domain/tests/fuzz_bodies/mod.rs"]
#[allow(dead_code, reason = "each target uses one body")]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::feed::fuzz_feed(data));
