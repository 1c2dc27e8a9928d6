//! Every event by itself: requests, logins, revocations, and what is tried with a revoked credential.

mod judge;
mod queue;
mod slots;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Way;
use super::cache::Memory;
use super::chance::{Chance, Stream};
use super::exposure::Revoked;
use super::outcome::{Book, Outcome};
use super::scenario::Scenario;
use super::traffic::{part_of, rank};
use super::world::{Contact, Timers};
use queue::{Due, Later, Thief};
use slots::Slots;

/// Plays a scenario to its end.
pub(super) fn run(s: &Scenario, seed: u64, progress: &mut dyn FnMut(f64)) -> Outcome {
    let mut run = Run::new(s, seed);
    let mut next = Next {
        request: run.after(0.0, s.requests_per_s),
        revocation: run.after(0.0, s.revocations_per_s),
        end: run.after(0.0, s.logins_per_s - s.revocations_per_s),
    };
    let mut told = 0.0;
    while let Some(now) = run.step(&mut next) {
        if now / s.length_s > told + 0.01 {
            told = now / s.length_s;
            progress(told);
        }
    }
    run.slots.finish(s, &mut run.book);
    progress(1.0);
    run.book.finish(s, seed)
}

/// When what comes by itself comes next.
struct Next {
    request: f64,
    revocation: f64,
    end: f64,
}

/// An edge.
struct Edge {
    timers: Timers,
    answers: Memory,
    verified: Memory,
}

struct Run<'a> {
    s: &'a Scenario,
    edges: Vec<Edge>,
    slots: Slots,
    later: BinaryHeap<Reverse<Due>>,
    number: u64,
    requests: Chance,
    changes: Chance,
    latency: Chance,
    thieves: Chance,
    book: Book,
}

impl<'a> Run<'a> {
    fn new(s: &'a Scenario, seed: u64) -> Self {
        let mut chance = Chance::new(seed, Stream::Edges);
        let edges = (0..s.edges).map(|_| Edge {
            timers: Timers::draw(s, &mut chance),
            answers: Memory::new(s.remembered),
            verified: Memory::new(s.remembered),
        });
        Self {
            s,
            edges: edges.collect(),
            slots: Slots::new(s, Chance::new(seed, Stream::Slots)),
            later: BinaryHeap::new(),
            number: 0,
            requests: Chance::new(seed, Stream::Requests),
            changes: Chance::new(seed, Stream::Changes),
            latency: Chance::new(seed, Stream::Latency),
            thieves: Chance::new(seed, Stream::Thieves),
            book: Book::new(s),
        }
    }

    /// The earliest of all that comes; nothing beyond the end.
    fn step(&mut self, next: &mut Next) -> Option<f64> {
        let due = self.later.peek().map_or(f64::INFINITY, |Reverse(due)| due.at_s);
        let now = next.request.min(next.revocation).min(next.end).min(due);
        if now >= self.s.length_s {
            return None;
        }
        if now >= due {
            if let Some(Reverse(due)) = self.later.pop() {
                match due.what {
                    Later::Revocation => self.revoke(now),
                    Later::Try(thief) => self.tried(now, thief),
                }
            }
        } else if now >= next.request {
            next.request = self.after(now, self.s.requests_per_s);
            self.request(now);
        } else if now >= next.revocation {
            next.revocation = self.after(now, self.s.revocations_per_s);
            self.ask_revocation(now);
        } else {
            next.end = self.after(now, self.s.logins_per_s - self.s.revocations_per_s);
            let slot = self.slots.draw();
            self.sign_in_again(slot, now);
        }
        Some(now)
    }

    /// The next event of a process that follows the day's curve.
    fn after(&mut self, now: f64, rate: f64) -> f64 {
        let chance = &mut self.changes;
        wait(self.s, chance, now, rate)
    }

    fn put_off(&mut self, at_s: f64, what: Later) {
        self.number += 1;
        self.later.push(Reverse(Due {
            at_s,
            number: self.number,
            what,
        }));
    }

    /// One of a region's edges.
    fn edge_of(&mut self, region: usize) -> usize {
        region + self.s.regions * self.requests.below(self.s.edges_of(region))
    }

    fn request(&mut self, now: f64) {
        let slot = rank(self.requests.unit(), self.s.credentials);
        let region = self.region(slot);
        let edge = self.edge_of(region);
        self.judge_good(now, slot, region, edge);
    }

    fn region(&self, slot: u64) -> usize {
        usize::try_from(slot % self.s.regions as u64).unwrap_or(0)
    }

    fn ask_revocation(&mut self, now: f64) {
        if self.s.outage.holds(now) {
            self.book.waited += 1;
            let back = self.s.outage.to_s + self.changes.between(0.0, self.s.reconnect_s);
            self.put_off(back, Later::Revocation);
        } else {
            self.revoke(now);
        }
    }

    fn revoke(&mut self, now: f64) {
        let slot = self.slots.draw();
        if self.slots.is_signed_out(slot, now) {
            return;
        }
        let s = self.s;
        let region = self.region(slot);
        let edge = self.edge_of(region);
        let (jwt, ours) = self.slots.tokens_at(s, slot, now, &mut self.book);
        let key = self.slots.key(slot);
        let Some(Edge { timers, answers, .. }) = self.edges.get(edge) else {
            return;
        };
        let answered = answers.peek(key).map(|entry| entry.since_s);
        let revoked = Revoked {
            at_s: now,
            is_cut: s.is_cut(region),
            timers: *timers,
            jwt_issued_s: jwt,
            ours_issued_s: ours,
            answered_s: answered,
            push_s: self.thieves.spread(s.spreads.push_s) + s.travel_s(region) / 2.0,
        };
        let mut accepted_until = [now; 5];
        for ((way, tally), until) in self.book.ways().zip(&mut accepted_until) {
            *until = revoked.accepted_until(s, way);
            tally.exposure.add(*until - now, 1.0);
        }
        self.book.revocations += 1;
        self.book.writes(now, 1.0);
        let rate_per_s = s.requests_per_s * part_of(slot, s.credentials);
        let is_cut = revoked.is_cut;
        self.try_next(
            now,
            Thief {
                key,
                revoked_s: now,
                edge,
                is_cut,
                rate_per_s,
                accepted_until,
            },
        );
        self.sign_in_again(slot, now);
    }

    fn try_next(&mut self, now: f64, thief: Thief) {
        let at = wait(self.s, &mut self.thieves, now, thief.rate_per_s);
        if at < thief.revoked_s + self.s.thief_s {
            self.put_off(at, Later::Try(thief));
        }
    }

    /// A new credential in the place of one that ended: at once, or when there is contact.
    fn sign_in_again(&mut self, slot: u64, now: f64) {
        if self.slots.is_signed_out(slot, now) {
            return;
        }
        let at = match self.s.contact(self.s.is_cut(self.region(slot)), now) {
            Contact::Up { .. } => now,
            Contact::Down(window) => window.to_s + self.changes.between(0.0, self.s.reconnect_s),
        };
        self.slots.replace(self.s, slot, (now, at), &mut self.book);
        if at < self.s.length_s {
            self.book.logins += 1;
            self.book.writes(at, 1.0);
        }
    }

    fn tried(&mut self, now: f64, thief: Thief) {
        self.book.revoked += 1;
        self.book.requests.add(now, 1.0);
        let answered = self.answered(now, &thief);
        let is_up = self.s.is_up(thief.is_cut, now);
        for ((way, tally), until) in self.book.ways().zip(thief.accepted_until) {
            let accepted = match way {
                Way::Introspection => answered,
                _ => now < until,
            };
            if matches!(way, Way::Sessions | Way::Introspection) && !accepted {
                tally.lookups += u64::from(is_up);
                tally.unreachable += u64::from(!is_up);
                tally.load.add(now, if is_up { 1.0 } else { 0.0 });
            }
            if accepted {
                tally.revoked_accepted += 1;
                tally.accepted_revoked.add(now, 1.0);
                tally.past_bound += u64::from(now > thief.revoked_s + self.s.bound_s(way));
            } else {
                tally.revoked_refused += 1;
            }
        }
        self.try_next(now, thief);
    }
}

impl Run<'_> {
    /// Whether an edge has an answer for a thief; his use keeps it from being forgotten, not from ending.
    fn answered(&mut self, now: f64, thief: &Thief) -> bool {
        let Some(edge) = self.edges.get_mut(thief.edge) else {
            return false;
        };
        let kept = edge.answers.peek(thief.key);
        let Some(entry) = kept.filter(|entry| now < entry.since_s + self.s.ttl_s) else {
            return false;
        };
        edge.answers.put(thief.key, entry);
        true
    }
}

/// The next event after a moment, of a process with a mean rate that follows the day's curve: those of the busiest moment,
/// of which the curve lets a part pass.
fn wait(s: &Scenario, chance: &mut Chance, now: f64, rate: f64) -> f64 {
    let most = s.curve.most();
    let mut at = now;
    loop {
        at += chance.wait(rate * most);
        if at >= s.length_s || chance.unit() * most <= s.curve.at(at) {
            return at;
        }
    }
}
