//! What is going to happen, in order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use domain::Seq;
use domain::feed::{FeedHead, Grant, Renewal, Snapshot};
use domain::id::{Id, Incarnation};
use domain::revocation::{LogEntry, Position};

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// It is time for an edge to ask for a lease.
    Renew(usize, Id<Incarnation>),
    /// Something arrives at an edge.
    AtEdge(usize, Id<Incarnation>, ToEdge),
    /// Something arrives at a node: the one that the edge belongs to.
    AtNode(usize, ToNode),
    /// A node that has read the head answers.
    Answer(usize, Renewal, FeedHead, u64),
    /// Entries that were acknowledged already are applied: with that rule broken.
    ApplyLate(usize, Id<Incarnation>, Vec<LogEntry>),
    /// Somebody signs in, revokes, checks, breaks something.
    People,
    /// Somebody revokes.
    Revoke,
    /// A login's last step.
    FinishLogin(Box<Login>),
    /// Whoever waits for a revocation looks how it stands.
    Look(usize),
    /// An edge goes on.
    Resume(usize),
    /// An edge's network is whole again.
    Heal(usize),
}

/// A login under way.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) began: super::history::Moment,
    pub(super) position: Position,
}

/// What an edge hears.
#[derive(Debug, Clone)]
pub(super) enum ToEdge {
    Granted(Grant),
    Entries(Vec<LogEntry>),
    Joined(Box<Snapshot>),
    Resynchronise,
}

/// What a node hears.
#[derive(Debug, Clone)]
pub(super) enum ToNode {
    Renew(Renewal),
    Applied(Id<Incarnation>, Seq),
    Join(Id<Incarnation>),
}

#[derive(Debug)]
struct Planned {
    at_ms: u64,
    number: u64,
    /// Boxed: a heap moves its elements about.
    event: Box<Event>,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    /// The earliest is the greatest, for the heap.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_ms, other.number).cmp(&(self.at_ms, self.number))
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Events {
    heap: BinaryHeap<Planned>,
    number: u64,
}

impl Events {
    pub(super) fn plan(&mut self, at_ms: u64, event: Event) {
        self.number += 1;
        self.heap.push(Planned {
            at_ms,
            number: self.number,
            event: Box::new(event),
        });
    }

    pub(super) fn next(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|planned| (planned.at_ms, *planned.event))
    }
}
