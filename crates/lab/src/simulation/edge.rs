//! An edge: the real follower, map, lease and decision, with a clock of its own.

use std::sync::Arc;

use domain::feed::{
    Decision, Follower, Grant, GrantOutcome, LeaseCell, Moment, Snapshot, StalenessPolicy, decide,
};
use domain::id::{Id, Incarnation};
use domain::revocation::{LogEntry, RevocationMap};
use domain::{BootTime, Timestamp};

use super::events::{Event, ToEdge, ToNode};
use super::history::{Check, CheckResult};
use super::random::Random;
use super::world::{World, name_of};
use crate::Sabotage;

/// An edge's process and its machine.
#[derive(Debug)]
pub(super) struct Edge {
    index: usize,
    pub(super) start: Id<Incarnation>,
    follower: Follower,
    map: Arc<RevocationMap>,
    lease: Arc<LeaseCell>,
    clock: EdgeClock,
    pub(super) cut: bool,
    /// Until when the process does nothing.
    pub(super) paused_until: Option<u64>,
}

/// A clock that runs a little fast or slow.
#[derive(Debug, Clone, Copy)]
struct EdgeClock {
    origin: u64,
    /// Parts in a million, less a thousand: 0 is as slow as a clock may be.
    rate: u64,
    /// Milliseconds it stood still: with that rule broken.
    stood: u64,
}

impl EdgeClock {
    fn read(&self, now_ms: u64) -> BootTime {
        let passed = (now_ms - self.stood) * (999_050 + self.rate) / 1_000_000;
        BootTime::from_ms(self.origin + passed)
    }

    /// Its wall clock never jumps against it: a sleep that boot time does not count is to be found by other means.
    fn moment(&self, now_ms: u64) -> Moment {
        let boot = self.read(now_ms);
        let wall = Timestamp::from_ms(boot.as_ms());
        Moment { boot, wall }
    }
}

impl Edge {
    pub(super) fn new(index: usize, random: &Random) -> Self {
        let (map, lease) = (Arc::new(RevocationMap::default()), Arc::new(LeaseCell::default()));
        let start = Id::from_bytes(random.bytes());
        let rate = match random.below(3) {
            0 => 0,
            1 => 1900,
            _ => random.below(1900),
        };
        Self {
            index,
            start,
            follower: follower(index, start, &map, &lease),
            map,
            lease,
            clock: EdgeClock {
                origin: random.below(1 << 40),
                rate,
                stood: 0,
            },
            cut: false,
            paused_until: None,
        }
    }

    /// A new process on the same machine.
    fn restart(&mut self, random: &Random) {
        self.map = Arc::new(RevocationMap::default());
        self.lease = Arc::new(LeaseCell::default());
        self.start = Id::from_bytes(random.bytes());
        self.follower = follower(self.index, self.start, &self.map, &self.lease);
        self.paused_until = None;
    }
}

fn follower(
    index: usize,
    start: Id<Incarnation>,
    map: &Arc<RevocationMap>,
    lease: &Arc<LeaseCell>,
) -> Follower {
    Follower::new(name_of(index), start, Arc::clone(map), Arc::clone(lease))
}

impl World {
    /// A process begins: it wants a snapshot, and will ask for leases.
    pub(super) fn start_edge(&mut self, index: usize) {
        let early = self.plan.is(Sabotage::ServeBeforeSnapshot);
        let head = self.store.head();
        let Some(edge) = self.edges.get_mut(index) else {
            return;
        };
        if early {
            edge.follower.join(&Snapshot { head, marks: vec![] });
        }
        let start = edge.start;
        self.tell_node(index, &ToNode::Join(start));
        self.events.plan(self.now_ms + 1, Event::Renew(index, start));
    }

    pub(super) fn restart_edge(&mut self, index: usize) {
        if let Some(edge) = self.edges.get_mut(index) {
            edge.restart(&self.random);
        }
        self.start_edge(index);
    }

    /// What must wait because the process is paused, does.
    fn deferred(&mut self, index: usize, event: Event) -> bool {
        let Some(until) = self.edges.get(index).and_then(|edge| edge.paused_until) else {
            return false;
        };
        let at_ms = until + self.random.below(20);
        self.events.plan(at_ms, event);
        true
    }

    pub(super) fn renew(&mut self, index: usize, start: Id<Incarnation>) {
        if self.deferred(index, Event::Renew(index, start)) {
            return;
        }
        let now_ms = self.now_ms;
        let Some(edge) = self.edges.get_mut(index).filter(|edge| edge.start == start) else {
            return;
        };
        let at = edge.clock.moment(now_ms);
        match edge.follower.renewal(at) {
            Some(renewal) => self.tell_node(index, &ToNode::Renew(renewal)),
            None => self.tell_node(index, &ToNode::Join(start)),
        }
        let next = now_ms + self.terms.renew_every(None).as_ms();
        self.events.plan(next, Event::Renew(index, start));
    }

    pub(super) fn edge_hears(&mut self, index: usize, start: Id<Incarnation>, message: ToEdge) {
        if self.edges.get(index).is_none_or(|edge| edge.start != start)
            || self.deferred(index, Event::AtEdge(index, start, message.clone()))
        {
            return;
        }
        match message {
            ToEdge::Granted(grant) => self.take_grant(index, grant),
            ToEdge::Joined(snapshot) => {
                if let Some(edge) = self.edges.get_mut(index) {
                    edge.follower.join(&snapshot);
                }
                self.tell_node(index, &ToNode::Applied(start, snapshot.head.seq));
            }
            ToEdge::Resynchronise => {
                let now_ms = self.now_ms;
                if let Some(edge) = self.edges.get_mut(index) {
                    edge.follower.drop_lease(edge.clock.read(now_ms));
                }
                self.tell_node(index, &ToNode::Join(start));
            }
            ToEdge::Entries(entries) if self.plan.is(Sabotage::AcknowledgeBeforeApply) => {
                if let Some(last) = entries.last() {
                    self.tell_node(index, &ToNode::Applied(start, last.seq));
                }
                let late = self.now_ms + self.random.below(500);
                self.events.plan(late, Event::ApplyLate(index, start, entries));
            }
            ToEdge::Entries(entries) => self.apply(index, start, &entries),
        }
    }

    fn take_grant(&mut self, index: usize, mut grant: Grant) {
        let (from_receipt, over_gap) = (
            self.plan.is(Sabotage::LeaseFromReceipt),
            self.plan.is(Sabotage::GrantOverGap),
        );
        let now_ms = self.now_ms;
        let Some(edge) = self.edges.get_mut(index) else {
            return;
        };
        if from_receipt {
            grant.t0 = edge.clock.read(now_ms);
        }
        if let (true, Some(frontier)) = (over_gap, edge.follower.frontier()) {
            grant.frontier = frontier;
        }
        let at = edge.clock.moment(now_ms);
        let counted = edge.follower.grant(grant, at) == GrantOutcome::Counted;
        // The worst moment to be cut off: the lease is at its longest, and somebody revokes.
        if counted && self.random.percent(2) {
            let revoked_at = now_ms + self.random.below(self.terms.lease.as_ms() / 2);
            self.cut(index, self.terms.lease.as_ms() + 1500);
            self.events.plan(revoked_at, Event::Revoke);
        }
    }

    pub(super) fn apply(&mut self, index: usize, start: Id<Incarnation>, entries: &[LogEntry]) {
        let now_ms = self.now_ms;
        let Some(edge) = self.edges.get_mut(index).filter(|edge| edge.start == start) else {
            return;
        };
        let answer = match (edge.follower.apply(entries), edge.follower.frontier()) {
            (Ok(()), Some(frontier)) => ToNode::Applied(start, frontier),
            _ => {
                edge.follower.drop_lease(edge.clock.read(now_ms));
                ToNode::Join(start)
            }
        };
        self.tell_node(index, &answer);
    }

    /// One check, as the verifier makes it: the map first, the lease after.
    pub(super) fn check(&mut self, index: usize, credential: usize) {
        let at = self.moment();
        let (Some(edge), Some(known)) = (self.edges.get(index), self.history.credentials.get(credential))
        else {
            return;
        };
        if edge.paused_until.is_some() {
            return;
        }
        let judgement = edge.map.judge(&known.position);
        let view = edge.lease.view(edge.clock.read(self.now_ms));
        let decision = decide(
            judgement,
            known.position.rs,
            view,
            &StalenessPolicy::default(),
            true,
        );
        let result = match decision {
            Decision::Accept { staleness, .. } => CheckResult::Accepted {
                staleness_ms: staleness.as_ms(),
            },
            Decision::Refuse(_) => CheckResult::Revoked,
            Decision::Stale { .. } | Decision::Behind(_) | Decision::NeedsAuthority => CheckResult::NotNow,
        };
        self.history.checks.push(Check {
            at,
            credential,
            frontier: view.frontier,
            result,
        });
    }

    /// The process, or the whole machine, does nothing for a while.
    pub(super) fn pause(&mut self, index: usize, for_ms: u64) {
        let until = self.now_ms + for_ms;
        let stands = self.plan.is(Sabotage::ClockStops);
        if let Some(edge) = self
            .edges
            .get_mut(index)
            .filter(|edge| edge.paused_until.is_none())
        {
            edge.paused_until = Some(until);
            if stands {
                edge.clock.stood += for_ms;
            }
            self.events.plan(until, Event::Resume(index));
        }
    }

    /// It goes on, and the first thing it does is a few checks.
    pub(super) fn resume(&mut self, index: usize) {
        if let Some(edge) = self.edges.get_mut(index) {
            edge.paused_until = None;
        }
        for _ in 0..4 {
            if let Some(credential) = self.any_credential() {
                self.check(index, credential);
            }
        }
    }
}
