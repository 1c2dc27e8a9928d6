//! From a middle to a worst case, one row a way, by orders of magnitude.

use std::fmt::Write as _;

use super::WIDTH;
use crate::figures::{Unit, human};
use crate::simulation::Way;

/// One row.
pub(super) struct Bar {
    pub(super) way: Way,
    pub(super) from: f64,
    pub(super) middle: f64,
    pub(super) to: f64,
    pub(super) said: String,
}

const LABEL: f64 = 150.0;
const SAID: f64 = 130.0;
const ROW: f64 = 26.0;

/// The rows and their scale; and how high they are.
pub(super) fn bars(rows: &[Bar], unit: Unit) -> (String, f64) {
    let above_zero = |value: &f64| *value > 0.0;
    let values = rows
        .iter()
        .flat_map(|row| [row.from, row.middle, row.to])
        .filter(above_zero);
    let most = values.clone().fold(0.0, f64::max);
    let least = values.fold(most, f64::min);
    let decades = |value: f64| libm::log10(value.max(1e-12));
    let (low, high) = (libm::floor(decades(least)), libm::ceil(decades(most)));
    let (low, high) = if high > low { (low, high) } else { (low, low + 1.0) };
    let room = WIDTH - LABEL - SAID;
    let x = |value: f64| LABEL + room * ((decades(value) - low) / (high - low)).clamp(0.0, 1.0);
    let bottom = ROW * rows.len() as f64;
    let mut drawing = String::new();
    let every = (((high - low) / 6.0).ceil()).max(1.0);
    let mut at = low;
    while at <= high {
        let value = libm::pow(10.0, at);
        let _ = write!(
            drawing,
            "<line class=\"grid\" x1=\"{0:.1}\" y1=\"0\" x2=\"{0:.1}\" y2=\"{bottom:.0}\"/><text class=\"small\" x=\"{0:.1}\" y=\"{1:.0}\" text-anchor=\"middle\">{2}</text>",
            x(value),
            bottom + 16.0,
            human(value, unit)
        );
        at += every;
    }
    for (at, row) in rows.iter().enumerate() {
        let y = ROW * at as f64;
        let strong = if row.way == Way::Ours { " strong" } else { "" };
        let _ = write!(
            drawing,
            "<text class=\"label{strong}\" x=\"0\" y=\"{:.0}\">{}</text><text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            y + 17.0,
            row.way.title(),
            WIDTH,
            y + 17.0,
            row.said
        );
        if row.to > 0.0 {
            drawing.push_str(&marks(row, y, &x));
        }
    }
    (drawing, bottom + 26.0)
}

/// The body to the p99, a pale tail to the worst, and a dot where it begins.
fn marks(row: &Bar, y: f64, x: &dyn Fn(f64) -> f64) -> String {
    let class = row.way.as_str();
    // An expected value may lie above the p99: rare events make it.
    let (low, high) = (row.from.min(row.middle), row.from.max(row.middle));
    let (from, middle, to) = (x(low), x(high), x(row.to.max(high)));
    format!(
        "<rect class=\"{class} tail\" x=\"{middle:.1}\" y=\"{0:.1}\" width=\"{1:.1}\" height=\"8\"/><rect class=\"{class}\" x=\"{from:.1}\" y=\"{0:.1}\" width=\"{2:.1}\" height=\"8\" stroke=\"none\"/><circle class=\"{class}\" cx=\"{3:.1}\" cy=\"{4:.1}\" r=\"5\"/>",
        y + 9.0,
        (to - middle).max(0.0),
        (middle - from).max(1.0),
        x(row.from),
        y + 13.0
    )
}
