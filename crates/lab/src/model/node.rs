//! What the authority, its store and a relay do.

use super::world::{Message, Node, Place, State};
use super::{LEASE, MARGIN, Protocol};
use crate::Sabotage;

/// The revocation is committed.
pub(super) fn commit(state: &mut State) {
    state.store.head = Place::REVOKED;
    state.store.committed = Some(0);
}

/// Whoever revoked, or asks again for the same revocation, freezes whom to wait for.
pub(super) fn freeze(state: &mut State) {
    state.node.frozen = Some(0);
    state.node.waiting = state
        .node
        .book
        .map(|row| row.map(|(left, _)| left).filter(|left| *left > 0));
}

/// Whether each waiter has applied the entry or is out.
pub(super) fn settled(protocol: &Protocol, node: &Node) -> bool {
    let Some(frozen) = node.frozen else {
        return false;
    };
    let over = |(waiter, row): (&Option<u8>, &Option<(u8, Place)>)| {
        waiter.is_none_or(|left| left == 0 || row.is_some_and(|(_, frontier)| frontier >= Place::REVOKED))
    };
    // The grants of a relay are in its own book: without its word, the longest lease is waited out.
    let relays_out = !protocol.scenario.relay || frozen >= LEASE + protocol.margin();
    node.unsettled == 0 && node.waiting.iter().zip(&node.book).all(over) && relays_out
}

/// The authority reads the head for a question.
pub(super) fn read(state: &mut State, question: Message) {
    state.node.reading = Some((question, state.store.head, 0));
}

/// It answers, by what it has read.
pub(super) fn answer(protocol: &Protocol, state: &mut State) {
    let Some((
        Message::Question {
            start,
            asked,
            frontier,
        },
        head,
        age,
    )) = state.node.reading.take()
    else {
        return;
    };
    let unseen = state.node.frozen.is_some() && head < Place::REVOKED;
    if age >= LEASE || unseen || frontier.epoch != head.epoch {
        return;
    }
    let left = LEASE + protocol.margin();
    let Some(row) = state.node.book.get_mut(usize::from(start)) else {
        return;
    };
    let (before, confirmed) = row.unwrap_or((0, frontier));
    *row = Some((left.max(before), confirmed.max(frontier)));
    state.wire.insert(Message::Grant {
        start,
        asked,
        frontier: head,
        age,
    });
}

/// The edge's word arrives.
pub(super) fn hear_word(state: &mut State, start: u8, frontier: Place) {
    if let Some(Some((_, confirmed))) = state.node.book.get_mut(usize::from(start)) {
        *confirmed = frontier.max(*confirmed);
    }
}

/// A new process: it knows the largest lease ever granted, and nothing of who holds one.
pub(super) fn restart(protocol: &Protocol, state: &mut State) {
    let forget = protocol.is(Sabotage::ForgetLeases);
    state.node = Node {
        unsettled: if forget { 0 } else { LEASE + MARGIN },
        // A promise that was made stays made.
        enforced: state.node.enforced,
        ..Node::default()
    };
    state.spent.node_restarts += 1;
}

/// The store is put back to before the revocation.
pub(super) fn restore(protocol: &Protocol, state: &mut State) {
    let same_epoch = protocol.is(Sabotage::NoNewEpoch);
    state.store.head = if same_epoch { Place::START } else { Place::ALL };
    state.node.reading = None;
    state.spent.restores += 1;
}

/// A relay reads the head, for questions to come.
pub(super) fn relay_reads(state: &mut State) {
    state.node.relayed = Some((state.store.head, 0));
}

/// A relay answers a question by what it read last.
pub(super) fn relay_answers(protocol: &Protocol, state: &mut State, question: Message) {
    let (
        Some((head, true_age)),
        Message::Question {
            start,
            asked,
            frontier,
        },
    ) = (state.node.relayed, question)
    else {
        return;
    };
    let lies = protocol.is(Sabotage::RelayOldFrontier);
    let age = if lies { 0 } else { true_age };
    if age < LEASE && frontier.epoch == head.epoch {
        state.wire.insert(Message::Grant {
            start,
            asked,
            frontier: head,
            age,
        });
    }
}
