//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authority::fuzzing::fuzz_redirect_uri(data));
