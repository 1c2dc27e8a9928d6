//! Where edges write down when their maps hold an entry.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::harness::Fault;

/// How long the slowest edge may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was stamped since it was last wiped.
#[derive(Debug, Default)]
pub(super) struct Board {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By edge, how far its map holds the log.
    held: Vec<u64>,
    /// Up to where everybody must hold it.
    wanted: u64,
    /// Edges that do.
    done: usize,
    /// When the last of them did.
    last: Duration,
}

impl Board {
    pub(super) fn new(edges: usize) -> Self {
        let board = Self::default();
        board.state().held = vec![0; edges];
        board
    }

    /// From now on every edge is waited for that does not hold the log beyond where all hold it now, `steps` further.
    pub(super) fn wipe(&self, steps: u64) {
        let mut state = self.state();
        let farthest = state.held.iter().copied().max().unwrap_or_default();
        *state = State {
            wanted: farthest + steps,
            held: std::mem::take(&mut state.held),
            ..State::default()
        };
    }

    /// An edge's map holds the log up to here, since a time.
    pub(super) fn holds(&self, edge: usize, frontier: u64, since: Duration) {
        let mut state = self.state();
        let wanted = state.wanted;
        let Some(held) = state.held.get_mut(edge) else {
            return;
        };
        let is_first = *held < wanted && frontier >= wanted;
        *held = frontier.max(*held);
        if is_first {
            state.done += 1;
            state.last = state.last.max(since);
            if state.done == state.held.len() {
                self.grown.notify_all();
            }
        }
    }

    /// When the last of them held it.
    ///
    /// # Errors
    /// One does not.
    pub(super) fn last(&self) -> Result<Duration, Fault> {
        let missing = |state: &mut State| state.done < state.held.len();
        let (state, waited) = self
            .grown
            .wait_timeout_while(self.state(), PATIENCE, missing)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Fault::new(format!(
                "{} of {} edges hold the entry",
                state.done,
                state.held.len()
            )));
        }
        Ok(state.last)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_all_is_what_counts_and_nobody_counts_twice() {
        let at = Duration::from_micros;
        let board = Board::new(2);
        board.holds(0, 5, at(1));
        board.holds(1, 5, at(2));
        board.wipe(2);
        board.holds(0, 6, at(10));
        board.holds(0, 7, at(20));
        board.holds(0, 8, at(30));
        assert_eq!(board.state().done, 1);
        board.holds(1, 9, at(15));
        assert_eq!(board.last().unwrap(), at(20));
    }
}
