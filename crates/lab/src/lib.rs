//! The proof of the revocation plane: a checked model, and the real state machines in a simulated world.
//!
//! [`model`] is the protocol with small numbers, every interleaving of which is looked at. Each mistake that the
//! protocol must not make can be switched on ([`Sabotage`]), and then the checker has to find what it breaks: a proof
//! that finds nothing wrong in a wrong protocol would prove nothing.
//!
//! [`simulation`] runs the state machines that authority and edges run, thousands of times in thousands of worlds.

pub mod model;
mod sabotage;
pub mod simulation;

pub use sabotage::Sabotage;
