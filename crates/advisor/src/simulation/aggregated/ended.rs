//! Revocations of a cohort in a step: some are drawn and stand for the rest.

use super::ages::Ages;
use super::{Class, Run, Step, cohort};
use crate::simulation::Way;
use crate::simulation::asked::Window;
use crate::simulation::cache::{age_of_an_answer, hits_of_an_answer};
use crate::simulation::exposure::Revoked;
use crate::simulation::scenario::Scenario;
use crate::simulation::traffic::Band;
use crate::simulation::world::{Contact, Timers};

/// Revocations that are drawn one by one, of a cohort in a step.
const DRAWN: u64 = 16;

impl Run<'_> {
    pub(super) fn revocations(&mut self, class: &mut Class, (at, band): (usize, &Band), step: Step) {
        let s = self.s;
        let mean = s.revocations_per_s * step.work_s * class.share * band.credentials / s.credentials as f64;
        let Some(waiting) = class.waiting.get_mut(at) else {
            return;
        };
        if s.outage.holds(step.middle_s()) {
            *waiting += mean;
            return;
        }
        let late = self.chance.count(std::mem::take(waiting));
        let all = self.chance.count(mean);
        self.book.waited += late;
        for (count, span_s) in [(all, step.to_s - step.from_s), (late, s.reconnect_s)] {
            let drawn = count.min(DRAWN);
            for nth in 0..drawn {
                let at_s = step.from_s + span_s * (nth as f64 + self.chance.unit()) / drawn as f64;
                self.revoke(class, band, at_s, count as f64 / drawn as f64);
            }
            self.book.revocations += count;
            self.sign_in_again(class, step, count);
        }
    }

    /// Who was signed out signs in again, at once or when there is contact.
    fn sign_in_again(&mut self, class: &Class, step: Step, count: u64) {
        let at = match self.s.contact(class.is_cut, step.middle_s()) {
            Contact::Down(window) => window.to_s,
            Contact::Up { .. } => step.middle_s(),
        };
        self.book.logins += count;
        self.book.writes(step.middle_s(), count as f64);
        self.book.writes(at, count as f64);
    }

    /// One revocation that stands for `weight`, and what is tried with its credential.
    fn revoke(&mut self, class: &Class, band: &Band, at_s: f64, weight: f64) {
        let s = self.s;
        let rate = s.requests_per_s * band.part_each;
        let revoked = self.drawn(class, rate, at_s);
        let end_s = (at_s + s.thief_s).min(s.length_s);
        let span = |until_s: f64| s.curve.until(until_s.min(end_s)) - s.curve.until(at_s);
        let tries = self.chance.count(weight * rate * span(end_s));
        self.book.revoked += tries;
        self.book.requests.add_over(at_s, end_s, tries as f64);
        let unused = self.chance.unit();
        let lost = lost_part(s, class.is_cut, at_s, end_s);
        for (way, tally) in self.book.ways() {
            let until_s = revoked.accepted_until(s, way);
            tally.exposure.add(until_s - at_s, weight);
            let kept = if way == Way::Introspection {
                still_kept(s, class, rate, (at_s, until_s), unused)
            } else {
                1.0
            };
            let accepted = self
                .chance
                .of(tries, kept * span(until_s) / span(end_s).max(1e-300));
            tally.revoked_accepted += accepted;
            tally.revoked_refused += tries - accepted;
            tally
                .accepted_revoked
                .add_over(at_s, until_s.min(end_s), accepted as f64);
            if until_s - at_s > s.bound_s(way) + 1e-6 {
                tally.past_bound += accepted;
            }
            if matches!(way, Way::Sessions | Way::Introspection) {
                let unreachable = self.chance.of(tries - accepted, lost);
                tally.unreachable += unreachable;
                tally.lookups += tries - accepted - unreachable;
                tally
                    .load
                    .add_over(until_s.min(end_s), end_s, (tries - accepted - unreachable) as f64);
            }
        }
    }

    fn drawn(&mut self, class: &Class, rate: f64, at_s: f64) -> Revoked {
        let s = self.s;
        let timers = Timers::draw(s, &mut self.chance);
        let contact = s.contact(class.is_cut, at_s);
        let mut issued = |life_s: f64| {
            let age_s = Ages::at(s, class.is_cut, life_s, at_s).draw(&mut self.chance);
            match contact {
                Contact::Down(window) => window.from_s - age_s,
                // Everybody comes back: some still have the old token, some a new one.
                Contact::Up {
                    lost: Some(window),
                    since_s,
                } if at_s < since_s + s.reconnect_s => {
                    let before = Ages::at(s, class.is_cut, life_s, window.to_s - 1e-6);
                    let old_s = window.from_s - before.draw(&mut self.chance);
                    let keeps =
                        old_s + life_s > at_s || self.chance.unit() < cohort::not_back(s, since_s, at_s);
                    if keeps {
                        old_s
                    } else {
                        self.chance.between(since_s, at_s)
                    }
                }
                Contact::Up { .. } => at_s - age_s,
            }
        };
        let (jwt_issued_s, ours_issued_s) = (issued(s.jwt_life_s), s.ours_life_s.map(&mut issued));
        let here = rate * s.curve.at(at_s) / class.edges;
        let known = cohort::known(s, class, here, at_s);
        let asked_s = match contact {
            Contact::Down(window) => window.from_s,
            Contact::Up { .. } => at_s,
        };
        let answered_s =
            asked_s - age_of_an_answer(self.chance.unit(), here, known.oldest_s, known.outlives_s);
        let is_answered = self.chance.unit() < known.answered;
        let region = class.regions.get(self.chance.below(class.regions.len()));
        let travel_s = region.map_or(0.0, |region| s.travel_s(*region));
        Revoked {
            at_s,
            is_cut: class.is_cut,
            timers,
            jwt_issued_s,
            ours_issued_s,
            answered_s: is_answered.then_some(answered_s),
            push_s: self.chance.spread(s.spreads.push_s) + travel_s / 2.0,
        }
    }
}

/// Of the requests within the life of an answer, those that it serves before it is forgotten for want of use. `unit` draws
/// how long ago its owner used it last.
fn still_kept(s: &Scenario, class: &Class, rate: f64, (at_s, until_s): (f64, f64), unit: f64) -> f64 {
    let (rate, left_s) = (rate * s.curve.at(at_s), until_s - at_s);
    let outlives_s = class.outlives_s / s.curve.at(at_s).max(1e-9);
    if left_s <= 0.0 || rate <= 0.0 || outlives_s.is_infinite() {
        return 1.0;
    }
    let here = rate / class.edges;
    let unused_s = -libm::log1p(unit * libm::expm1(-here * outlives_s)) / here;
    // It takes a first request in time, and then those of an answer that is in use.
    let first = -libm::expm1(-rate * (outlives_s - unused_s).clamp(0.0, left_s));
    let rest_s = (left_s - (outlives_s / 2.0).min(1.0 / rate)).max(0.0);
    (first * (1.0 + hits_of_an_answer(rate, rest_s, outlives_s)) / (rate * left_s)).min(1.0)
}

/// The part of a span that has no contact.
fn lost_part(s: &Scenario, is_cut: bool, from_s: f64, to_s: f64) -> f64 {
    let common = |window: Window| (window.to_s.min(to_s) - window.from_s.max(from_s)).max(0.0);
    let lost = common(s.outage) + if is_cut { common(s.partition) } else { 0.0 };
    if to_s > from_s {
        lost / (to_s - from_s)
    } else {
        0.0
    }
}
