//! A node: the real lease book. The primary revokes; the relay grants by a head that it has read some time ago.

use domain::BootTime;
use domain::Span;
use domain::feed::{FeedHead, LeaseBook, LeaseTerms, Renewal, WaitSet};

use super::events::{Event, ToEdge, ToNode};
use super::world::{EDGES, PRIMARY, RELAY, World, name_of};
use crate::Sabotage;

/// One process.
#[derive(Debug)]
pub(super) struct Node {
    book: LeaseBook,
    /// Revocations whose caller waits here.
    waiting: Vec<Waiting>,
    /// What the relay has read, and when.
    read: Option<(FeedHead, u64)>,
}

/// Somebody who waits until a revocation is enforced.
#[derive(Debug)]
struct Waiting {
    revocation: usize,
    own: WaitSet,
    relayed: Word,
}

/// What the relay says of its edges.
#[derive(Debug)]
enum Word {
    /// It has frozen whom to wait for.
    Of(WaitSet),
    /// It says nothing: then its leases are out by that time.
    NoneBefore(BootTime),
}

impl Node {
    pub(super) fn new(terms: LeaseTerms, largest: Span, now: BootTime) -> Self {
        Self {
            book: LeaseBook::new(terms, now, largest),
            waiting: vec![],
            read: None,
        }
    }
}

/// The node that an edge belongs to.
const fn node_of(edge: usize) -> usize {
    if edge + 1 == EDGES { RELAY } else { PRIMARY }
}

impl World {
    pub(super) fn node_hears(&mut self, edge: usize, message: ToNode) {
        match message {
            ToNode::Join(start) => {
                let current = self.edges.get(edge).is_some_and(|known| known.start == start);
                if current {
                    let snapshot = self.store.snapshot();
                    self.tell_edge(edge, &ToEdge::Joined(Box::new(snapshot)));
                }
            }
            ToNode::Applied(start, frontier) => {
                let head = self.store.head().seq;
                if let Some(node) = self.nodes.get_mut(node_of(edge)) {
                    node.book.appended(head);
                    node.book.acknowledge(&name_of(edge), start, frontier);
                }
                let primary = self.nodes.first().into_iter().flat_map(|node| &node.waiting);
                let waiting: Vec<usize> = primary.map(|one| one.revocation).collect();
                waiting.into_iter().for_each(|revocation| self.look(revocation));
            }
            ToNode::Renew(renewal) => self.read_head(edge, renewal),
        }
    }

    /// The clock is read first, then the head; the answer comes some time later.
    fn read_head(&mut self, edge: usize, renewal: Renewal) {
        let (mut head, mut read_at) = (self.store.head(), self.now_ms);
        if node_of(edge) == RELAY
            && let Some(relay) = self.nodes.get_mut(RELAY)
        {
            let fresh = (head, read_at);
            let keep = !self.random.percent(30);
            (head, read_at) = *relay.read.get_or_insert(fresh);
            if !keep {
                relay.read = Some(fresh);
            }
        }
        let answered = self.now_ms + self.random.below(if self.random.percent(10) { 800 } else { 4 });
        self.events
            .plan(answered, Event::Answer(edge, renewal, head, read_at));
    }

    pub(super) fn node_answers(&mut self, edge: usize, renewal: &Renewal, head: FeedHead, read_at: u64) {
        let now = self.node_clock();
        let lies = self.plan.is(Sabotage::RelayOldFrontier) && node_of(edge) == RELAY;
        let later = self.store.after(renewal.frontier, &renewal.digest);
        let same_epoch = head.seq.epoch() == renewal.frontier.epoch();
        let Some(later) = later.filter(|_| same_epoch) else {
            self.tell_edge(edge, &ToEdge::Resynchronise);
            return;
        };
        if !later.is_empty() && self.random.percent(80) {
            self.tell_edge(edge, &ToEdge::Entries(later));
        }
        let read_at = if lies { now } else { BootTime::from_ms(read_at) };
        let node = self.nodes.get_mut(node_of(edge));
        let grant = node.and_then(|node| node.book.grant(renewal, head, read_at, now));
        if let Some(grant) = grant {
            self.tell_edge(edge, &ToEdge::Granted(grant));
        }
    }

    /// Whoever revoked waits at the primary: for its own edges, and for the relay's word on the others. A relay that
    /// does not hear of it gives none, and the longest lease is waited out.
    pub(super) fn wait_for(&mut self, revocation: usize) {
        let (now, moment) = (self.node_clock(), self.moment());
        let heard = self.random.percent(70);
        let Some(record) = self.history.revocations.get_mut(revocation) else {
            return;
        };
        record.frozen = Some(moment);
        let [primary, relay] = &mut self.nodes;
        let own = primary.book.wait_set(record.seq, now);
        let relayed = if heard {
            Word::Of(relay.book.wait_set(record.seq, now))
        } else {
            Word::NoneBefore(now + self.terms.lease + self.terms.margin())
        };
        primary.waiting.push(Waiting {
            revocation,
            own,
            relayed,
        });
        self.look(revocation);
    }

    /// How a revocation stands; `enforced` returns once nobody is waited for.
    pub(super) fn look(&mut self, revocation: usize) {
        let early = self.plan.is(Sabotage::NoMargin);
        let margin = if early {
            self.terms.margin()
        } else {
            Span::from_ms(0)
        };
        let now = self.node_clock() + margin;
        let [primary, relay] = &mut self.nodes;
        let Some(place) = primary
            .waiting
            .iter()
            .position(|one| one.revocation == revocation)
        else {
            return;
        };
        let Some(waiting) = primary.waiting.get(place) else {
            return;
        };
        let own = primary.book.status(&waiting.own, now).pending_until;
        let relayed = match &waiting.relayed {
            Word::Of(set) => relay.book.status(set, now).pending_until,
            Word::NoneBefore(until) => Some(*until),
        };
        if let Some(until) = own.max(relayed).filter(|until| now < *until) {
            let rest = until.since(now).as_ms().max(1);
            self.events.plan(self.now_ms + rest, Event::Look(revocation));
            return;
        }
        primary.waiting.remove(place);
        let moment = self.moment();
        if let Some(record) = self.history.revocations.get_mut(revocation) {
            record.enforced = Some(moment);
        }
        self.order += 1;
        self.probe_named(revocation);
    }

    /// A new process: it knows the largest lease ever granted. Callers that waited ask again.
    pub(super) fn restart_node(&mut self, which: usize) {
        let forget = self.plan.is(Sabotage::ForgetLeases);
        let largest = if forget {
            Span::from_ms(0)
        } else {
            self.terms.lease
        };
        let fresh = Node::new(self.terms, largest, self.node_clock());
        let Some(node) = self.nodes.get_mut(which) else {
            return;
        };
        let old = std::mem::replace(node, fresh);
        if which == RELAY {
            // Its word was on leases that it has forgotten, and it waits for them like any new process.
            for one in self
                .nodes
                .first()
                .into_iter()
                .flat_map(|primary| &primary.waiting)
            {
                if let Some(record) = self.history.revocations.get_mut(one.revocation) {
                    record.disturbed = true;
                }
            }
        }
        for Waiting { revocation, .. } in old.waiting {
            if let Some(record) = self.history.revocations.get_mut(revocation) {
                record.disturbed = true;
            }
            self.wait_for(revocation);
        }
    }
}
