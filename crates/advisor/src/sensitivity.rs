//! What would change the answer: for each number of the topology, the nearest values at which a client's mechanism
//! becomes another.

use domain::Span;
use serde::Serialize;

use crate::decide::mechanism;
use crate::figures::{Constants, Unit, human};
use crate::mechanism::Mechanism;
use crate::topology::{Client, Operation, Topology};

/// A value at which the answer becomes another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// The key, such as `requirements.added_latency`.
    pub key: &'static str,
    /// Whether the other answer lies below the value, or from it on.
    pub below: bool,
    /// The value.
    pub at: f64,
    /// Of what.
    pub unit: Unit,
    /// The answer there; nothing: none is left.
    pub becomes: Option<Mechanism>,
    /// Whether a cookie can carry the credential.
    pub has_cookies: bool,
}

/// A number that may be turned.
struct Knob {
    key: &'static str,
    /// What a value of it is, after the value.
    what: &'static str,
    unit: Unit,
    range: (f64, f64),
    read: fn(&Topology, &Client) -> f64,
    turn: fn(&mut Topology, f64),
}

const KNOBS: &[Knob] = &[
    Knob {
        key: "requirements.revocation_*",
        what: "of accepted exposure",
        unit: Unit::Ms,
        range: (50.0, 3_600_000.0),
        read: |topology, client| {
            let bound = |o: &Operation| topology.requirements.revocation(*o).as_ms();
            client.operations.iter().map(bound).min().unwrap_or_default() as f64
        },
        turn: |topology, value| {
            let span = Span::from_ms(value as u64);
            topology.requirements.revocation_reads = span;
            topology.requirements.revocation_writes = span;
            topology.requirements.revocation_admin = span;
        },
    },
    Knob {
        key: "requirements.added_latency",
        what: "of accepted latency",
        unit: Unit::Ms,
        range: (1.0, 10_000.0),
        read: |topology, _| topology.requirements.added_latency.as_ms() as f64,
        turn: |topology, value| topology.requirements.added_latency = Span::from_ms(value as u64),
    },
    Knob {
        key: "scale.requests_per_second",
        what: "of requests",
        unit: Unit::PerSecond,
        range: (1.0, 10_000_000.0),
        read: |topology, _| topology.scale.requests_per_second as f64,
        turn: |topology, value| topology.scale.requests_per_second = value as u64,
    },
    Knob {
        key: "deployment.edges",
        what: "places that check",
        unit: Unit::Count,
        range: (1.0, 10_000.0),
        read: |topology, _| topology.deployment.edges as f64,
        turn: |topology, value| topology.deployment.edges = value as u64,
    },
    Knob {
        key: "scale.header_budget_bytes",
        what: "for all headers",
        unit: Unit::Bytes,
        range: (128.0, 65_536.0),
        read: |topology, _| topology.scale.header_budget_bytes as f64,
        turn: |topology, value| topology.scale.header_budget_bytes = value as u64,
    },
];

/// Steps over a range: each a quarter of a doubling.
const STEP: f64 = 1.189_207_115;

/// The nearest turns of every number, in both directions.
#[must_use]
pub fn turns(topology: &Topology, client: &Client, constants: &Constants) -> Vec<Turn> {
    let now = mechanism(topology, client, constants);
    let at = |knob: &Knob, value: f64| {
        let mut other = topology.clone();
        (knob.turn)(&mut other, value);
        mechanism(&other, client, constants)
    };
    let mut found = Vec::new();
    for knob in KNOBS {
        // Where one number stands for several, setting it to the strictest may already be another question.
        let here = (knob.read)(topology, client);
        if at(knob, here) != now {
            continue;
        }
        for below in [true, false] {
            if let Some((value, becomes)) = nearest(knob, here, below, |value| at(knob, value)) {
                found.push(Turn {
                    key: knob.key,
                    below,
                    at: value,
                    unit: knob.unit,
                    becomes,
                    has_cookies: client.has_cookies(),
                });
            }
        }
    }
    found
}

/// Walks away from a value until the answer changes, then halves the last step down to whole numbers.
fn nearest(
    knob: &Knob,
    here: f64,
    below: bool,
    answer: impl Fn(f64) -> Option<Mechanism>,
) -> Option<(f64, Option<Mechanism>)> {
    let now = answer(here);
    let mut same = here.floor();
    loop {
        let next = if below {
            (same / STEP).floor().min(same - 1.0)
        } else {
            (same * STEP).ceil().max(same + 1.0)
        };
        if next < knob.range.0 || next > knob.range.1 {
            return None;
        }
        if answer(next) != now {
            let (same, other) = halve(same, next, |value| answer(value) == now);
            return Some((if below { same } else { other }, answer(other)));
        }
        same = next;
    }
}

/// Neighbouring whole numbers of which the first is still as now.
fn halve(mut same: f64, mut other: f64, is_same: impl Fn(f64) -> bool) -> (f64, f64) {
    while (same - other).abs() > 1.0 {
        let middle = ((same + other) / 2.0).floor();
        if is_same(middle) {
            same = middle;
        } else {
            other = middle;
        }
    }
    (same, other)
}

impl Turn {
    /// `below 40 ms of accepted latency (requirements.added_latency) the answer becomes a session at the edge`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let becomes = match self.becomes {
            Some(mechanism) => format!("the answer becomes a {}", mechanism.noun(self.has_cookies)),
            None => "no mechanism is left".to_owned(),
        };
        let side = if self.below { "below" } else { "from" };
        let what = KNOBS
            .iter()
            .find(|knob| knob.key == self.key)
            .map_or("", |knob| knob.what);
        format!(
            "{side} {} {what} ({}) {becomes}",
            human(self.at, self.unit),
            self.key
        )
    }
}

#[cfg(test)]
mod tests;
