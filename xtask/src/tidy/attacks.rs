//! docs/ATTACKS.md: every attack names a test, and that test exists.
//!
//! A row is `| id | attack | stopped by | test |`. The last cell names tests in backticks: `crate::module::test` for a test
//! in a crate's sources, `crate/tests/file.rs::test` for one beside them, `crate/src/file.rs (compile_fail)` for examples in that
//! file's documents that must not compile. A crate goes by its folder's name.

use std::collections::BTreeSet;

use super::Report;
use crate::source::Source;
use crate::tree::{File, Tree};

const RULE: &str = "attacks";
const PAGE: &str = "docs/ATTACKS.md";
const ROWS: usize = 60;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) id: String,
    pub(crate) tests: Vec<String>,
    stopped_by: String,
    line: usize,
}

/// Reads the rows of the page. None if there is no page.
pub(crate) fn read(tree: &Tree) -> Option<Vec<Attack>> {
    let lines = tree.text(PAGE)?.lines().enumerate();
    Some(lines.filter_map(|(at, line)| row(at + 1, line)).collect())
}

/// Holds the page against the tests in the tree.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let Some(attacks) = read(tree) else {
        report.find(
            RULE,
            PAGE,
            "is missing: it names each attack, what stops it and the test that proves it",
        );
        return;
    };
    if attacks.len() < ROWS {
        report.find(RULE, PAGE, &format!("{} attacks, {ROWS} at least", attacks.len()));
    }
    let tests: BTreeSet<String> = tree.rust().flat_map(tests_of).collect();
    let mut ids = BTreeSet::new();
    for attack in &attacks {
        let place = format!("{PAGE}:{}", attack.line);
        if !ids.insert(&attack.id) {
            report.find(RULE, &place, &format!("the id {} is there twice", attack.id));
        }
        if attack.stopped_by.is_empty() {
            report.find(RULE, &place, &format!("{} does not say what stops it", attack.id));
        }
        if attack.tests.is_empty() {
            report.find(RULE, &place, &format!("{} names no test", attack.id));
        }
        for test in attack.tests.iter().filter(|test| !tests.contains(*test)) {
            report.find(
                RULE,
                &place,
                &format!("{} names `{test}`, and there is no such test", attack.id),
            );
        }
    }
    report.figures.push(format!(
        "attacks: {} rows, {} tests in the tree",
        attacks.len(),
        tests.len()
    ));
}

fn row(line: usize, text: &str) -> Option<Attack> {
    // A `|` inside a cell is written `\|`.
    let text = text
        .trim()
        .strip_prefix('|')?
        .strip_suffix('|')?
        .replace("\\|", "/");
    let cells: Vec<&str> = text.split('|').map(str::trim).collect();
    let [id, _, stopped_by, tests] = cells.as_slice() else {
        return None;
    };
    let is_heading = *id == "id" || id.chars().all(|letter| letter == '-' || letter == ':');
    let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    (!is_heading).then(|| Attack {
        id: (*id).to_owned(),
        tests,
        stopped_by: (*stopped_by).to_owned(),
        line,
    })
}

/// The names by which the page may call the tests of one file.
fn tests_of(file: &File) -> Vec<String> {
    let Some(path) = file
        .path
        .strip_prefix("crates/")
        .or(file.path.starts_with("xtask/").then_some(file.path.as_str()))
    else {
        return Vec::new();
    };
    let Some(prefix) = prefix(path) else {
        return Vec::new();
    };
    let functions = Source::of(&file.text)
        .functions
        .into_iter()
        .filter(|function| function.is_test);
    let wrong_states = file
        .text
        .contains("```compile_fail")
        .then(|| format!("{path} (compile_fail)"));
    functions
        .map(|function| format!("{prefix}::{}", function.path))
        .chain(wrong_states)
        .collect()
}

/// `jose/src/jws/parse.rs` is the module `jose::jws::parse`; a file below `tests/` goes by its path.
fn prefix(path: &str) -> Option<String> {
    let (name, inside) = path.split_once('/')?;
    let Some(module) = inside.strip_prefix("src/") else {
        return inside.starts_with("tests/").then(|| path.to_owned());
    };
    let module = module.strip_suffix(".rs")?;
    let parts = module
        .split('/')
        .filter(|part| !matches!(*part, "lib" | "main" | "mod"));
    Some([name].into_iter().chain(parts).collect::<Vec<_>>().join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "| id | attack | stopped by | test |\n|---|:--|---|---|\n";

    /// The findings for a page with these rows after sixty good ones.
    fn findings(rows: &str) -> Vec<String> {
        let good: String = (0..ROWS)
            .map(|at| format!("| T{at} | a \\| b | `x` | `jose::jws::tests::a` |\n"))
            .collect();
        let mut report = Report::default();
        check(&tree(&format!("{HEAD}{good}{rows}")), &mut report);
        report.findings
    }

    fn tree(page: &str) -> Tree {
        Tree::of(&[
            (PAGE, page),
            (
                "crates/jose/src/jws/mod.rs",
                "#[cfg(test)]\nmod tests { #[test] fn a() {} fn not_a_test() {} }",
            ),
            (
                "crates/jose/src/lib.rs",
                "/// ```compile_fail\n/// ```\n#[test]\nfn at_the_root() {}",
            ),
            (
                "crates/cli/tests/nginx/main.rs",
                "#[tokio::test]\nasync fn b() {}",
            ),
            ("crates/store/src/memory/tests.rs", "#[test]\nfn c() {}"),
        ])
    }

    #[test]
    fn rows_with_tests_that_exist_pass() {
        assert_eq!(findings(""), [""; 0]);
        for test in [
            "jose::jws::tests::a",
            "jose::at_the_root",
            "cli/tests/nginx/main.rs::b",
            "store::memory::tests::c",
            "jose/src/lib.rs (compile_fail)",
        ] {
            assert_eq!(
                findings(&format!("| X1 | a | b | `{test}`, `jose::at_the_root` |\n")),
                [""; 0],
                "{test}"
            );
        }
    }

    #[test]
    fn rows_with_other_tests_fail() {
        for test in [
            "jose::jws::tests::z",
            "jose::jws::tests::not_a_test",
            "jose::a",
            "cli/tests/nginx.rs::b",
            "domain::jws::tests::a",
            "jose/src/jws/mod.rs (compile_fail)",
        ] {
            assert!(
                findings(&format!("| X1 | a | b | `{test}` |\n"))[0].contains("no such test"),
                "{test}"
            );
        }
    }

    #[test]
    fn incomplete_rows_fail() {
        assert!(findings("| X1 | a | b | later |\n")[0].contains("names no test"));
        assert!(findings("| X1 | a |  | `jose::at_the_root` |\n")[0].contains("what stops it"));
        assert!(findings("| T1 | a | b | `jose::at_the_root` |\n")[0].contains("twice"));
    }

    #[test]
    fn a_short_page_fails_and_so_does_none() {
        let mut report = Report::default();
        check(
            &tree(&format!("{HEAD}| X1 | a | b | `jose::at_the_root` |\n")),
            &mut report,
        );
        check(&Tree::of(&[]), &mut report);
        assert_eq!(report.findings.len(), 2);
        assert!(report.findings[0].contains("60 at least") && report.findings[1].contains("is missing"));
    }
}
