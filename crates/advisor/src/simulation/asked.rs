//! What is asked for beside a topology, and how much of it there may be.

use serde::Serialize;

/// The most and least of what a simulation takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits;

impl Limits {
    /// Live credentials.
    pub const CREDENTIALS: (u64, u64) = (1, 1_000_000_000);
    /// Places that check.
    pub const EDGES: (u64, u64) = (1, 10_000);
    /// Simulated days.
    pub const DAYS: (f64, f64) = (0.01, 31.0);
    /// Credentials that are simulated event by event.
    pub const EXACT_CREDENTIALS: u64 = 1_000_000;
    /// Events of an exact run: all of them, and renewals of tokens, which cost less.
    pub const EXACT_EVENTS: f64 = 50_000_000.0;
    /// Events of any run: numbers up to here are counted one by one.
    pub const EVENTS: f64 = 1e15;
}

/// What is asked beside the topology.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    /// Live credentials in place of the topology's sessions; requests, logins and revocations grow with them.
    pub credentials: Option<u64>,
    /// Edges in place of the topology's.
    pub edges: Option<u64>,
    /// How long; without it, a day, or as long as two of the topology's outages need.
    pub days: Option<f64>,
    /// How; without it, exactly where that is quick.
    pub method: Option<Method>,
}

/// How it is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Every event by itself.
    Exact,
    /// Credentials in cohorts, their events as draws.
    Aggregated,
}

/// A part of the run, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Window {
    /// From here on.
    pub from_s: f64,
    /// Up to here.
    pub to_s: f64,
}

impl Window {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn holds(&self, time_s: f64) -> bool {
        time_s >= self.from_s && time_s < self.to_s
    }
}
