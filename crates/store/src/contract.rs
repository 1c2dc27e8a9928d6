//! The contract of every back end: cases that a `tests/` file of each runs one by one. A case gets an empty store on a
//! clock that is moved by hand; after it, [`Bench::audit`] checks the log and the event chain.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: each case is named after what it shows"
)]

pub mod activity;
pub mod acts;
pub mod admin_tokens;
mod bench;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod everywhere;
pub mod host_codes;
pub mod housekeeping;
pub mod keys;
pub mod lockout;
pub mod log;
pub mod logins;
pub mod notices;
pub mod passwords;
pub mod races;
pub mod receipts;
pub mod refresh;
pub mod refresh_races;
mod rows;
pub mod sequence;
pub mod sessions;
pub mod setup;
pub mod single_use;
pub mod told;
pub mod users;

pub use bench::{Bench, Held, Terms};
