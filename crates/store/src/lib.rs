//! The Store port: atomic intents that return outcomes. Rows and transactions belong to the back ends; the rules of each
//! intent are written once, in [`intents`], over a narrow set of row operations.
//!
//! Callers never find, then check, then update: each intent is one transaction that compares the credential's `rs`
//! with the watermarks, changes rows, appends to the revocation log and to the event chain, and commits before it
//! answers. Acknowledged means durable.

mod appended;
#[cfg(feature = "contract")]
pub mod contract;
mod error;
pub mod intent;
pub mod intents;
pub mod memory;
mod port;
mod rows;
pub mod sqlite;

pub use appended::Appended;
pub use error::StoreError;
pub use port::{Room, Store};
pub use rows::Rows;
