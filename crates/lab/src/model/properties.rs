//! What must be true in every state (revocation.md, "Properties").

use stateright::Property;

use super::world::{Login, Place, State};
use super::{LEASE, MARGIN, Protocol, node};

pub(super) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always("P1: after `enforced` nothing covered is accepted", p1),
        Property::always(
            "P2: after `durable` and L + margin nothing covered is accepted",
            p2,
        ),
        Property::always("P3: reported staleness is never below the true one", p3),
        Property::always("P4: who signs in after the revocation is not refused by it", p4),
        Property::always("P5: `enforced` returns within L + margin", p5),
        Property::sometimes("the edge accepts", accepts_before),
        Property::sometimes("the edge refuses a known revocation under a lease", refuses),
        Property::sometimes("`enforced` returns", returns),
    ]
}

/// Whether a credential that the revocation covers is let through now.
fn accepts_covered(state: &State) -> bool {
    let login = match state.login {
        Login::Issued { covered: true, rs } => state.edge.accepts(rs),
        _ => false,
    };
    login || state.edge.accepts(Place::START)
}

fn accepts_before(_: &Protocol, state: &State) -> bool {
    state.store.committed.is_none() && state.edge.accepts(Place::START)
}

fn refuses(_: &Protocol, state: &State) -> bool {
    state.edge.is_leased() && state.edge.knows.0
}

fn returns(_: &Protocol, state: &State) -> bool {
    state.node.enforced
}

fn p1(_: &Protocol, state: &State) -> bool {
    !(state.node.enforced && accepts_covered(state))
}

fn p2(_: &Protocol, state: &State) -> bool {
    let over = state.store.committed.is_some_and(|ago| ago >= LEASE + MARGIN);
    !(over && accepts_covered(state))
}

/// While the map lacks the revocation it is behind by the time since the commit. The edge's clock may run slow by the
/// margin in a lease, and what it says is true to that.
fn p3(_: &Protocol, state: &State) -> bool {
    match (state.store.committed, state.edge.lease) {
        (Some(ago), Some((reported, _))) if state.edge.knows == (false, false) => reported + MARGIN >= ago,
        _ => true,
    }
}

fn p4(_: &Protocol, state: &State) -> bool {
    match state.login {
        Login::Issued { covered: false, rs } => !(state.edge.knows.0 && rs < Place::REVOKED),
        Login::Refused | Login::Before | Login::Begun { .. } | Login::Issued { .. } => true,
    }
}

fn p5(protocol: &Protocol, state: &State) -> bool {
    let late = state.node.frozen.is_some_and(|ago| ago >= LEASE + MARGIN);
    !late || state.node.unsettled > 0 || node::settled(protocol, &state.node)
}
