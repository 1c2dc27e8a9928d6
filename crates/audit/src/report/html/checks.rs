//! What came of every check: a table of those that were tried, and of the others one line for each reason.

use std::fmt::Write as _;

use super::{escape, place};
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

pub(super) fn table(page: &mut String, report: &Report) {
    page.push_str("<section>\n<h2>Every check</h2>\n");
    not_tested(page, report);
    page.push_str("<table class=\"checks\">\n<thead><tr><th>Check<th>Verdict<th>What was tried, or what decides nothing</tr></thead>\n<tbody>\n");
    for verdict in [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass] {
        for outcome in ended(report, verdict) {
            row(page, outcome);
        }
    }
    page.push_str("</tbody></table>\n</section>\n");
}

fn ended(report: &Report, verdict: Verdict) -> impl Iterator<Item = &Outcome> {
    let same = move |outcome: &&Outcome| outcome.verdict == verdict;
    report.outcomes.iter().filter(same)
}

fn row(page: &mut String, outcome: &Outcome) {
    let class = match outcome.verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Inconclusive | Verdict::NotTested => "untested",
    };
    let why = if outcome.verdict == Verdict::Fail {
        let places = outcome.findings.iter().map(place);
        places.collect::<Vec<_>>().join("<br>")
    } else {
        escape(&outcome.why)
    };
    let _ = writeln!(
        page,
        "<tr><td><code>{}</code><br>{}<td class=\"{class}\">{}<td>{why}</tr>",
        escape(&outcome.check),
        escape(&outcome.title),
        outcome.verdict.word()
    );
}

/// Reasons, each with its checks.
fn not_tested(page: &mut String, report: &Report) {
    let mut reasons: Vec<(&str, Vec<&Outcome>)> = Vec::new();
    for outcome in ended(report, Verdict::NotTested) {
        match reasons.iter_mut().find(|(why, _)| *why == outcome.why) {
            Some((_, checks)) => checks.push(outcome),
            None => reasons.push((&outcome.why, vec![outcome])),
        }
    }
    if reasons.is_empty() {
        return;
    }
    page.push_str("<h3>Not tested, which is no pass</h3>\n<ul class=\"reasons\">\n");
    for (why, checks) in reasons {
        let one = |outcome: &&Outcome| {
            let (id, title) = (escape(&outcome.check), escape(&outcome.title));
            format!("<code title=\"{title}\">{id}</code>")
        };
        let names = checks.iter().map(one).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "<li><strong>{}</strong>: {names}</li>", escape(why));
    }
    page.push_str("</ul>\n");
}
