//! A simulated day: the same requests, logins and revocations judged in five ways, with the store down for a while, a
//! region cut off and clocks that differ. Event by event where that is small enough, in cohorts beyond.
//!
//! The same seed gives the same outcome, bit for bit: every draw comes from ChaCha8 with the seed and a stream of its own,
//! and every function of a number from `libm`, which is the same code on every machine. docs/SIMULATION.md has the model.

mod aggregated;
mod asked;
mod cache;
mod chance;
mod exact;
mod exposure;
mod histogram;
mod laws;
mod outcome;
mod report;
mod scenario;
mod series;
mod traffic;
mod world;

pub use asked::{Asked, Limits, Method, Window};
pub use laws::broken;
pub use outcome::{Exposure, Latency, Outcome, Store, WayOutcome};
pub use report::{figures, html, json, style, svg, text};
pub use scenario::{Scenario, scenario};

use crate::words::words;

words!(
    /// A way to judge a request, side by side with the others.
    Way {
        /// The record is asked at every request.
        Sessions = "sessions", "session, looked up";
        /// A token is good until it ends.
        Jwt = "jwt", "JWT alone";
        /// The same, and a list of revoked ids that every edge fetches.
        Blocklist = "blocklist", "JWT and polled list";
        /// The record is asked, and its answer kept for a while.
        Introspection = "introspection", "cached introspection";
        /// Revocations are pushed to edges that hold a lease.
        Ours = "ours", "pushed revocation";
    }
);

impl Way {
    /// Its place in a list of all.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Runs a scenario; `progress` hears how much is done, from 0 to 1.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64, progress: &mut dyn FnMut(f64)) -> Outcome {
    match scenario.method {
        Method::Exact => exact::run(scenario, seed, progress),
        Method::Aggregated => aggregated::run(scenario, seed, progress),
    }
}

#[cfg(test)]
mod tests;
