//! How long files and functions may be.

use super::Report;
use crate::source::{Function, Source};
use crate::tree::{File, Tree};

const RULE: &str = "sizes";
const FILE_LINES: usize = 500;
const FILE_LINES_TO_REVIEW: usize = 300;
const IN_FILE_TEST_LINES: usize = 100;
const FUNCTION_LINES: usize = 70;
const PARAMETERS: usize = 5;

/// Measures every Rust file that is not a test as a whole.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let mut lengths = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test()) {
        let source = Source::of(&file.text);
        let lines = source.lines - source.test_lines();
        check_file(file, lines, source.test_lines(), report);
        for function in source
            .functions
            .iter()
            .filter(|function| !source.is_in_tests(function.first_line))
        {
            check_function(file, function, report);
        }
        lengths.push((lines, file.path.as_str()));
    }
    lengths.sort_unstable();
    report.figures.extend(figures(&lengths));
}

fn check_file(file: &File, lines: usize, test_lines: usize, report: &mut Report) {
    if lines > FILE_LINES {
        report.find(
            RULE,
            &file.path,
            &format!("{lines} lines without tests, {FILE_LINES} at most: split it"),
        );
    } else if lines > FILE_LINES_TO_REVIEW {
        report.warnings.push(format!(
            "{}: {lines} lines, review at {FILE_LINES_TO_REVIEW}",
            file.path
        ));
    }
    if test_lines > IN_FILE_TEST_LINES {
        let text =
            format!("{test_lines} lines of tests, {IN_FILE_TEST_LINES} at most: move them to a tests.rs");
        report.find(RULE, &file.path, &text);
    }
}

fn check_function(file: &File, function: &Function, report: &mut Report) {
    let place = format!("{}:{}", file.path, function.first_line);
    if function.lines() > FUNCTION_LINES {
        let text = format!(
            "`{}` has {} lines, {FUNCTION_LINES} at most",
            function.name,
            function.lines()
        );
        report.find(RULE, &place, &text);
    }
    if function.parameters > PARAMETERS {
        let text = format!(
            "`{}` has {} parameters, {PARAMETERS} at most",
            function.name, function.parameters
        );
        report.find(RULE, &place, &text);
    }
}

/// Median, 90th percentile and the largest, of lengths in rising order.
fn figures(lengths: &[(usize, &str)]) -> Option<String> {
    let at =
        |percent: usize| lengths.get((lengths.len() * percent / 100).min(lengths.len().saturating_sub(1)));
    let ((median, _), (p90, _), (largest, path)) = (at(50)?, at(90)?, lengths.last()?);
    let count = lengths.len();
    Some(format!(
        "sizes: {count} files, median {median} lines, p90 {p90}, largest {largest} ({path})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(path: &str, text: &str) -> Report {
        let mut report = Report::default();
        check(&Tree::of(&[(path, text)]), &mut report);
        report
    }

    /// A function of so many lines.
    fn function(lines: usize) -> String {
        format!("fn a() {{\n{}}}\n", "b();\n".repeat(lines - 2))
    }

    /// Lines of code and of tests in one file.
    fn file(lines: usize, tests: usize) -> String {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "use a;\n".repeat(tests - 3));
        format!("{}{tests}", "use a;\n".repeat(lines))
    }

    #[test]
    fn files_up_to_the_limit_pass() {
        let report = checked("a.rs", &file(500, 100));
        assert_eq!(report.findings, [""; 0]);
        assert_eq!(report.warnings, ["a.rs: 500 lines, review at 300"]);
        assert_eq!(checked("a.rs", &file(300, 50)).warnings, [""; 0]);
    }

    #[test]
    fn longer_files_and_longer_tests_fail() {
        assert!(checked("a.rs", &file(501, 50)).findings[0].contains("501 lines without tests"));
        assert!(checked("a.rs", &file(10, 101)).findings[0].contains("101 lines of tests"));
    }

    #[test]
    fn test_files_may_be_longer() {
        assert_eq!(checked("a/tests.rs", &file(501, 101)).findings, [""; 0]);
        assert_eq!(checked("a/tests/b.rs", &function(71)).findings, [""; 0]);
    }

    #[test]
    fn functions_have_a_limit() {
        assert_eq!(checked("a.rs", &function(70)).findings, [""; 0]);
        assert_eq!(
            checked("a.rs", &function(71)).findings,
            ["a.rs:1: `a` has 71 lines, 70 at most [sizes]"]
        );
    }

    #[test]
    fn parameters_have_a_limit() {
        assert_eq!(
            checked("a.rs", "fn a(&self, b: u8, c: u8, d: u8, e: u8, f: u8) {}").findings,
            [""; 0]
        );
        assert_eq!(
            checked("a.rs", "fn a(b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) {}")
                .findings
                .len(),
            1
        );
    }

    #[test]
    fn says_the_figures() {
        let lengths: Vec<(usize, &str)> = (1..=10).map(|lines| (lines, "a.rs")).collect();
        assert_eq!(
            figures(&lengths).unwrap(),
            "sizes: 10 files, median 6 lines, p90 10, largest 10 (a.rs)"
        );
        assert_eq!(figures(&[]), None);
    }
}
