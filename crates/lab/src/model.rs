//! One edge, one authority, one revocation, and every order in which things can happen to them.
//!
//! Time is a small number of ticks. What is sent may arrive late, in any order, or never, since nothing forces its arrival. The edge's clock may lose one tick a lease. A scenario says what else
//! may happen: a restart of either side, a relay in between, a store that goes back to a backup, a login.

mod edge;
mod node;
mod properties;
mod step;
mod world;

pub use step::Action;
pub use world::{Place, State};

use stateright::{Model, Property};

use crate::Sabotage;

/// A length of time.
pub type Ticks = u8;

/// Length of a lease.
pub const LEASE: Ticks = 2;
/// What a correct edge's clock may lose in a lease.
pub const MARGIN: Ticks = 1;

/// What may happen in a run, besides loss, delay, duplication, reordering and the revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// Questions and grants that are under way at once.
    pub under_way: usize,
    /// The edge's process may be replaced by a new one.
    pub edge_restarts: bool,
    /// The authority's process may be replaced by a new one: a crash, or a change of leader.
    pub node_restarts: bool,
    /// Grants come through a relay that reads the head when it likes.
    pub relay: bool,
    /// The store may be put back to where it was before the revocation.
    pub restore: bool,
    /// Somebody signs in.
    pub login: bool,
}

impl Scenario {
    /// Loss, delay and reordering alone.
    pub const PLAIN: Self = Self {
        under_way: 2,
        edge_restarts: false,
        node_restarts: false,
        relay: false,
        restore: false,
        login: false,
    };
    /// With a new process of the edge. One question at a time, as in the other scenarios that are large enough.
    pub const EDGE_RESTARTS: Self = Self {
        under_way: 1,
        edge_restarts: true,
        ..Self::PLAIN
    };
    /// With a new process of the authority.
    pub const NODE_RESTARTS: Self = Self {
        node_restarts: true,
        ..Self::PLAIN
    };
    /// With a relay.
    pub const RELAY: Self = Self {
        relay: true,
        ..Self::PLAIN
    };
    /// With a store that goes back, and a new process of the edge that sees only the restored one.
    pub const RESTORE: Self = Self {
        restore: true,
        ..Self::EDGE_RESTARTS
    };
    /// With a login.
    pub const LOGIN: Self = Self {
        under_way: 1,
        login: true,
        ..Self::PLAIN
    };
}

/// The protocol in a scenario, perhaps with a rule broken.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    /// What may happen.
    pub scenario: Scenario,
    /// The broken rule.
    pub sabotage: Option<Sabotage>,
}

impl Protocol {
    /// The protocol as it should be.
    #[must_use]
    pub const fn sound(scenario: Scenario) -> Self {
        Self {
            scenario,
            sabotage: None,
        }
    }

    /// The protocol with a broken rule.
    #[must_use]
    pub const fn broken(scenario: Scenario, sabotage: Sabotage) -> Self {
        Self {
            scenario,
            sabotage: Some(sabotage),
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// How old a grant may be, by the edge's clock, that still makes a lease; with that rule broken any.
    fn longest_grant(&self) -> Ticks {
        if self.is(Sabotage::LeaseFromReceipt) {
            2 * LEASE + 1
        } else {
            LEASE
        }
    }

    /// What the authority adds to a lease before it takes it for over.
    fn margin(&self) -> Ticks {
        if self.is(Sabotage::NoMargin) { 0 } else { MARGIN }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        step::possible(self, state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        step::take(self, &mut next, action);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
