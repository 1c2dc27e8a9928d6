//! The reference back end: everything in memory, one lock, one intent at a time. What it does is what every other
//! back end must do; it is also what tests of other rooms run on. Nothing of it outlives the process.

mod rows;
mod state;
mod store;
mod sweep;
mod table;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Clock, Entropy, Timestamp};

use crate::appended::Hand;
use crate::error::StoreError;
use state::State;

/// A store that forgets everything when it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    hand: Hand,
}

impl MemoryStore {
    /// An empty store in its first epoch, with a genesis digest and an event key of its own.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Arc<Self> {
        let state = State::new(entropy.as_ref());
        Arc::new(Self {
            clock,
            state: Mutex::new(state),
            hand: Hand::default(),
        })
    }

    /// One transaction: kept as a whole, or undone as a whole.
    fn transact<T>(
        &self,
        intent: impl FnOnce(&mut State, Timestamp) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A panic inside an intent leaves changes that were never kept: undo them before anything else.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.undo();
        let outcome = intent(&mut state, self.clock.now());
        match &outcome {
            Ok(_) => match state.keep() {
                [] => {}
                fresh => self.hand.over(fresh.to_vec()),
            },
            Err(_) => state.undo(),
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
