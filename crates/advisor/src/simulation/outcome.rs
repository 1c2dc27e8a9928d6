//! What came of a run: totals, distributions and series of each way.

use serde::Serialize;

use super::Way;
use super::histogram::Histogram;
use super::scenario::Scenario;
use super::series::Series;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// The seed.
    pub seed: u64,
    /// Requests with a credential that its owner sent while it was good.
    pub good: u64,
    /// Requests with a credential after its revocation.
    pub revoked: u64,
    /// Of the good ones, those whose owner could not sign in anew.
    pub signed_out: u64,
    /// Revocations that were committed.
    pub revocations: u64,
    /// Of these, those that had to wait for the store.
    pub waited: u64,
    /// Logins.
    pub logins: u64,
    /// All requests, over time.
    pub requests: Series,
    /// Each way's part, in the order of [`Way::ALL`].
    pub ways: Vec<WayOutcome>,
}

/// What came of one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are named in docs/SIMULATION.md")]
pub struct WayOutcome {
    pub way: Way,
    pub good_accepted: u64,
    pub good_refused: u64,
    pub revoked_accepted: u64,
    pub revoked_refused: u64,
    /// Revoked ones accepted later than the way's own bound allows.
    pub past_bound: u64,
    pub bound_s: f64,
    /// Requests that asked the store.
    pub lookups: u64,
    /// Requests that had to, and could not.
    pub unreachable: u64,
    /// Requests that found the credential remembered.
    pub remembered: u64,
    pub latency_ms: Latency,
    pub exposure_s: Exposure,
    pub store: Store,
    /// Good requests refused, over time.
    pub refused: Series,
    /// Revoked requests accepted, over time.
    pub accepted_revoked: Series,
    /// Operations at the store, over time.
    pub load: Series,
}

/// The check of an accepted request, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
}

/// How long a revoked credential was accepted at the edge where it was tried, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Exposure {
    pub expected: f64,
    pub p50: f64,
    pub p99: f64,
    pub worst: f64,
}

/// Operations at the store: look-ups, logins, revocations, refreshes, reports of activity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Store {
    pub mean_per_s: f64,
    pub peak_per_s: f64,
    /// The peak against what one store answers.
    pub stores_needed: f64,
}

/// One way while a run goes on.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) good_accepted: u64,
    pub(super) good_refused: u64,
    pub(super) revoked_accepted: u64,
    pub(super) revoked_refused: u64,
    pub(super) past_bound: u64,
    pub(super) lookups: u64,
    pub(super) unreachable: u64,
    pub(super) remembered: u64,
    pub(super) latency: Histogram,
    pub(super) exposure: Histogram,
    pub(super) refused: Series,
    pub(super) accepted_revoked: Series,
    pub(super) load: Series,
}

/// All of it while a run goes on.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) good: u64,
    pub(super) revoked: u64,
    pub(super) signed_out: u64,
    pub(super) revocations: u64,
    pub(super) waited: u64,
    pub(super) logins: u64,
    pub(super) requests: Series,
    ways: Vec<Tally>,
}

impl Book {
    pub(super) fn new(s: &Scenario) -> Self {
        let series = || Series::new(s.steps(), s.step_s);
        let tally = |_: &Way| Tally {
            good_accepted: 0,
            good_refused: 0,
            revoked_accepted: 0,
            revoked_refused: 0,
            past_bound: 0,
            lookups: 0,
            unreachable: 0,
            remembered: 0,
            latency: Histogram::default(),
            exposure: Histogram::default(),
            refused: series(),
            accepted_revoked: series(),
            load: series(),
        };
        Self {
            good: 0,
            revoked: 0,
            signed_out: 0,
            revocations: 0,
            waited: 0,
            logins: 0,
            requests: series(),
            ways: Way::ALL.iter().map(tally).collect(),
        }
    }

    /// Every way with its tally.
    pub(super) fn ways(&mut self) -> impl Iterator<Item = (Way, &mut Tally)> {
        Way::ALL.iter().copied().zip(&mut self.ways)
    }

    /// Writes that every way has: logins, revocations.
    pub(super) fn writes(&mut self, at_s: f64, amount: f64) {
        for (_, tally) in self.ways() {
            tally.load.add(at_s, amount);
        }
    }

    pub(super) fn finish(self, s: &Scenario, seed: u64) -> Outcome {
        let ways = Way::ALL.iter().zip(self.ways);
        Outcome {
            scenario: s.clone(),
            seed,
            good: self.good,
            revoked: self.revoked,
            signed_out: self.signed_out,
            revocations: self.revocations,
            waited: self.waited,
            logins: self.logins,
            requests: self.requests.finish(),
            ways: ways.map(|(way, tally)| tally.finish(s, *way)).collect(),
        }
    }
}

impl Tally {
    /// A good request at a moment: accepted, or not.
    pub(super) fn good(&mut self, at_s: f64, accepted: u64, refused: u64) {
        self.good_accepted += accepted;
        self.good_refused += refused;
        if refused > 0 {
            self.refused.add(at_s, refused as f64);
        }
    }

    fn finish(self, s: &Scenario, way: Way) -> WayOutcome {
        let load = self.load.finish();
        let (latency, exposure) = (&self.latency, &self.exposure);
        WayOutcome {
            way,
            good_accepted: self.good_accepted,
            good_refused: self.good_refused,
            revoked_accepted: self.revoked_accepted,
            revoked_refused: self.revoked_refused,
            past_bound: self.past_bound,
            bound_s: s.bound_s(way),
            lookups: self.lookups,
            unreachable: self.unreachable,
            remembered: self.remembered,
            latency_ms: Latency {
                mean: latency.mean(),
                p50: latency.quantile(0.5),
                p90: latency.quantile(0.9),
                p99: latency.quantile(0.99),
                p999: latency.quantile(0.999),
            },
            exposure_s: Exposure {
                expected: exposure.mean(),
                p50: exposure.quantile(0.5),
                p99: exposure.quantile(0.99),
                worst: exposure.most(),
            },
            store: Store {
                mean_per_s: load.total() / s.length_s,
                peak_per_s: load.peak_per_s(),
                stores_needed: load.peak_per_s() / s.store_capacity_per_s,
            },
            refused: self.refused.finish(),
            accepted_revoked: self.accepted_revoked.finish(),
            load,
        }
    }
}

impl Outcome {
    /// One way's part.
    #[must_use]
    pub fn way(&self, way: Way) -> Option<&WayOutcome> {
        self.ways.get(way.index())
    }
}
