//! The promises of the revocation plane: each has its row in the page for whoever relies on them, and every test that the page
//! names exists.

use std::collections::BTreeSet;

use super::Report;
use super::attacks::tests_of;
use crate::tree::Tree;

const RULE: &str = "promises";
const PAGE: &str = "docs/REVOCATION.md";
const PROMISES: [&str; 7] = ["P1", "P2", "P3", "P4", "P5", "P6", "P7"];

/// Holds the page against the tests in the tree.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let Some(page) = tree.files().find(|file| file.path == PAGE) else {
        return report.find(RULE, PAGE, "is missing");
    };
    let tests: BTreeSet<String> = tree.rust().flat_map(tests_of).collect();
    for (at, line) in page.text.lines().enumerate() {
        for name in named(line).filter(|name| !tests.contains(*name)) {
            let place = format!("{PAGE}:{}", at + 1);
            report.find(RULE, &place, &format!("there is no test `{name}`"));
        }
    }
    let mut shown = 0;
    for promise in PROMISES {
        let start = format!("| {promise} |");
        let rows: Vec<&str> = page
            .text
            .lines()
            .filter(|line| line.starts_with(&start))
            .collect();
        match rows.as_slice() {
            [row] if named(row).next().is_some() => shown += named(row).count(),
            [_] => report.find(RULE, PAGE, &format!("{promise} names no test")),
            rows => report.find(RULE, PAGE, &format!("{promise} has {} rows", rows.len())),
        }
    }
    report.figures.push(format!(
        "promises: {} rows, shown by {shown} tests",
        PROMISES.len()
    ));
}

/// What a line names between backticks as a path: the tests.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "#[test]\nfn it_holds() {}\n";

    fn findings(rows: &str) -> Vec<String> {
        let mut report = Report::default();
        let tree = Tree::of(&[(PAGE, rows), ("crates/a/tests/b.rs", TEST)]);
        check(&tree, &mut report);
        report.findings
    }

    fn rows(numbers: std::ops::RangeInclusive<u8>, test: &str) -> String {
        numbers
            .map(|number| format!("| P{number} | so be it | `{test}` |\n"))
            .collect()
    }

    #[test]
    fn a_page_whose_tests_exist_passes() {
        assert_eq!(findings(&rows(1..=7, "a/tests/b.rs::it_holds")), [""; 0]);
    }

    #[test]
    fn a_promise_without_a_row_a_test_or_a_real_test_fails() {
        let test = "a/tests/b.rs::it_holds";
        assert_eq!(
            findings(&rows(1..=6, test)),
            ["docs/REVOCATION.md: P7 has 0 rows [promises]"]
        );
        let twice = rows(1..=7, test) + &rows(3..=3, test);
        assert_eq!(findings(&twice), ["docs/REVOCATION.md: P3 has 2 rows [promises]"]);
        let bare = rows(1..=6, test) + "| P7 | so be it | see above |";
        assert_eq!(
            findings(&bare),
            ["docs/REVOCATION.md: P7 names no test [promises]"]
        );
        let wrong = rows(1..=6, test) + &rows(7..=7, "a/tests/b.rs::it_hopes");
        assert_eq!(
            findings(&wrong),
            ["docs/REVOCATION.md:7: there is no test `a/tests/b.rs::it_hopes` [promises]"]
        );
        let mut report = Report::default();
        check(&Tree::of(&[]), &mut report);
        assert_eq!(report.findings, ["docs/REVOCATION.md: is missing [promises]"]);
    }
}
