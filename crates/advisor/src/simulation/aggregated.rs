//! Credentials in cohorts: regions that have the same contact, and bands of credentials that are used about equally much.
//! A step's events of a cohort are a few draws, whatever its size.

mod ages;
mod cohort;
mod ended;

use super::Way;
use super::cache::outlives_s;
use super::chance::{Chance, Stream};
use super::outcome::{Book, Outcome, Tally};
use super::scenario::Scenario;
use super::traffic::{Band, bands};
use super::world::Contact;
use cohort::{Chances, chances};

/// Regions with the same contact.
pub(super) struct Class {
    is_cut: bool,
    regions: Vec<usize>,
    /// Of all credentials.
    share: f64,
    /// Edges of one of its regions, on the average.
    edges: f64,
    /// How long an edge remembers what is not used, at the mean rate.
    outlives_s: f64,
    /// Accepted requests by way: from memory, and not.
    accepted: [[u64; 2]; 5],
    /// Revocations that wait for the store, by band.
    waiting: Vec<f64>,
}

/// A step of the run.
#[derive(Clone, Copy)]
pub(super) struct Step {
    from_s: f64,
    to_s: f64,
    /// The time that would bring as many events at the mean rate.
    work_s: f64,
}

impl Step {
    const fn middle_s(&self) -> f64 {
        f64::midpoint(self.from_s, self.to_s)
    }
}

/// Plays a scenario to its end.
pub(super) fn run(s: &Scenario, seed: u64, progress: &mut dyn FnMut(f64)) -> Outcome {
    let bands = bands(s.credentials);
    let mut run = Run {
        s,
        chance: Chance::new(seed, Stream::Cohorts),
        book: Book::new(s),
        classes: classes(s, &bands),
        bands,
    };
    let steps = s.steps();
    for at in 0..steps {
        let (from_s, to_s) = (at as f64 * s.step_s, ((at + 1) as f64 * s.step_s).min(s.length_s));
        let work_s = s.curve.until(to_s) - s.curve.until(from_s);
        run.step(Step { from_s, to_s, work_s });
        progress((at + 1) as f64 / steps as f64);
    }
    run.latencies();
    run.book.finish(s, seed)
}

struct Run<'a> {
    s: &'a Scenario,
    chance: Chance,
    book: Book,
    classes: Vec<Class>,
    bands: Vec<Band>,
}

fn classes(s: &Scenario, bands: &[Band]) -> Vec<Class> {
    let class = |is_cut: bool| {
        let regions: Vec<usize> = (0..s.regions)
            .filter(|region| s.is_cut(*region) == is_cut)
            .collect();
        let all: usize = regions.iter().map(|region| s.edges_of(*region)).sum();
        let edges = all as f64 / regions.len().max(1) as f64;
        Class {
            is_cut,
            share: regions.len() as f64 / s.regions as f64,
            edges,
            outlives_s: outlives_s(
                bands,
                1.0 / s.regions as f64,
                s.requests_per_s / edges.max(1.0),
                s.remembered,
            ),
            accepted: [[0; 2]; 5],
            waiting: vec![0.0; bands.len()],
            regions,
        }
    };
    [false, true]
        .map(class)
        .into_iter()
        .filter(|class| !class.regions.is_empty())
        .collect()
}

impl Run<'_> {
    fn step(&mut self, step: Step) {
        let mut classes = std::mem::take(&mut self.classes);
        for class in &mut classes {
            let chances = chances(self.s, class.is_cut, step);
            for (at, band) in self.bands.clone().iter().enumerate() {
                self.requests(class, band, (step, &chances));
                self.revocations(class, (at, band), step);
            }
            self.renewals(class, step);
            self.sign_ins(class, step);
        }
        self.classes = classes;
    }

    /// A cohort's good requests.
    fn requests(&mut self, class: &mut Class, band: &Band, (step, chances): (Step, &Chances)) {
        let (s, at) = (self.s, step.middle_s());
        let mean = s.requests_per_s * step.work_s * band.part_each * band.credentials * class.share;
        let all = self.chance.count(mean);
        let signed_out = self.chance.of(all, chances.signed_out);
        let inside = all - signed_out;
        self.book.good += all;
        self.book.signed_out += signed_out;
        self.book.requests.add_over(step.from_s, step.to_s, all as f64);
        let rate = s.requests_per_s * s.curve.at(at) * band.part_each / class.edges;
        let known = cohort::known(s, class, rate, at);
        let by_token = self.chance.of(inside, chances.jwt);
        for ((way, tally), accepted) in self.book.ways().zip(&mut class.accepted) {
            let (good, remembered) = match way {
                Way::Sessions if chances.is_up => (inside, 0),
                Way::Sessions => (0, 0),
                Way::Jwt | Way::Blocklist => (by_token, 0),
                Way::Introspection => {
                    let hits = self.chance.of(inside, known.answered * chances.answers_left);
                    (if chances.is_up { inside } else { hits }, hits)
                }
                Way::Ours => {
                    let good = self.chance.of(inside, chances.ours);
                    (good, self.chance.of(good, known.verified))
                }
            };
            let asks = match way {
                Way::Sessions | Way::Introspection => inside - remembered,
                _ => 0,
            };
            let [from_memory, first] = accepted;
            *from_memory += remembered;
            *first += good - remembered;
            tally.good(at, good, all - good);
            tally.remembered += remembered;
            let reports = match s.activity_s {
                Some(batch) if way == Way::Ours && chances.is_up => good as f64 / (1.0 + rate * batch),
                _ => 0.0,
            };
            ask(tally, step, (asks, chances.is_up), reports);
        }
    }

    /// Renewals of tokens: evenly, and what was due meanwhile when the contact is back.
    fn renewals(&mut self, class: &Class, step: Step) {
        let s = self.s;
        let slots = s.credentials as f64 * class.share;
        let lives = [
            (Way::Jwt, Some(s.jwt_life_s)),
            (Way::Blocklist, Some(s.jwt_life_s)),
            (Way::Ours, s.ours_life_s),
        ];
        for (way, life_s) in lives {
            let Some(life_s) = life_s else { continue };
            let (apart, together) = ages::renewals(s, class.is_cut, life_s, (step.from_s, step.to_s));
            let (steady, burst) = (
                self.chance.count(slots * apart),
                self.chance.count(slots * together),
            );
            for (_, tally) in self.book.ways().filter(|(one, _)| *one == way) {
                tally.load.add_over(step.from_s, step.to_s, steady as f64);
                tally
                    .load
                    .add_over(step.from_s, step.from_s + s.reconnect_s, burst as f64);
            }
        }
    }

    /// Sessions that end by themselves, and their owners' logins. Those of revoked ones are counted there.
    fn sign_ins(&mut self, class: &Class, step: Step) {
        let s = self.s;
        let mean = (s.logins_per_s - s.revocations_per_s) * class.share * step.work_s;
        let all = self.chance.count(mean);
        // Who cannot, does when the contact is back.
        let at = match s.contact(class.is_cut, step.middle_s()) {
            Contact::Down(window) => window.to_s,
            Contact::Up { .. } => step.middle_s(),
        };
        self.book.logins += all;
        self.book.writes(at, all as f64);
    }

    /// Latencies of what was accepted: each region of a class has the same part.
    fn latencies(&mut self) {
        for class in &self.classes {
            let part = 1.0 / class.regions.len() as f64;
            for ((way, tally), counts) in self.book.ways().zip(class.accepted) {
                for (count, remembered) in counts.into_iter().zip([true, false]) {
                    for region in class.regions.iter().filter(|_| count > 0) {
                        let (shift, spread) = self.s.latency_ms(way, remembered, *region);
                        tally.latency.add_spread(shift, spread, count as f64 * part);
                    }
                }
            }
        }
    }
}

/// Requests that ask the store, if it answers.
fn ask(tally: &mut Tally, step: Step, (asks, is_up): (u64, bool), reports: f64) {
    if is_up {
        tally.lookups += asks;
        tally.load.add_over(step.from_s, step.to_s, asks as f64 + reports);
    } else {
        tally.unreachable += asks;
    }
}
