//! What can happen next, and what it does.

use super::world::{Login, Message, Place, State};
use super::{LEASE, Protocol, edge, node};
use crate::Sabotage;

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A tick passes; the edge's clock may lose it.
    Tick {
        /// Whether it does.
        lost: bool,
    },
    /// The store commits the revocation.
    Commit,
    /// The authority freezes whom to wait for.
    Freeze,
    /// `enforced` returns.
    ReturnEnforced,
    /// The edge asks for a lease.
    Ask,
    /// The authority reads the head for a question.
    Read(Message),
    /// It answers.
    Answer,
    /// A relay reads the head.
    RelayRead,
    /// It answers a question.
    RelayAnswer(Message),
    /// The store sends a snapshot.
    SendSnapshot,
    /// The edge receives the entry, if it follows.
    Entry,
    /// The edge says what it has only received: with that rule broken.
    SayEarly,
    /// Something sent arrives.
    Arrive(Message),
    /// A new process of the edge.
    RestartEdge,
    /// A new process of the authority.
    RestartNode,
    /// The store goes back.
    Restore,
    /// A login begins.
    BeginLogin,
    /// It ends.
    FinishLogin,
}

/// What can happen.
pub(super) fn possible(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    // Whom to wait for is frozen in the tick of the commit; a process that dies in between leaves it to the next.
    if !may_freeze(state) {
        actions.push(Action::Tick { lost: false });
        if protocol.is(Sabotage::ClockStops) || state.edge.since_loss >= LEASE {
            actions.push(Action::Tick { lost: true });
        }
    }
    store_and_node(protocol, state, actions);
    edge_and_wire(protocol, state, actions);
    let scenario = protocol.scenario;
    if scenario.edge_restarts && state.spent.edge_restarts == 0 {
        actions.push(Action::RestartEdge);
    }
    if scenario.node_restarts && state.spent.node_restarts == 0 {
        actions.push(Action::RestartNode);
    }
    if scenario.restore && state.spent.restores == 0 && state.store.committed.is_some() {
        actions.push(Action::Restore);
    }
    match state.login {
        Login::Before if scenario.login => actions.push(Action::BeginLogin),
        Login::Begun { .. } => actions.push(Action::FinishLogin),
        _ => {}
    }
}

fn may_freeze(state: &State) -> bool {
    state.store.committed.is_some() && state.node.frozen.is_none() && state.spent.restores == 0
}

fn store_and_node(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    if state.store.committed.is_none() {
        actions.push(Action::Commit);
    }
    if may_freeze(state) {
        actions.push(Action::Freeze);
    }
    if !state.node.enforced && node::settled(protocol, &state.node) {
        actions.push(Action::ReturnEnforced);
    }
    if state.node.reading.is_some() {
        actions.push(Action::Answer);
    }
    if protocol.scenario.relay {
        actions.push(Action::RelayRead);
    }
    let questions = state
        .wire
        .iter()
        .filter(|m| matches!(m, Message::Question { .. }));
    for question in questions {
        if protocol.scenario.relay {
            actions.push(Action::RelayAnswer(*question));
        } else if state.node.reading.is_none() {
            actions.push(Action::Read(*question));
        }
    }
}

fn edge_and_wire(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    let edge = &state.edge;
    let (mut under_way, mut snapshots) = (0, 0);
    for message in &state.wire {
        let arrives = match message {
            Message::Grant { start, .. } => {
                under_way += 1;
                *start == edge.start
            }
            Message::Snapshot { start, .. } => {
                snapshots += 1;
                *start == edge.start
            }
            Message::Word { .. } => true,
            Message::Question { .. } => {
                under_way += 1;
                false
            }
        };
        if arrives {
            actions.push(Action::Arrive(*message));
        }
    }
    let may_ask = edge.at.is_some() || protocol.is(Sabotage::ServeBeforeSnapshot);
    if may_ask && under_way < protocol.scenario.under_way {
        actions.push(Action::Ask);
    }
    if snapshots == 0 && edge.at != Some(state.store.head) {
        actions.push(Action::SendSnapshot);
    }
    if edge.at == Some(Place::START) && state.store.head == Place::REVOKED {
        actions.push(Action::Entry);
        if protocol.is(Sabotage::AcknowledgeBeforeApply) {
            actions.push(Action::SayEarly);
        }
    }
}

/// Does it.
pub(super) fn take(protocol: &Protocol, state: &mut State, action: Action) {
    if let Action::Arrive(message) | Action::Read(message) | Action::RelayAnswer(message) = &action {
        state.wire.remove(message);
    }
    match action {
        Action::Tick { lost } => state.tick(lost, protocol.longest_grant()),
        Action::Commit => node::commit(state),
        Action::Freeze => node::freeze(state),
        Action::ReturnEnforced => state.node.enforced = true,
        Action::Ask => edge::ask(state),
        Action::Read(question) => node::read(state, question),
        Action::Answer => node::answer(protocol, state),
        Action::RelayRead => node::relay_reads(state),
        Action::RelayAnswer(question) => node::relay_answers(protocol, state, question),
        Action::SendSnapshot => {
            let (start, head) = (state.edge.start, state.store.head);
            state.wire.insert(Message::Snapshot { start, head });
        }
        Action::Entry => edge::hear_entry(state),
        Action::SayEarly => edge::say(state, Place::REVOKED),
        Action::Arrive(Message::Snapshot { head, .. }) => edge::hear_snapshot(state, head),
        Action::Arrive(Message::Word { start, frontier }) => node::hear_word(state, start, frontier),
        Action::Arrive(message) => edge::hear_grant(protocol, state, message),
        Action::RestartEdge => edge::restart(state),
        Action::RestartNode => node::restart(protocol, state),
        Action::Restore => node::restore(protocol, state),
        Action::BeginLogin => {
            let late = protocol.is(Sabotage::LateRs);
            state.login = Login::Begun {
                covered: state.store.committed.is_none(),
                rs: (!late).then_some(state.store.head),
            };
        }
        Action::FinishLogin => finish_login(state),
    }
}

/// The store's intent compares the position with its watermarks.
fn finish_login(state: &mut State) {
    let Login::Begun { covered, rs } = state.login else {
        return;
    };
    let head = state.store.head;
    let rs = rs.unwrap_or(head);
    let revoked = (head == Place::REVOKED || head == Place::ALL) && rs < head;
    state.login = if revoked {
        Login::Refused
    } else {
        Login::Issued { covered, rs }
    };
}
