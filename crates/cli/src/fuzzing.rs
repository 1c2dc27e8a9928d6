//! The bodies of this crate's fuzz targets, as plain functions: `fuzz/` runs them under libFuzzer, the tests here for a
//! moment. They stand in the sources because what they ask is private. Each panics when a property does not hold.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a fuzz target fails by panicking; no server is built with it"
)]

mod configuration;
mod input;

pub use configuration::fuzz_config;
pub use input::fuzz_cli_input;

#[cfg(test)]
#[path = "../../../fuzz/smoke.rs"]
mod smoke;
#[cfg(test)]
mod tests;
