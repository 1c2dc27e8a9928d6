//! The state of a run. Every time in it is relative to now, and no larger than matters, so the states are few although
//! a run may be of any length.

use std::collections::BTreeSet;

use super::{LEASE, MARGIN, Ticks};

/// A position in the log: epoch, then number. The revocation is (0, 1). A restored store begins with (1, 1), which
/// revokes everything issued before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Place {
    /// Grows when the store may have gone back.
    pub epoch: u8,
    /// Number within the epoch.
    pub number: u8,
}

impl Place {
    /// The log as it begins.
    pub const START: Self = Self { epoch: 0, number: 0 };
    /// The revocation that the run is about.
    pub const REVOKED: Self = Self { epoch: 0, number: 1 };
    /// Everything, after a restore.
    pub const ALL: Self = Self { epoch: 1, number: 1 };
}

/// Everything there is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct State {
    /// The store.
    pub store: Store,
    /// The authority's process.
    pub node: Node,
    /// The edge's process.
    pub edge: Edge,
    /// Somebody who signs in.
    pub login: Login,
    /// What was sent and has not arrived; it need not.
    pub wire: BTreeSet<Message>,
    /// Restarts and restores that have happened.
    pub spent: Spent,
}

/// The truth.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Store {
    /// Committed head.
    pub head: Place,
    /// Time since the revocation was committed.
    pub committed: Option<Ticks>,
}

/// The authority. Its clock is the true one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Node {
    /// For so long leases of earlier processes may run.
    pub unsettled: Ticks,
    /// Per start of the edge with a lease that may run: for how long, and what the edge has confirmed.
    pub book: [Option<(Ticks, Place)>; 2],
    /// Time since the waiters of the revocation were frozen.
    pub frozen: Option<Ticks>,
    /// Whom `enforced` waits for: what is left of the lease, per start of the edge.
    pub waiting: [Option<Ticks>; 2],
    /// `enforced` has returned, to whoever asked.
    pub enforced: bool,
    /// A question, the head read for it, and how long ago.
    pub reading: Option<(Message, Place, Ticks)>,
    /// What a relay read last, and how long ago.
    pub relayed: Option<(Place, Ticks)>,
}

/// The edge. Its times are by its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Edge {
    /// Which start.
    pub start: u8,
    /// Ticks since its clock lost one.
    pub since_loss: Ticks,
    /// How far the log is applied.
    pub at: Option<Place>,
    /// Whether its map holds the revocation, and the mark for everything.
    pub knows: (bool, bool),
    /// While a lease runs: time since its map was complete, and what is left of the lease.
    pub lease: Option<(Ticks, Ticks)>,
    /// A grant whose frontier is not applied.
    pub pending: Option<Message>,
}

/// A login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Login {
    /// Not begun.
    #[default]
    Before,
    /// The evidence is being looked at.
    Begun {
        /// Before the revocation was committed?
        covered: bool,
        /// The position read for it.
        rs: Option<Place>,
    },
    /// A credential exists.
    Issued {
        /// As above.
        covered: bool,
        /// Its `rs`.
        rs: Place,
    },
    /// The store refused it.
    Refused,
}

/// What goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    /// The edge asks for a lease.
    Question {
        /// Which start asks.
        start: u8,
        /// How long ago it asked, by the edge's clock.
        asked: Ticks,
        /// What it has applied.
        frontier: Place,
    },
    /// A lease.
    Grant {
        /// For which start.
        start: u8,
        /// How long ago the edge asked, by its clock.
        asked: Ticks,
        /// The head that was read.
        frontier: Place,
        /// How long before the answer it was read.
        age: Ticks,
    },
    /// Every mark at a position.
    Snapshot {
        /// For which start.
        start: u8,
        /// The position.
        head: Place,
    },
    /// The edge has applied the log so far.
    Word {
        /// Which start.
        start: u8,
        /// What it has applied.
        frontier: Place,
    },
}

/// Bounds on what happens in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Spent {
    /// Starts of the edge after the first.
    pub edge_restarts: u8,
    /// Starts of the authority after the first.
    pub node_restarts: u8,
    /// Restores.
    pub restores: u8,
}

const fn older(ticks: Ticks) -> Ticks {
    if ticks > LEASE + MARGIN { ticks } else { ticks + 1 }
}

fn grow(ticks: &mut Option<Ticks>) {
    *ticks = ticks.map(older);
}

impl State {
    /// True time goes on, and the edge's clock with it unless it loses this tick.
    pub(super) fn tick(&mut self, lost: bool, longest: Ticks) {
        grow(&mut self.store.committed);
        self.node.tick();
        if lost {
            self.edge.since_loss = 0;
            return;
        }
        self.edge.since_loss = (self.edge.since_loss + 1).min(LEASE);
        self.edge.lease = self
            .edge
            .lease
            .and_then(|(fresh, left)| (left > 1).then_some((older(fresh), left - 1)));
        self.edge.pending = self.edge.pending.and_then(|message| message.aged(longest));
        self.wire = self
            .wire
            .iter()
            .filter_map(|message| message.aged(longest))
            .collect();
        self.node.reading = self
            .node
            .reading
            .and_then(|(question, head, age)| Some((question.aged(longest)?, head, age)));
    }
}

impl Node {
    fn tick(&mut self) {
        self.unsettled = self.unsettled.saturating_sub(1);
        for row in &mut self.book {
            *row = row.and_then(|(left, confirmed)| (left > 1).then_some((left - 1, confirmed)));
        }
        for left in self.waiting.iter_mut().flatten() {
            *left = left.saturating_sub(1);
        }
        grow(&mut self.frozen);
        self.reading = self
            .reading
            .and_then(|(question, head, age)| (age + 1 < LEASE).then_some((question, head, age + 1)));
        self.relayed = self
            .relayed
            .and_then(|(head, age)| (age < LEASE).then_some((head, age + 1)));
    }
}

impl Message {
    /// A tick later by the edge's clock; nothing once the grant is, or would be, worth nothing. `longest` is how old a
    /// grant may be that is worth something.
    fn aged(self, longest: Ticks) -> Option<Self> {
        match self {
            Self::Question {
                start,
                asked,
                frontier,
            } => (asked + 1 < LEASE).then_some(Self::Question {
                start,
                asked: asked + 1,
                frontier,
            }),
            Self::Grant {
                start,
                asked,
                frontier,
                age,
            } => (asked + 1 + age < longest).then_some(Self::Grant {
                start,
                asked: asked + 1,
                frontier,
                age,
            }),
            Self::Snapshot { .. } | Self::Word { .. } => Some(self),
        }
    }
}
