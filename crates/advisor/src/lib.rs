//! From the description of a deployment to a mechanism per client: sessions, tokens, or both, with the reasons,
//! the price in figures, and the configuration that carries it out.
//!
//! Pure: a [`topology::Topology`] goes in, values and texts come out. No I/O, no clock.

pub mod ask;
pub mod case;
pub mod decide;
pub mod emit;
pub mod figures;
pub mod gallery;
pub mod mechanism;
mod plan;
pub mod report;
pub mod rules;
pub mod sensitivity;
pub mod simulation;
pub mod topology;
mod words;

pub use decide::{Decision, decide};
pub use figures::Constants;
pub use topology::{RawTopology, SETTINGS, Topology};
