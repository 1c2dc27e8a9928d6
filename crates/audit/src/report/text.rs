//! The summary for a terminal: findings first, then what was not tested, then the share of ASVS.

use std::fmt::Write as _;

use super::Compared;
use crate::baseline::Gone;
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

/// The summary, without colours. Nothing in it can steer a terminal.
#[must_use]
pub fn summary(report: &Report, gone: Option<&Gone>) -> String {
    let mut text = String::new();
    for (outcome, found) in report.findings() {
        let compared = match found.compared {
            Some(Compared::New) => " (new)",
            Some(Compared::StillThere) => " (still there)",
            None => "",
        };
        let _ = writeln!(text, "{:8}  {}{compared}", outcome.severity.word(), outcome.title);
        let _ = writeln!(text, "          {}: {}", found.place, found.detail);
        let _ = writeln!(text, "          {}", reference(outcome));
    }
    if let Some(gone) = gone {
        list(&mut text, "fixed", &gone.fixed);
        list(
            &mut text,
            "not seen this time, and not tested either",
            &gone.unknown,
        );
    }
    not_decided(&mut text, report);
    let silenced = report.outcomes.iter().flat_map(|outcome| &outcome.findings);
    let silenced = silenced.filter(|found| found.silenced.is_some()).count();
    let _ = writeln!(
        text,
        "\n{} checks: {} failed, {} passed, {} inconclusive, {} not tested; {silenced} findings silenced; {} requests",
        report.outcomes.len(),
        report.count(Verdict::Fail),
        report.count(Verdict::Pass),
        report.count(Verdict::Inconclusive),
        report.count(Verdict::NotTested),
        report.requests,
    );
    coverage(&mut text, report);
    printable(&text)
}

fn reference(outcome: &Outcome) -> String {
    let mut words = vec![outcome.check.clone()];
    if !outcome.asvs.is_empty() {
        words.push(format!("ASVS {}", outcome.requirements()));
    }
    words.extend(outcome.rfc.iter().cloned());
    words.join("; ")
}

fn list(text: &mut String, word: &str, places: &[(String, String)]) {
    for (check, place) in places {
        let _ = writeln!(text, "{word}: {check} at {place}");
    }
}

/// Checks that decide nothing, one line for each reason.
fn not_decided(text: &mut String, report: &Report) {
    let mut reasons: Vec<(Verdict, &str, Vec<&str>)> = Vec::new();
    for outcome in &report.outcomes {
        if !matches!(outcome.verdict, Verdict::Inconclusive | Verdict::NotTested) {
            continue;
        }
        let same = |row: &&mut (Verdict, &str, Vec<&str>)| row.0 == outcome.verdict && row.1 == outcome.why;
        match reasons.iter_mut().find(same) {
            Some(row) => row.2.push(&outcome.check),
            None => reasons.push((outcome.verdict, &outcome.why, vec![&outcome.check])),
        }
    }
    for (verdict, why, checks) in reasons {
        let shown = checks.iter().take(4).copied().collect::<Vec<_>>().join(", ");
        let more = checks.len().saturating_sub(4);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let _ = writeln!(text, "{}: {shown}{more}: {why}", verdict.word());
    }
}

fn coverage(text: &mut String, report: &Report) {
    for level in &report.coverage.levels {
        let _ = writeln!(
            text,
            "ASVS level {}: {} of {} requirements looked at ({} can be seen from outside): {} passed, {} touched, {} failed; {} have a check that was not tested",
            level.level,
            level.tested(),
            level.demanded,
            level.from_outside,
            level.passed.len(),
            level.touched.len(),
            level.failed.len(),
            level.not_tested.len(),
        );
    }
}

/// Places and details hold what a target said.
fn printable(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{outcome, report};

    #[test]
    fn the_summary_tells_findings_reasons_and_the_share() {
        let mut one = outcome("a.fails", Verdict::Fail, &["V9.1.1"]);
        one.findings[0].detail = "a\u{1b}[2Jb".to_owned();
        one.findings[0].compared = Some(Compared::New);
        let mut silenced = outcome("a.silenced", Verdict::Fail, &["V9.1.1"]);
        silenced.findings[0].silenced = Some("until 2027".to_owned());
        let rest = ["a.b", "a.c", "a.d", "a.e", "a.f"].map(|id| outcome(id, Verdict::NotTested, &[]));
        let report = report([one, silenced].into_iter().chain(rest).collect());
        let gone = Gone {
            fixed: vec![("a.gone".to_owned(), "there".to_owned())],
            unknown: Vec::new(),
        };
        let text = summary(&report, Some(&gone));
        for part in [
            "high      title of a.fails (new)",
            "here: a\u{fffd}[2Jb",
            "ASVS V9.1.1 (L1)",
            "fixed: a.gone at there",
            "not tested: a.b, a.c, a.d, a.e and 1 more: because",
            "1 findings silenced",
            "ASVS level 1: 1 of ",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("title of a.silenced"));
    }
}
