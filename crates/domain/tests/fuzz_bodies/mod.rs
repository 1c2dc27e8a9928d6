//! The bodies of the fuzz targets, as plain functions: `fuzz/` runs them under libFuzzer, `fuzz_smoke.rs` for a
//! moment in every test run. Each panics when a property of its parser does not hold.

pub(crate) mod claims;
pub(crate) mod feed;
pub(crate) mod known;
pub(crate) mod secrets;
pub(crate) mod values;
