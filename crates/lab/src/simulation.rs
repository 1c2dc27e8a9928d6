//! The real state machines (`domain::feed`, `domain::revocation`) in a simulated world: several edges, an authority and a
//! relay, many revocations of every class; messages that are lost, late, doubled and out of order; processes that pause,
//! restart and are cut off; a store that goes back to a backup; clocks that run apart.
//!
//! Everything follows from the seed. What happened is written down ([`history`]), and a checker that knows nothing of the
//! machines reads only that ([`checker`]).

pub mod checker;
mod edge;
mod events;
pub mod history;
mod node;
mod people;
mod random;
mod store;
mod world;

use domain::Span;

pub use checker::Violation;

use crate::Sabotage;

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// The broken rule, if any.
    pub sabotage: Option<Sabotage>,
    /// How long the run is, in its own time.
    pub length: Span,
}

impl Plan {
    /// A run of the protocol as it is.
    #[must_use]
    pub const fn sound(seed: u64) -> Self {
        Self {
            seed,
            sabotage: None,
            length: Span::from_secs(30),
        }
    }

    /// A run with a broken rule.
    #[must_use]
    pub const fn broken(seed: u64, sabotage: Sabotage) -> Self {
        Self {
            sabotage: Some(sabotage),
            ..Self::sound(seed)
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What must not be, in order.
    pub violations: Vec<Violation>,
    /// What happened.
    pub history: history::History,
}

/// Runs a plan to its end.
#[must_use]
pub fn run(plan: &Plan) -> Outcome {
    let mut world = world::World::new(*plan);
    world.run();
    let history = world.into_history();
    Outcome {
        violations: checker::check(&history),
        history,
    }
}
