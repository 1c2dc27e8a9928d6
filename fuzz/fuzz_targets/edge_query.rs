//! libFuzzer target; the body is shared with the smoke test.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| edge::fuzzing::fuzz_edge_query(data));
