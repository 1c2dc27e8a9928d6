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
