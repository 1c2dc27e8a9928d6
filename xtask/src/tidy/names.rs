//! Names that say nothing.

use super::Report;
use crate::source::Source;
use crate::tree::Tree;

const RULE: &str = "names";
const EMPTY_ENDINGS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Impl"];
const EMPTY_MODULES: &[&str] = &["manager", "helper", "helpers", "util", "utils", "misc", "common"];

/// Looks at the names of types, modules and functions outside tests.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    for file in tree.rust().filter(|file| !file.is_test()) {
        let source = Source::of(&file.text);
        for (kind, name, line) in &source.named {
            let empty = match kind.as_str() {
                "mod" => EMPTY_MODULES.contains(&name.as_str()),
                _ => EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending)),
            };
            if empty && !source.is_in_tests(*line) {
                let text = format!("`{kind} {name}` says nothing of what it is: use the standard's noun");
                report.find(RULE, &format!("{}:{line}", file.path), &text);
            }
        }
        for function in &source.functions {
            if function.name.starts_with("get_") && !source.is_in_tests(function.first_line) {
                let text = format!("`fn {}`: leave out `get_`", function.name);
                report.find(RULE, &format!("{}:{}", file.path, function.first_line), &text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let mut report = Report::default();
        check(&Tree::of(&[(path, text)]), &mut report);
        report.findings
    }

    #[test]
    fn plain_names_pass() {
        let text = "struct Grant; trait Store {} mod utility_bills {} fn gettysburg() {} impl Store for Grant {} // struct AManager";
        assert_eq!(findings("a.rs", text), [""; 0]);
    }

    #[test]
    fn empty_names_fail() {
        for text in [
            "struct SessionManager;",
            "enum CookieUtil {}",
            "trait ClockImpl {}",
            "type GrantHelper = u8;",
            "mod utils;",
            "fn get_user() {}",
        ] {
            assert_eq!(findings("a.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn tests_may_speak_of_http_get() {
        assert_eq!(
            findings("a/tests/b.rs", "mod common; fn get_without_cookie() {}"),
            [""; 0]
        );
        assert_eq!(
            findings("a.rs", "#[cfg(test)] mod tests { fn get_without_cookie() {} }"),
            [""; 0]
        );
    }
}
