//! Bars as SVG: colours come from the page's style, so that both schemes have theirs.

use std::fmt::Write as _;

use crate::decide::Answer;
use crate::figures::{Price, Unit, human};

/// A figure as a chart: its id, its title, and whether orders of magnitude are compared.
const CHARTS: &[(&str, &str, bool)] = &[
    ("F-02", "Exposure after a revocation, worst", true),
    ("F-04", "Added latency, p99", true),
    ("F-05", "Store operations a second, peak", true),
    ("F-08", "Header bytes of a month", true),
    ("F-09", "Processor cores for checks, peak", true),
    ("F-14", "Good requests served during the outage", false),
];

const LABEL: f64 = 150.0;
const BAR: f64 = 210.0;
const ROW: f64 = 24.0;

/// Every chart, side by side where there is room.
pub(super) fn charts(answer: &Answer) -> String {
    let mut page = String::from("<div class=\"charts\">\n");
    for (id, title, by_magnitude) in CHARTS {
        page.push_str(&chart(answer, id, title, *by_magnitude));
    }
    page.push_str("</div>\n");
    page
}

fn chart(answer: &Answer, id: &str, title: &str, by_magnitude: bool) -> String {
    let values: Vec<(&Price, f64)> = answer
        .prices
        .iter()
        .map(|price| (price, price.value(id)))
        .collect();
    let unit = answer
        .prices
        .first()
        .and_then(|price| price.figures.iter().find(|figure| figure.id == id))
        .map_or(Unit::Count, |figure| figure.unit);
    let height = ROW * values.len() as f64;
    let note = if by_magnitude {
        " <small>logarithmic</small>"
    } else {
        ""
    };
    let mut svg = format!(
        "<figure><figcaption>{title}{note}</figcaption>\n<svg viewBox=\"0 0 {:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">\n",
        LABEL + BAR + 90.0
    );
    for (at, (price, value)) in values.iter().enumerate() {
        let y = ROW * at as f64;
        let is_chosen = answer
            .mechanism
            .is_some_and(|mechanism| mechanism.as_str() == price.scheme.as_str());
        let is_out = answer.options.iter().any(|option| {
            option.mechanism.as_str() == price.scheme.as_str() && !option.excluded_by.is_empty()
        });
        let class = if is_chosen {
            "chosen"
        } else if is_out {
            "out"
        } else {
            "other"
        };
        let width = BAR * part(*value, &values, unit, by_magnitude);
        let _ = writeln!(
            svg,
            "<text class=\"label {class}\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{LABEL:.0}\" y=\"{:.0}\" width=\"{width:.1}\" height=\"{:.0}\" rx=\"2\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
            LABEL - 8.0,
            y + 16.0,
            super::short::scheme(price.scheme).join(" "),
            y + 4.0,
            ROW - 8.0,
            LABEL + width + 6.0,
            y + 16.0,
            human(*value, unit).replace('<', "&lt;")
        );
    }
    svg.push_str("</svg></figure>\n");
    svg
}

/// How much of the width: of a hundred percent, or of the orders of magnitude between the least and the most.
fn part(value: f64, values: &[(&Price, f64)], unit: Unit, by_magnitude: bool) -> f64 {
    if unit == Unit::Percent {
        return (value / 100.0).clamp(0.0, 1.0);
    }
    let most = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    if value <= 0.0 || most <= 0.0 {
        return 0.0;
    }
    if !by_magnitude {
        return value / most;
    }
    let least = values
        .iter()
        .map(|(_, value)| *value)
        .filter(|value| *value > 0.0)
        .fold(most, f64::min);
    // The least has a tenth of the width; a bar begins a little below it.
    let range = (most / least).log10().max(0.05);
    0.1 + 0.9 * (value / least).log10() / range
}

/// A score with a bar behind it.
pub(super) fn cell(score: f64) -> String {
    format!(
        "<svg class=\"score\" viewBox=\"0 0 60 14\" role=\"img\" aria-label=\"{score:.2}\"><rect class=\"other\" width=\"{:.1}\" height=\"14\" rx=\"2\"/></svg> {score:.2}",
        60.0 * score.clamp(0.0, 1.0)
    )
}
