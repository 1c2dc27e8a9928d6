//! What each option costs: one formula a figure, fed by the topology and the documented constants.

mod constants;
mod formulas;

pub use constants::{Constant, Constants};
pub use formulas::Scheme;

use serde::Serialize;

use crate::case::Case;
use crate::mechanism::Mechanism;

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// A second's worth.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Processor cores.
    Cores,
    /// Percent.
    Percent,
    /// How many.
    Count,
}

/// One figure of one option.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// `F-01`.
    pub id: &'static str,
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: Unit,
    /// How it is calculated, with the names of [`Constants`].
    pub formula: &'static str,
}

/// The figures of one option.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// The option.
    pub scheme: Scheme,
    /// F-01 to F-13, in order.
    pub figures: Vec<Figure>,
}

/// Ids, names and units of the figures, in their order.
pub const FIGURES: &[(&str, &str, Unit)] = &[
    ("F-01", "exposure after a revocation, expected", Unit::Ms),
    ("F-02", "exposure after a revocation, worst", Unit::Ms),
    ("F-03", "added latency, p50", Unit::Ms),
    ("F-04", "added latency, p99", Unit::Ms),
    ("F-05", "look-ups and writes at the store, peak", Unit::PerSecond),
    ("F-06", "memory of the store", Unit::Bytes),
    ("F-07", "header bytes of a request", Unit::Bytes),
    ("F-08", "header bytes of a month", Unit::Bytes),
    ("F-09", "processor cores for checks, peak", Unit::Cores),
    ("F-10", "revocation traffic to validators", Unit::BytesPerSecond),
    ("F-11", "token refreshes", Unit::PerSecond),
    ("F-12", "mass logout: last accept, worst", Unit::Ms),
    ("F-13", "mass logout: signing everybody in again", Unit::Ms),
    ("F-14", "good requests served during the outage", Unit::Percent),
];

/// The figures of every option, mechanisms first.
#[must_use]
pub fn prices(case: &Case<'_>) -> Vec<Price> {
    Scheme::all()
        .into_iter()
        .map(|scheme| price(case, scheme))
        .collect()
}

/// The figures of one option.
#[must_use]
pub fn price(case: &Case<'_>, scheme: Scheme) -> Price {
    let figures = FIGURES.iter().map(|(id, name, unit)| {
        let (value, formula) = formulas::one(case, scheme, id);
        Figure {
            id,
            name,
            value,
            unit: *unit,
            formula,
        }
    });
    Price {
        scheme,
        figures: figures.collect(),
    }
}

/// One figure of a mechanism, by its id.
pub(crate) fn value(case: &Case<'_>, mechanism: Mechanism, id: &str) -> f64 {
    said(case, mechanism, id).0
}

/// The same with its formula.
pub(crate) fn said(case: &Case<'_>, mechanism: Mechanism, id: &str) -> (f64, &'static str) {
    formulas::one(case, Scheme::Ours(mechanism), id)
}

impl Price {
    /// A figure's value by its id; 0 for one that does not exist.
    #[must_use]
    pub fn value(&self, id: &str) -> f64 {
        self.figures
            .iter()
            .find(|figure| figure.id == id)
            .map_or(0.0, |figure| figure.value)
    }
}

impl Figure {
    /// The value as people read it.
    #[must_use]
    pub fn text(&self) -> String {
        human(self.value, self.unit)
    }
}

/// A value with its unit, in two or three digits.
#[must_use]
pub fn human(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ms => duration(value),
        Unit::PerSecond => format!("{}/s", scaled(value, 1000.0, &["", "k", "M", "G"])),
        Unit::Bytes => format!("{}B", scaled(value, 1000.0, &[" ", " k", " M", " G", " T", " P"])),
        Unit::BytesPerSecond => format!("{}B/s", scaled(value, 1000.0, &[" ", " k", " M", " G", " T"])),
        Unit::Cores | Unit::Count => digits(value),
        Unit::Percent => format!("{} %", digits(value)),
    }
}

fn duration(ms: f64) -> String {
    if ms == 0.0 {
        return "0".to_owned();
    }
    let units = [
        (86_400_000.0, "d"),
        (3_600_000.0, "h"),
        (60_000.0, "min"),
        (1000.0, "s"),
        (1.0, "ms"),
    ];
    let (size, unit) = units
        .into_iter()
        .find(|(size, _)| ms >= *size)
        .unwrap_or((0.001, "µs"));
    format!("{} {unit}", digits(ms / size))
}

fn scaled(value: f64, step: f64, prefixes: &[&str]) -> String {
    let mut value = value;
    let mut at = 0;
    while value >= step && at + 1 < prefixes.len() {
        value /= step;
        at += 1;
    }
    format!(
        "{}{}",
        digits(value),
        prefixes.get(at).copied().unwrap_or_default()
    )
}

fn digits(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value < 0.01 {
        "<0.01".to_owned()
    } else if value < 1.0 {
        format!("{value:.2}")
    } else if value < 10.0 && (value - value.round()).abs() > 0.049 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests;
