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

mod bodies;
mod forms;
mod redirects;

pub use bodies::fuzz_json_bodies;
pub use forms::fuzz_oauth_form;
pub use redirects::fuzz_redirect_uri;

#[cfg(test)]
#[path = "../../../fuzz/smoke.rs"]
mod smoke;
#[cfg(test)]
mod tests;
