//! Two runs side by side: what is new, what is fixed, what is still there.

use std::collections::BTreeSet;

use crate::report::Compared;
use crate::run::Report;
use crate::verdict::Verdict;

/// What an earlier run had and this one does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gone {
    /// Check and place of findings whose check ran again and did not find them.
    pub fixed: Vec<(String, String)>,
    /// Those whose check did not come to an end this time: nobody knows.
    pub unknown: Vec<(String, String)>,
}

/// Marks each finding of `now` and tells what is gone since `before`.
pub fn compare(now: &mut Report, before: &Report) -> Gone {
    let old = places(before);
    let new = places(now);
    for outcome in &mut now.outcomes {
        for found in &mut outcome.findings {
            let was_there = old.contains(&(outcome.check.clone(), found.place.clone()));
            found.compared = Some(if was_there {
                Compared::StillThere
            } else {
                Compared::New
            });
        }
    }
    let ended = |check: &str| {
        let ended = |verdict| matches!(verdict, Verdict::Pass | Verdict::Fail);
        now.outcomes
            .iter()
            .any(|outcome| outcome.check == check && ended(outcome.verdict))
    };
    let (fixed, unknown) = old.difference(&new).cloned().partition(|(check, _)| ended(check));
    Gone { fixed, unknown }
}

fn places(report: &Report) -> BTreeSet<(String, String)> {
    let outcomes = report.outcomes.iter();
    let of = |outcome: &crate::run::Outcome| {
        let place = |found: &crate::report::Found| (outcome.check.clone(), found.place.clone());
        outcome.findings.iter().map(place).collect::<Vec<_>>()
    };
    outcomes.flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{outcome, report};

    #[test]
    fn findings_are_new_fixed_still_there_or_unknown() {
        let failing = |id: &str| outcome(id, Verdict::Fail, &["V9.1.1"]);
        let before = report(vec![failing("a.stays"), failing("a.goes"), failing("a.unseen")]);
        let mut now = report(vec![
            failing("a.stays"),
            failing("a.comes"),
            outcome("a.goes", Verdict::Pass, &["V9.1.1"]),
            outcome("a.unseen", Verdict::NotTested, &["V9.1.1"]),
        ]);
        let gone = compare(&mut now, &before);
        let word = |at: usize| now.outcomes[at].findings[0].compared;
        assert_eq!(
            (word(0), word(1)),
            (Some(Compared::StillThere), Some(Compared::New))
        );
        assert_eq!(gone.fixed, [("a.goes".to_owned(), "here".to_owned())]);
        assert_eq!(gone.unknown, [("a.unseen".to_owned(), "here".to_owned())]);
    }
}
