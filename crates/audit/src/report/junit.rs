//! JUnit XML, as build servers take it: one test case for each check.

use std::fmt::Write as _;

use super::html::escape;
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

/// The report as JUnit. What was not decided is `skipped`, with the reason; a silenced finding is no failure.
#[must_use]
pub fn junit(report: &Report) -> String {
    let failed = report.outcomes.iter().filter(|outcome| is_loud(outcome)).count();
    let skipped = report
        .outcomes
        .iter()
        .filter(|outcome| is_skipped(outcome))
        .count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"symbolon audit {}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\" timestamp=\"{}\" hostname=\"localhost\">\n\
         <properties><property name=\"target\" value=\"{}\"/></properties>\n",
        escape(&report.target),
        report.outcomes.len(),
        report.started.trim_end_matches('Z'),
        escape(&report.target),
    );
    for outcome in &report.outcomes {
        case(&mut xml, outcome);
    }
    xml.push_str("<system-out></system-out>\n<system-err></system-err>\n</testsuite>\n</testsuites>\n");
    xml
}

fn case(xml: &mut String, outcome: &Outcome) {
    let suite = outcome.check.split('.').next().unwrap_or_default();
    let _ = write!(
        xml,
        "<testcase name=\"{}\" classname=\"{suite}\" time=\"0\">",
        escape(&outcome.check)
    );
    if is_skipped(outcome) {
        let _ = write!(
            xml,
            "<skipped message=\"{}: {}\"/>",
            outcome.verdict.word(),
            escape(&outcome.why)
        );
    } else if is_loud(outcome) {
        let loud = outcome.findings.iter().filter(|found| found.silenced.is_none());
        let lines: Vec<String> = loud
            .map(|found| format!("{}: {}", found.place, found.detail))
            .collect();
        let _ = write!(
            xml,
            "<failure type=\"{}\" message=\"{}\">{}\n{}</failure>",
            outcome.severity.word(),
            escape(&outcome.title),
            escape(&lines.join("\n")),
            escape(&outcome.requirements()),
        );
    }
    xml.push_str("</testcase>\n");
}

fn is_loud(outcome: &Outcome) -> bool {
    outcome.findings.iter().any(|found| found.silenced.is_none())
}

fn is_skipped(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Inconclusive | Verdict::NotTested)
}
