//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

use std::sync::LazyLock;

use jose::KeySet;

#[path = "../../crates/jose/tests/fuzz_bodies/mod.rs"]
#[allow(dead_code, reason = "each target uses one body")]
mod fuzz_bodies;

static KNOWN: LazyLock<(KeySet, [&'static [u8]; 2])> = LazyLock::new(fuzz_bodies::known_keys);

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::fuzz_jws_presented(data, &KNOWN.0, &KNOWN.1));
