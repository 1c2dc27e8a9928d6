//! An outcome for a terminal of 80 columns, and the same table for a page.

use std::fmt::Write as _;

use super::{about, ms, span};
use crate::figures::{Unit, human};
use crate::simulation::outcome::{Outcome, WayOutcome};

/// A row: its name, and a way's value.
type Row = (&'static str, fn(&WayOutcome) -> String);

const ROWS: &[Row] = &[
    ("latency, median", |one| ms(one.latency_ms.p50)),
    ("latency, p99", |one| ms(one.latency_ms.p99)),
    ("latency, p99.9", |one| ms(one.latency_ms.p999)),
    ("exposure, expected", |one| ms(one.exposure_s.expected * 1000.0)),
    ("exposure, p99", |one| ms(one.exposure_s.p99 * 1000.0)),
    ("exposure, worst", |one| ms(one.exposure_s.worst * 1000.0)),
    ("store operations", |one| {
        human(one.store.mean_per_s, Unit::PerSecond)
    }),
    ("the same, at peak", |one| {
        human(one.store.peak_per_s, Unit::PerSecond)
    }),
    ("good, refused", |one| {
        percent(one.good_refused, one.good_accepted + one.good_refused)
    }),
    ("revoked, accepted", |one| count(one.revoked_accepted)),
    ("revoked, past bound", |one| count(one.past_bound)),
];

/// For a terminal.
#[must_use]
pub fn text(outcome: &Outcome) -> String {
    let s = &outcome.scenario;
    let mut page = format!("{}\n", crate::report::printable(&s.name));
    wrapped(&mut page, &format!("{}.", about(outcome)));
    wrapped(
        &mut page,
        &format!(
            "The store is down from {}; the farthest region is cut off from {}.",
            span(s.outage),
            span(s.partition)
        ),
    );
    let heads = ["session,", "JWT", "JWT and", "introsp.,", "pushed"];
    let tails = ["looked up", "alone", "list", "cached", "revoc."];
    for words in [heads, tails] {
        let _ = write!(page, "\n{:22}", "");
        for word in words {
            let _ = write!(page, "{word:>11}");
        }
    }
    page.push('\n');
    for (name, value) in ROWS {
        let _ = write!(page, "{name:22}");
        for one in &outcome.ways {
            let _ = write!(page, "{:>11}", value(one));
        }
        page.push('\n');
    }
    page.push('\n');
    wrapped(
        &mut page,
        "Exposure counts at the edge where a revoked credential is tried. Good requests are refused while the store or the region has no contact. The model: docs/SIMULATION.md.",
    );
    page
}

/// For a page.
pub(super) fn table(outcome: &Outcome) -> String {
    let mut page =
        String::from("<div class=\"wide\"><table>\n<thead><tr><th><span class=\"soft\">figure</span>");
    for one in &outcome.ways {
        let _ = write!(page, "<th>{}", one.way.title());
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (name, value) in ROWS {
        let _ = write!(page, "<tr><th scope=\"row\">{name}");
        for one in &outcome.ways {
            let _ = write!(page, "<td>{}", value(one).replace('<', "&lt;"));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
    page
}

fn percent(part: u64, all: u64) -> String {
    if part == 0 {
        return "0 %".to_owned();
    }
    human(part as f64 * 100.0 / all.max(1) as f64, Unit::Percent)
}

fn count(value: u64) -> String {
    human(value as f64, Unit::PerSecond)
        .trim_end_matches("/s")
        .to_owned()
}

/// Lines of at most 80 columns.
fn wrapped(page: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split(' ') {
        if column > 0 && column + 1 + word.chars().count() > 80 {
            page.push('\n');
            column = 0;
        } else if column > 0 {
            page.push(' ');
            column += 1;
        }
        page.push_str(word);
        column += word.chars().count();
    }
    page.push('\n');
}
