//! An outcome for people and for programs.

mod bars;
mod lines;
mod text;

use std::fmt::Write as _;

use serde_json::{Value, json as object};

use super::Way;
use super::asked::{Method, Window};
use super::outcome::Outcome;
use crate::figures::{Unit, human};
use bars::{Bar, bars};
use lines::{Line, Panel, panel};

pub use text::text;

const STYLE: &str = include_str!("report/charts.css");

/// The outcome as one JSON document.
#[must_use]
pub fn json(outcome: &Outcome) -> Value {
    object!(outcome)
}

/// A figure: its title, a sentence of what is seen, and the drawing.
struct Figure {
    title: &'static str,
    note: String,
    width: f64,
    height: f64,
    drawing: String,
}

const WIDTH: f64 = 720.0;

fn all(outcome: &Outcome) -> Vec<Figure> {
    vec![
        latency(outcome),
        exposure(outcome),
        load(outcome),
        refused(outcome),
        accepted(outcome),
    ]
}

fn latency(outcome: &Outcome) -> Figure {
    let rows = outcome.ways.iter().map(|one| {
        let l = &one.latency_ms;
        Bar {
            way: one.way,
            from: l.p50,
            middle: l.p99,
            to: l.p999,
            said: format!("{} / {}", ms(l.p50), ms(l.p99)),
        }
    });
    let (drawing, height) = bars(&rows.collect::<Vec<_>>(), Unit::Ms);
    Figure {
        title: "Latency of the check",
        note:
            "From the median over p99 to p99.9, of accepted requests; logarithmic. Beside it: median / p99."
                .to_owned(),
        width: WIDTH,
        height,
        drawing,
    }
}

fn exposure(outcome: &Outcome) -> Figure {
    let rows = outcome.ways.iter().map(|one| {
        let e = &one.exposure_s;
        let said = format!("{} / {}", ms(e.expected * 1000.0), ms(e.worst * 1000.0));
        Bar {
            way: one.way,
            from: e.expected * 1000.0,
            middle: e.p99 * 1000.0,
            to: e.worst * 1000.0,
            said,
        }
    });
    let (drawing, height) = bars(&rows.collect::<Vec<_>>(), Unit::Ms);
    Figure {
        title: "Accepted after a revocation",
        note: "From the expected time over p99 to the worst, at the edge where the credential is tried; logarithmic. Beside it: expected / worst.".to_owned(),
        width: WIDTH,
        height,
        drawing,
    }
}

fn load(outcome: &Outcome) -> Figure {
    let s = &outcome.scenario;
    let whole = Window {
        from_s: 0.0,
        to_s: s.length_s,
    };
    let lines: Vec<Line<'_>> = outcome
        .ways
        .iter()
        .map(|one| Line {
            way: one.way,
            values: &one.load.values,
            scale: 1.0 / s.step_s,
        })
        .collect();
    let place = Panel {
        title: "",
        x: 0.0,
        width: WIDTH,
        window: whole,
        marked: &[s.outage, s.partition],
        unit: Unit::PerSecond,
        is_log: true,
    };
    let (drawing, height) = panel(&place, &lines, s.step_s);
    Figure {
        title: "Operations at the store",
        note: format!(
            "A second, over the run; logarithmic. Shaded: the store is down ({}), then the farthest region is cut off ({}). Tokens that were renewed together when contact came back are due together from then on.",
            span(s.outage),
            span(s.partition)
        ),
        width: WIDTH,
        height,
        drawing,
    }
}

/// Around the two disturbances, side by side.
fn around(
    outcome: &Outcome,
    values: impl Fn(usize) -> (Vec<f64>, f64),
    unit: Unit,
    is_log: bool,
) -> (String, f64) {
    let s = &outcome.scenario;
    let mut drawing = String::new();
    let mut height = 0.0;
    for (at, (title, window)) in [
        ("The store is down", s.outage),
        ("A region is cut off", s.partition),
    ]
    .into_iter()
    .enumerate()
    {
        let length = window.to_s - window.from_s;
        let shown = Window {
            from_s: window.from_s - length * 0.5,
            to_s: window.to_s + length,
        };
        let kept: Vec<(Way, Vec<f64>, f64)> = Way::ALL
            .iter()
            .map(|way| {
                let (values, scale) = values(way.index());
                (*way, values, scale)
            })
            .collect();
        let lines: Vec<Line<'_>> = kept
            .iter()
            .map(|(way, values, scale)| Line {
                way: *way,
                values,
                scale: *scale,
            })
            .collect();
        let place = Panel {
            title,
            x: WIDTH / 2.0 * at as f64,
            width: WIDTH / 2.0,
            window: shown,
            marked: &[window],
            unit,
            is_log,
        };
        let (part, tall) = panel(&place, &lines, s.step_s);
        drawing.push_str(&part);
        height = tall;
    }
    (drawing, height)
}

fn refused(outcome: &Outcome) -> Figure {
    let part = |way: usize| {
        let refused = outcome
            .ways
            .get(way)
            .map(|one| one.refused.values.as_slice())
            .unwrap_or_default();
        let all = &outcome.requests.values;
        let percent = refused
            .iter()
            .zip(all)
            .map(|(one, all)| if *all > 0.0 { 100.0 * one / all } else { 0.0 });
        (percent.collect(), 1.0)
    };
    let (drawing, height) = around(outcome, part, Unit::Percent, false);
    Figure {
        title: "Good requests refused",
        note: "Percent of all requests of the deployment, around the two disturbances.".to_owned(),
        width: WIDTH,
        height,
        drawing,
    }
}

fn accepted(outcome: &Outcome) -> Figure {
    let s = &outcome.scenario;
    let values = |way: usize| {
        let values = outcome
            .ways
            .get(way)
            .map(|one| one.accepted_revoked.values.clone());
        (values.unwrap_or_default(), 1.0 / s.step_s)
    };
    let (drawing, height) = around(outcome, values, Unit::PerSecond, true);
    Figure {
        title: "Revoked requests accepted",
        note: "A second, around the two disturbances; logarithmic. A way without a line accepted none."
            .to_owned(),
        width: WIDTH,
        height,
        drawing,
    }
}

fn span(window: Window) -> String {
    format!("{} to {}", lines::clock(window.from_s), lines::clock(window.to_s))
}

fn ms(value: f64) -> String {
    if value <= 0.0 {
        "0".to_owned()
    } else {
        human(value, Unit::Ms)
    }
}

/// What was simulated, in a line.
fn about(outcome: &Outcome) -> String {
    let s = &outcome.scenario;
    let how = match s.method {
        Method::Exact => "event by event",
        Method::Aggregated => "in cohorts",
    };
    format!(
        "{} credentials, edges: {}, regions: {}, {}; {} requests, {} revocations; {how}, seed {}",
        s.credentials,
        s.edges,
        s.regions,
        ms(s.length_s * 1000.0),
        outcome.good + outcome.revoked,
        outcome.revocations,
        outcome.seed
    )
}

/// Every chart as a figure of a page; the page brings [`style`].
#[must_use]
pub fn figures(outcome: &Outcome) -> String {
    let mut page = format!(
        "<p class=\"key\">{}.</p>\n{}<div class=\"sim\">\n",
        about(outcome),
        lines::legend_html()
    );
    for figure in all(outcome) {
        let _ = writeln!(
            page,
            "<figure><figcaption>{}<br><small>{}</small></figcaption>\n<div class=\"wide\"><svg class=\"chart\" viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" aria-label=\"{}\">{}</svg></div></figure>",
            figure.title, figure.note, figure.width, figure.height, figure.title, figure.drawing
        );
    }
    page.push_str("</div>\n");
    page
}

/// The colours of the charts, in both schemes.
#[must_use]
pub const fn style() -> &'static str {
    STYLE
}

/// All charts as one drawing.
#[must_use]
pub fn svg(outcome: &Outcome) -> String {
    let figures = all(outcome);
    let height: f64 = 60.0 + figures.iter().map(|figure| figure.height + 76.0).sum::<f64>();
    let mut page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"-16 0 {:.0} {height:.0}\" role=\"img\" aria-label=\"A simulated day\">\n<style>\n{STYLE}</style>\n<rect class=\"ground\" x=\"-16\" width=\"{:.0}\" height=\"{height:.0}\"/>\n",
        WIDTH + 32.0,
        WIDTH + 32.0
    );
    let _ = writeln!(
        page,
        "<text class=\"small\" x=\"0\" y=\"20\">{}</text>{}",
        about(outcome),
        lines::legend(36.0)
    );
    let mut y = 60.0;
    for figure in figures {
        let _ = writeln!(
            page,
            "<text class=\"title\" x=\"0\" y=\"{:.0}\">{}</text><text class=\"small\" x=\"0\" y=\"{:.0}\">{}</text><g transform=\"translate(0 {:.0})\">{}</g>",
            y + 22.0,
            figure.title,
            y + 40.0,
            figure.note,
            y + 52.0,
            figure.drawing
        );
        y += figure.height + 76.0;
    }
    page.push_str("</svg>\n");
    page
}

/// One page that needs nothing else.
#[must_use]
pub fn html(outcome: &Outcome) -> String {
    let title = crate::report::escape(&outcome.scenario.name);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}: simulated</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><p class=\"kicker\">Five ways, the same requests</p><h1>{title}</h1></header>\n<section>\n{}{}</section>\n</main>\n</body>\n</html>\n",
        crate::report::STYLE,
        text::table(outcome),
        figures(outcome)
    )
}

#[cfg(test)]
mod tests;
