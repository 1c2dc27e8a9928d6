//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

use std::sync::LazyLock;

#[path = "../../crates/domain/tests/fuzz_bodies/mod.rs"]
#[allow(dead_code, reason = "each target uses one body")]
mod fuzz_bodies;

static KNOWN: LazyLock<fuzz_bodies::known::Known> = LazyLock::new(fuzz_bodies::known::Known::new);

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::secrets::fuzz_secrets(data, &KNOWN));
