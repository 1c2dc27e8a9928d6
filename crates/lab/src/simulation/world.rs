//! The world: who is in it, its time, its network.

use domain::feed::{EdgeName, LeaseTerms};
use domain::{BootTime, Span};

use super::Plan;
use super::edge::Edge;
use super::events::{Event, Events, ToEdge, ToNode};
use super::history::{History, Moment};
use super::node::Node;
use super::random::Random;
use super::store::Store;

/// Edges in the world. The last one gets its leases through the relay.
pub(super) const EDGES: usize = 3;
/// The node that revokes, and the relay.
pub(super) const PRIMARY: usize = 0;
pub(super) const RELAY: usize = 1;

/// An edge's name, as it tells it and as its node keeps it.
pub(super) fn name_of(edge: usize) -> EdgeName {
    let name = format!("edge-{edge}").parse();
    name.unwrap_or_else(|_| unreachable!("a valid name"))
}

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) terms: LeaseTerms,
    pub(super) random: Random,
    pub(super) events: Events,
    pub(super) now_ms: u64,
    pub(super) order: u64,
    pub(super) store: Store,
    pub(super) nodes: [Node; 2],
    pub(super) edges: Vec<Edge>,
    pub(super) history: History,
    pub(super) key_number: u64,
}

impl World {
    pub(super) fn new(plan: Plan) -> Self {
        let random = Random::new(plan.seed);
        let terms = LeaseTerms {
            lease: Span::from_ms(random.between(1, 8) * 1000),
        };
        let edges = (0..EDGES).map(|index| Edge::new(index, &random)).collect();
        let node = || Node::new(terms, Span::from_ms(0), BootTime::from_ms(0));
        let mut world = Self {
            terms,
            events: Events::default(),
            now_ms: 1_000_000,
            order: 0,
            store: Store::new(),
            nodes: [node(), node()],
            edges,
            history: History {
                lease_ms: terms.lease.as_ms(),
                margin_ms: terms.margin().as_ms(),
                ..History::default()
            },
            key_number: 0,
            plan,
            random,
        };
        for edge in 0..EDGES {
            world.start_edge(edge);
        }
        world.events.plan(world.now_ms + 10, Event::People);
        world
    }

    pub(super) fn run(&mut self) {
        let end = self.now_ms + self.plan.length.as_ms();
        while let Some((at_ms, event)) = self.events.next() {
            if at_ms > end {
                break;
            }
            self.now_ms = at_ms;
            self.order += 1;
            self.happen(event);
        }
    }

    pub(super) fn into_history(self) -> History {
        self.history
    }

    pub(super) const fn moment(&self) -> Moment {
        Moment {
            ms: self.now_ms,
            order: self.order,
        }
    }

    /// A node's clock: the true one, with an origin of its own.
    pub(super) const fn node_clock(&self) -> BootTime {
        BootTime::from_ms(self.now_ms)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Renew(edge, start) => self.renew(edge, start),
            Event::AtEdge(edge, start, message) => self.edge_hears(edge, start, message),
            Event::AtNode(edge, message) => self.node_hears(edge, message),
            Event::Answer(edge, renewal, head, read_at) => self.node_answers(edge, &renewal, head, read_at),
            Event::ApplyLate(edge, start, entries) => self.apply(edge, start, &entries),
            Event::People => self.people(),
            Event::Revoke => self.revoke(),
            Event::FinishLogin(login) => self.finish_login(*login),
            Event::Look(revocation) => self.look(revocation),
            Event::Resume(edge) => self.resume(edge),
            Event::Heal(edge) => {
                if let Some(edge) = self.edges.get_mut(edge) {
                    edge.cut = false;
                }
            }
        }
    }

    pub(super) fn tell_edge(&mut self, edge: usize, message: &ToEdge) {
        let Some(start) = self.edges.get(edge).map(|edge| edge.start) else {
            return;
        };
        for at_ms in self.arrivals(edge) {
            self.events
                .plan(at_ms, Event::AtEdge(edge, start, message.clone()));
        }
    }

    pub(super) fn tell_node(&mut self, edge: usize, message: &ToNode) {
        for at_ms in self.arrivals(edge) {
            self.events.plan(at_ms, Event::AtNode(edge, message.clone()));
        }
    }

    /// When a message between an edge and its node arrives: never, once or twice, soon or late.
    fn arrivals(&self, edge: usize) -> Vec<u64> {
        let cut = self.edges.get(edge).is_none_or(|edge| edge.cut);
        let random = &self.random;
        let lost = if cut {
            !random.percent(10)
        } else {
            random.percent(3)
        };
        let times = if lost { 0 } else { 1 + u64::from(random.percent(5)) };
        let delay = || match random.below(100) {
            0..=59 => random.below(3),
            60..=94 => random.below(40),
            _ => random.below(6000),
        };
        (0..times).map(|_| self.now_ms + delay()).collect()
    }
}
