//! What is simulated: a deployment's size, traffic, ways and disturbances as numbers. Made from a topology and what is
//! asked beside it; all that does not fit is told at once.

use domain::setting::{Problem, Problems};
use serde::Serialize;

use super::Way;
use super::asked::{Asked, Limits, Method, Window};
use super::chance::Spread;
use super::traffic::{Curve, DAY_S};
use crate::case::{Case, Keeper};
use crate::figures::Constants;
use crate::plan;
use crate::topology::{Client, Gateway, Operation, Topology};

/// What is simulated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are named in docs/SIMULATION.md")]
pub struct Scenario {
    pub name: String,
    pub method: Method,
    pub regions: usize,
    pub edges: usize,
    pub round_trip_s: f64,
    pub credentials: u64,
    pub requests_per_s: f64,
    pub logins_per_s: f64,
    pub revocations_per_s: f64,
    #[serde(skip)]
    pub curve: Curve,
    pub length_s: f64,
    pub step_s: f64,
    pub outage: Window,
    pub partition: Window,
    pub skew_s: f64,
    pub leeway_s: f64,
    pub reconnect_s: f64,
    pub thief_s: f64,
    pub jwt_life_s: f64,
    pub poll_s: f64,
    pub ttl_s: f64,
    pub ours_life_s: Option<f64>,
    pub activity_s: Option<f64>,
    pub covered_s: f64,
    pub renew_s: f64,
    pub remembered: u64,
    pub store_capacity_per_s: f64,
    #[serde(skip)]
    pub spreads: Spreads,
}

/// How long things take, milliseconds; the push in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the fields are named in docs/SIMULATION.md")]
pub struct Spreads {
    pub store_ms: Spread,
    pub verify_ms: Spread,
    pub warm_ms: Spread,
    /// To ask an edge, where a gateway does: on top of the check.
    pub ask_ms: Option<Spread>,
    /// A credential that the edge does not remember.
    pub first_ms: Spread,
    pub push_s: Spread,
}

/// How far apart the clocks of edges are from the authority's, at most.
const SKEW_S: f64 = 2.0;
/// Within which everybody comes back after a disturbance.
const RECONNECT_S: f64 = 2.0;
/// How long whoever holds a revoked credential goes on trying it.
const THIEF_S: f64 = 3600.0;
/// A busy core makes a calculation this much longer at p99.
const BUSY: f64 = 3.0;

/// The client that sends most: the day is simulated as if all were like it.
fn main_client(topology: &Topology) -> Option<&Client> {
    // Of equals the first.
    topology.clients.iter().rev().max_by_key(|client| client.share)
}

/// From a topology and what is asked.
///
/// # Errors
/// Every problem, each with its key and remedy.
pub fn scenario(topology: &Topology, constants: &Constants, asked: &Asked) -> Result<Scenario, Vec<Problem>> {
    let mut p = Problems::default();
    let credentials = p.number(
        "credentials",
        asked.credentials,
        topology.scale.sessions,
        Limits::CREDENTIALS,
    );
    let edges = p.number(
        "edges",
        Some(asked.edges.unwrap_or(topology.deployment.edges)),
        1,
        Limits::EDGES,
    );
    let outage_s = topology.requirements.outage.as_ms() as f64 / 1000.0;
    let length_s = length(&mut p, asked.days, outage_s);
    let Some(client) = main_client(topology) else {
        p.add("client", "there is none", "add a [[client]] to the topology");
        return Err(p.finish(()).err().unwrap_or_default());
    };
    let case = Case {
        topology,
        client,
        constants,
    };
    let mut scenario = sized(&case, (credentials, edges), (length_s, outage_s));
    if scenario.events() > Limits::EVENTS {
        p.add(
            "credentials",
            format!(
                "{credentials} make {:.1e} events: too many to count",
                scenario.events()
            ),
            format!(
                "at most {:.0e} events; fewer days or credentials, or less traffic in the topology",
                Limits::EVENTS
            ),
        );
    }
    let fits = scenario.credentials <= Limits::EXACT_CREDENTIALS && scenario.events() <= Limits::EXACT_EVENTS;
    scenario.method = match asked.method {
        None if fits && scenario.events() <= Limits::EXACT_EVENTS / 10.0 => Method::Exact,
        None => Method::Aggregated,
        Some(Method::Exact) if !fits => {
            p.add(
                "method",
                format!(
                    "event by event, {:.0} events of {credentials} credentials are too many",
                    scenario.events()
                ),
                format!(
                    "at most {} credentials and {:.0} events; fewer days or credentials, or `aggregated`",
                    Limits::EXACT_CREDENTIALS,
                    Limits::EXACT_EVENTS
                ),
            );
            Method::Exact
        }
        Some(method) => method,
    };
    p.finish(scenario)
}

/// Two outages need room for what is before and after them.
const ROOM: f64 = 8.0;

fn length(p: &mut Problems, days: Option<f64>, outage_s: f64) -> f64 {
    let (least, most) = Limits::DAYS;
    let needed = outage_s * ROOM / DAY_S;
    let Some(days) = days else {
        return needed.max(1.0) * DAY_S;
    };
    if !(days >= least && days <= most) {
        p.add(
            "days",
            format!("{days} is out of bounds"),
            format!("choose {least} to {most}"),
        );
        return DAY_S;
    }
    if days < needed {
        p.add(
            "days",
            format!("{days} is too short for an outage of {outage_s} s and a partition as long"),
            format!("choose at least {needed:.2}, or a shorter requirements.outage"),
        );
    }
    days * DAY_S
}

fn sized(case: &Case<'_>, (credentials, edges): (u64, u64), (length_s, outage_s): (f64, f64)) -> Scenario {
    let (topology, c) = (case.topology, case.constants);
    let scale = &topology.scale;
    let grown = credentials as f64 / scale.sessions as f64;
    let regions = topology.deployment.regions.min(edges);
    let (_, operation) = case.bound();
    let cookies = case.client.has_cookies();
    let seconds = |span: domain::Span| span.as_ms() as f64 / 1000.0;
    let revocations_per_s = scale.revocations_per_day as f64 * grown / DAY_S;
    let (step_s, outage_s) = steps(length_s, outage_s);
    let window = |at: f64| {
        let from_s = libm::floor(length_s * at / step_s) * step_s;
        Window {
            from_s,
            to_s: from_s + outage_s,
        }
    };
    Scenario {
        name: topology.deployment.name.clone(),
        method: Method::Aggregated,
        regions: usize::try_from(regions).unwrap_or(1).max(1),
        edges: usize::try_from(edges).unwrap_or(1).max(1),
        round_trip_s: if regions > 1 {
            seconds(topology.deployment.round_trip)
        } else {
            0.0
        },
        credentials,
        requests_per_s: scale.requests_per_second as f64 * grown,
        // A revoked session's owner signs in again.
        logins_per_s: (scale.logins_per_day as f64 * grown / DAY_S).max(revocations_per_s),
        revocations_per_s,
        curve: Curve::new(scale.peak_factor as f64),
        length_s,
        step_s,
        outage: window(0.4),
        partition: window(0.7),
        skew_s: SKEW_S,
        leeway_s: c.leeway_s,
        reconnect_s: RECONNECT_S,
        thief_s: THIEF_S,
        jwt_life_s: seconds(case.self_contained_life()),
        poll_s: c.blocklist_poll_s,
        ttl_s: c.introspection_ttl_s,
        ours_life_s: (!cookies).then(|| seconds(case.edge_life())),
        activity_s: cookies.then_some(c.activity_batch_s),
        covered_s: covered(case, operation),
        renew_s: seconds(plan::renew_every(case)),
        remembered: plan::edge_memory(topology),
        store_capacity_per_s: case.lookup_capacity() / c.usable_share,
        spreads: spreads(case, cookies),
    }
}

/// A step, of which disturbances have whole numbers, and how long a disturbance is: at least a minute of a day.
fn steps(length_s: f64, outage_s: f64) -> (f64, f64) {
    let outage_s = outage_s.max(length_s / 1440.0);
    let steps = libm::ceil(outage_s * 4320.0 / length_s).max(6.0);
    (outage_s / steps, outage_s)
}

/// How long an edge without contact goes on, with the margin for clocks.
fn covered(case: &Case<'_>, operation: Operation) -> f64 {
    let covered = plan::covered(case, operation);
    let margin = domain::feed::LeaseTerms { lease: covered }.margin();
    (covered + margin).as_ms() as f64 / 1000.0
}

fn spreads(case: &Case<'_>, cookies: bool) -> Spreads {
    let c = case.constants;
    let (p50, p99) = match case.keeper() {
        Keeper::Redis => (c.redis_p50_ms, c.redis_p99_ms),
        Keeper::Sql => (c.sql_p50_ms, c.sql_p99_ms),
        Keeper::Embedded => (c.embedded_p50_ms, c.embedded_p99_ms),
    };
    let busy = |us: f64| Spread::new(us / 1000.0, us / 1000.0 * BUSY);
    Spreads {
        store_ms: Spread::new(p50, p99),
        verify_ms: busy(c.verify_us),
        warm_ms: busy(c.warm_check_us),
        ask_ms: match case.topology.deployment.gateway {
            Gateway::None => None,
            _ => Some(Spread::new(c.ask_edge_p50_ms, c.ask_edge_p99_ms)),
        },
        first_ms: busy(if cookies { c.unseal_us } else { c.verify_us }),
        push_s: Spread::new(c.propagation_p50_ms / 1000.0, c.propagation_p99_ms / 1000.0),
    }
}

impl Scenario {
    /// Steps of every series.
    #[must_use]
    pub fn steps(&self) -> usize {
        (libm::ceil(self.length_s / self.step_s - 1e-9) as usize).max(1)
    }

    /// The events that are expected: requests, those of whoever holds a revoked credential, logins and revocations; and the
    /// tokens that are renewed, at a tenth of a request's cost.
    #[must_use]
    pub fn events(&self) -> f64 {
        let credentials = self.credentials as f64;
        let lives = 1.0 / self.jwt_life_s + self.ours_life_s.map_or(0.0, |life| 1.0 / life);
        let revoked = self.revocations_per_s * self.thief_s.min(self.length_s) / credentials;
        let changes = self.logins_per_s + self.revocations_per_s;
        self.length_s * (self.requests_per_s * (1.0 + revoked) + changes + credentials * lives / 10.0)
    }

    /// How long after a revocation a way may still accept, at the worst place and time, by what it is built of.
    #[must_use]
    pub fn bound_s(&self, way: Way) -> f64 {
        match way {
            Way::Sessions => 0.0,
            Way::Jwt | Way::Blocklist => self.jwt_life_s + self.leeway_s + self.skew_s,
            Way::Introspection => self.ttl_s,
            Way::Ours => self.covered_s,
        }
    }

    /// Seconds to a region and back.
    #[must_use]
    pub fn travel_s(&self, region: usize) -> f64 {
        let farthest = self.regions.saturating_sub(1).max(1) as f64;
        self.round_trip_s * region as f64 / farthest
    }
}
