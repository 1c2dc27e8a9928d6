//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cli::fuzzing::fuzz_config(data));
