//! What was found of what is true, and what was said besides.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::ours::Findings;
use crate::truth::{Known, Target, place_of};

/// What a tool made of one target.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) faults: usize,
    pub(crate) found: usize,
    /// Of the faults, those that somebody gains by at once.
    pub(crate) exploitable: usize,
    pub(crate) exploitable_found: usize,
    /// A line for each fault that was not found.
    pub(crate) missed: Vec<String>,
    /// A line for each finding on a twin that is not true.
    pub(crate) wrong: Vec<String>,
    pub(crate) took: Duration,
}

/// Checks that decide something wherever a run gets in: with a password, or with a token.
const LOOKED_AT: [&str; 2] = ["session.fixation", "jwt.signature-wrong"];

/// Holds our findings against the truth. What was not tested was not found.
pub(crate) fn ours(target: &Target, findings: &Findings, took: Duration) -> Score {
    let finds = |fault: &Known| fault.found_by.iter().any(|check| findings.failed(check));
    let told = |fault: &Known| {
        let why: Vec<String> = fault
            .found_by
            .iter()
            .map(|check| format!("{check} {}", findings.told(check)))
            .collect();
        why.join(" | ")
    };
    let mut score = scored(target, &finds, &told, took);
    if target.faults.is_empty() {
        let is_true = |check: &str, place: &str| {
            let entries = target.remains.iter().flat_map(|remains| &remains.checks);
            entries
                .map(|entry| place_of(entry))
                .any(|(one, at)| one == check && at.is_none_or(|at| at == place))
        };
        let untrue = findings.all().filter(|(check, place, _)| !is_true(check, place));
        // A twin that nobody can sign in to is sound in nothing that was seen: silence about it says nothing.
        let open = LOOKED_AT.iter().find_map(|check| findings.left_open(check));
        score
            .wrong
            .extend(open.map(|why| format!("{}: was not looked at: {why}", target.name)));
        score.wrong.extend(
            untrue.map(|(check, place, detail)| format!("{}: {check} @ {place}: {detail}", target.name)),
        );
    }
    score
}

/// Holds wapiti's against the same truth.
pub(crate) fn wapiti(target: &Target, categories: &BTreeSet<String>, took: Duration) -> Score {
    let finds = |fault: &Known| fault.wapiti.iter().any(|category| categories.contains(category));
    let told = |fault: &Known| {
        if fault.wapiti.is_empty() {
            "no module".to_owned()
        } else {
            "silent".to_owned()
        }
    };
    let mut score = scored(target, &finds, &told, took);
    if target.faults.is_empty() {
        let is_true = |category: &str| {
            target
                .remains
                .iter()
                .any(|remains| remains.wapiti.iter().any(|one| one == category))
        };
        let untrue = categories.iter().filter(|category| !is_true(category));
        score
            .wrong
            .extend(untrue.map(|category| format!("{}: {category}", target.name)));
    }
    score
}

fn scored(
    target: &Target,
    finds: &dyn Fn(&Known) -> bool,
    told: &dyn Fn(&Known) -> String,
    took: Duration,
) -> Score {
    let mut score = Score {
        took,
        ..Score::default()
    };
    for fault in &target.faults {
        let found = finds(fault);
        score.faults += 1;
        score.found += usize::from(found);
        score.exploitable += usize::from(fault.exploitable);
        score.exploitable_found += usize::from(fault.exploitable && found);
        if !found {
            score.missed.push(format!(
                "{}: {} ({}): {}",
                target.name,
                fault.class,
                fault.source,
                told(fault)
            ));
        }
    }
    score
}

impl Score {
    /// Adds another target's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.found += other.found;
        self.exploitable += other.exploitable;
        self.exploitable_found += other.exploitable_found;
        self.missed.extend(other.missed.iter().cloned());
        self.wrong.extend(other.wrong.iter().cloned());
        self.took += other.took;
    }
}

/// Found of what there is.
pub(crate) fn recall(found: usize, of: usize) -> f64 {
    let share = |number: usize| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    if of == 0 { 0.0 } else { share(found) / share(of) }
}

#[cfg(test)]
mod tests {
    use audit::Verdict;
    use audit::testing::{outcome, report};

    use super::*;

    const TARGET: &str = r#"
        name = "a 1"
        kind = "token"
        program = "node/tokens.cjs"
        set = "a-1"
        use = "a"
        [[fault]]
        class = "confusion"
        says = "the public key is taken for a secret"
        source = "CVE-0000-0000"
        found_by = ["jwt.confusion-der", "jwt.confusion-file"]
        [[fault]]
        class = "unsigned"
        says = "none"
        source = "CVE-0000-0001"
        found_by = ["jwt.alg-none"]
        wapiti = ["None"]
        exploitable = false
    "#;

    fn findings(rows: &[(&str, Verdict)]) -> Findings {
        let mut findings = Findings::default();
        findings.add(report(
            rows.iter()
                .map(|(check, verdict)| outcome(check, *verdict, &[]))
                .collect(),
        ));
        findings
    }

    #[test]
    fn one_of_the_checks_is_enough_and_not_tested_is_a_miss() {
        let target: Target = toml::from_str(TARGET).unwrap();
        let seen = findings(&[
            ("jwt.confusion-file", Verdict::Fail),
            ("jwt.alg-none", Verdict::NotTested),
        ]);
        let score = ours(&target, &seen, Duration::ZERO);
        assert_eq!(
            (
                score.faults,
                score.found,
                score.exploitable,
                score.exploitable_found
            ),
            (2, 1, 1, 1)
        );
        assert!(score.missed[0].contains("NotTested") && score.wrong.is_empty());
    }

    #[test]
    fn a_twin_may_be_told_what_remains_true_and_nothing_else() {
        let mut target: Target = toml::from_str(TARGET).unwrap();
        target.faults.clear();
        let seen = findings(&[
            ("jwt.alg-none", Verdict::Fail),
            ("jwt.confusion-der", Verdict::Pass),
        ]);
        assert_eq!(ours(&target, &seen, Duration::ZERO).wrong.len(), 1);
        target.remains = vec![toml::from_str("checks = ['jwt.alg-none']\nwhy = 'so it is'").unwrap()];
        assert!(ours(&target, &seen, Duration::ZERO).wrong.is_empty());
        // The place of these findings is `here`.
        for (entry, wrong) in [("jwt.alg-none @ here", 0), ("jwt.alg-none @ elsewhere", 1)] {
            target.remains[0].checks = vec![entry.to_owned()];
            assert_eq!(ours(&target, &seen, Duration::ZERO).wrong.len(), wrong, "{entry}");
            assert_eq!(seen.failed(entry), wrong == 0, "{entry}");
        }
    }

    #[test]
    fn silence_about_a_twin_that_was_not_looked_at_is_wrong() {
        let mut target: Target = toml::from_str(TARGET).unwrap();
        target.faults.clear();
        for (verdict, wrong) in [
            (Verdict::Inconclusive, 1),
            (Verdict::Pass, 0),
            (Verdict::NotTested, 0),
        ] {
            let seen = findings(&[("session.fixation", verdict)]);
            assert_eq!(
                ours(&target, &seen, Duration::ZERO).wrong.len(),
                wrong,
                "{verdict:?}"
            );
        }
    }

    #[test]
    fn wapiti_is_held_against_the_same() {
        let mut target: Target = toml::from_str(TARGET).unwrap();
        let seen = BTreeSet::from(["None".to_owned(), "Else".to_owned()]);
        let score = wapiti(&target, &seen, Duration::ZERO);
        assert_eq!(
            (score.found, score.exploitable_found, score.missed.len()),
            (1, 0, 1)
        );
        target.faults.clear();
        assert_eq!(wapiti(&target, &seen, Duration::ZERO).wrong.len(), 2);
    }

    #[test]
    fn recall_of_nothing_is_none() {
        assert_eq!((recall(0, 0), recall(1, 2), recall(3, 3)), (0.0, 0.5, 1.0));
    }
}
