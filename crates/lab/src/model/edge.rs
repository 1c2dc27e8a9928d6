//! What the edge does.

use super::world::{Edge, Message, Place, State};
use super::{LEASE, Protocol, Ticks};
use crate::Sabotage;

impl Edge {
    /// Whether a credential with this `rs` is let through now.
    pub(super) fn accepts(&self, rs: Place) -> bool {
        let revoked = (self.knows.0 && rs < Place::REVOKED) || (self.knows.1 && rs < Place::ALL);
        let caught_up = self.at.is_some_and(|at| rs <= at);
        !revoked && self.is_leased() && caught_up
    }

    /// Whether a lease runs.
    pub(super) fn is_leased(&self) -> bool {
        self.lease.is_some()
    }

    fn learn(&mut self, at: Place) {
        self.knows.0 |= at == Place::REVOKED;
        self.knows.1 |= at.epoch == 1;
        self.at = Some(at);
        if let Some(Message::Grant {
            asked, frontier, age, ..
        }) = self.pending
            && frontier.epoch == at.epoch
            && frontier <= at
        {
            self.pending = None;
            self.count(asked, age);
        }
    }

    /// Counted from when it asked, less the relay's age.
    fn count(&mut self, asked: Ticks, age: Ticks) {
        let fresh = asked + age;
        let fresh = self.lease.map_or(fresh, |(before, _)| before.min(fresh));
        let left = LEASE.saturating_sub(asked + age);
        self.lease = (left > 0).then_some((fresh, left));
    }
}

/// The edge asks for a lease.
pub(super) fn ask(state: &mut State) {
    state.wire.insert(Message::Question {
        start: state.edge.start,
        asked: 0,
        frontier: state.edge.at.unwrap_or_default(),
    });
}

/// A grant arrives.
pub(super) fn hear_grant(protocol: &Protocol, state: &mut State, grant: Message) {
    let Message::Grant {
        start,
        asked,
        frontier,
        age,
    } = grant
    else {
        return;
    };
    let from_receipt = protocol.is(Sabotage::LeaseFromReceipt);
    let asked = if from_receipt { 0 } else { asked };
    let edge = &mut state.edge;
    match edge.at {
        Some(at) if at.epoch == frontier.epoch && at >= frontier => edge.count(asked, age),
        Some(_) if protocol.is(Sabotage::GrantOverGap) => edge.count(asked, age),
        None if protocol.is(Sabotage::ServeBeforeSnapshot) => {
            edge.at = Some(frontier);
            edge.count(asked, age);
        }
        Some(_) => {
            edge.pending = Some(Message::Grant {
                start,
                asked,
                frontier,
                age,
            });
        }
        None => {}
    }
}

/// A snapshot arrives. An older one takes nothing back: marks are merged.
pub(super) fn hear_snapshot(state: &mut State, head: Place) {
    state.edge.pending = None;
    state.edge.learn(head);
    if head >= Place::REVOKED {
        say(state, head);
    }
}

/// The next entry arrives: there is one, and it follows the start of the log.
pub(super) fn hear_entry(state: &mut State) {
    state.edge.learn(Place::REVOKED);
    say(state, Place::REVOKED);
}

/// The edge says what it has applied; with that rule broken, what it will apply.
pub(super) fn say(state: &mut State, frontier: Place) {
    state.wire.insert(Message::Word {
        start: state.edge.start,
        frontier,
    });
}

/// A new process: it holds nothing, and what was on its way to the old one is lost.
pub(super) fn restart(state: &mut State) {
    state
        .wire
        .retain(|message| matches!(message, Message::Question { .. } | Message::Word { .. }));
    state.edge = Edge {
        start: state.edge.start + 1,
        since_loss: state.edge.since_loss,
        ..Edge::default()
    };
    state.spent.edge_restarts += 1;
}
