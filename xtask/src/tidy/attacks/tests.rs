use super::*;

const PAGE: &str = "docs/attacks/1-a.toml";
const CHECK: &str = "[[attack.check]]\n[[attack.check.edit]]\nfile = 'crates/store/src/a.rs'\nfind = 'allowed()'\nreplace = 'true'\n";

fn row(id: &str, stopped_by: &str, tests: &str, check: &str) -> String {
    format!("[[attack]]\nid = '{id}'\nwhat = 'w'\nstopped_by = '{stopped_by}'\ntests = [{tests}]\n{check}")
}

/// The findings for a file with these rows after enough good ones.
fn findings(rows: &str) -> Vec<String> {
    let good = (0..ROWS).map(|at| row(&format!("T{at}"), "x", "'jose::jws::tests::a'", CHECK));
    let mut report = Report::default();
    check(
        &tree(&format!("title = 'A'\n{}{rows}", good.collect::<String>())),
        &mut report,
    );
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
        ("crates/store/src/a.rs", "if allowed() {}"),
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
        let tests = format!("'{test}', 'jose::at_the_root'");
        assert_eq!(findings(&row("X1", "b", &tests, CHECK)), [""; 0], "{test}");
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
        let found = findings(&row("X1", "b", &format!("'{test}'"), CHECK));
        assert!(found[0].contains("no such test"), "{test}");
    }
}

#[test]
fn incomplete_rows_fail() {
    let test = "'jose::at_the_root'";
    assert!(findings(&row("X1", "b", "", CHECK))[0].contains("names no test"));
    assert!(findings(&row("X1", "", test, CHECK))[0].contains("what stops it"));
    assert!(findings(&row("T1", "b", test, CHECK))[0].contains("twice"));
    assert!(findings(&row("X1", "b", test, ""))[0].contains("no check"));
}

#[test]
fn a_check_that_has_moved_fails() {
    let moved = CHECK.replace("allowed()", "permitted()");
    let found = findings(&row("X1", "b", "'jose::at_the_root'", &moved));
    assert!(
        found[0].contains("X1 names a check that is no longer in crates/store/src/a.rs"),
        "{found:?}"
    );
}

#[test]
fn few_rows_fail_and_so_does_what_cannot_be_read() {
    let mut report = Report::default();
    check(&Tree::of(&[]), &mut report);
    check(&tree("title = 1"), &mut report);
    assert_eq!(report.findings.len(), 2);
    assert!(report.findings[0].contains("at least") && report.findings[1].contains("title"));
}
