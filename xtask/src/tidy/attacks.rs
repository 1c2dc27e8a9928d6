//! The attacks: every one names tests that exist, and a check that stands where the edit says.
//!
//! A test is `crate::module::test` in a crate's sources, `crate/tests/file.rs::test` beside them, `crate/src/file.rs (compile_fail)`
//! for examples in that file's documents that must not compile. A crate goes by its folder's name.

use std::collections::BTreeSet;

use super::Report;
use crate::attacks::{self, Attack};
use crate::source::Source;
use crate::tree::{File, Tree};

const RULE: &str = "attacks";
const ROWS: usize = 260;

/// Holds the attacks against the tests and the code in the tree.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let sections = match attacks::read(tree) {
        Ok(sections) => sections,
        Err(text) => return report.find(RULE, attacks::FOLDER, &text),
    };
    let rows: usize = sections.iter().map(|section| section.attacks.len()).sum();
    if rows < ROWS {
        let text = format!("{rows} attacks, {ROWS} at least");
        report.find(RULE, attacks::FOLDER, &text);
    }
    let tests: BTreeSet<String> = tree.rust().flat_map(tests_of).collect();
    let (mut ids, mut checks) = (BTreeSet::new(), 0);
    for section in &sections {
        for attack in &section.attacks {
            let mut find = |text: &str| report.find(RULE, &section.path, &format!("{} {text}", attack.id));
            if !ids.insert(&attack.id) {
                find("is there twice");
            }
            words(attack, &tests).iter().for_each(|text| find(text));
            places(attack, tree).iter().for_each(|text| find(text));
            checks += attack.checks.len();
        }
    }
    report.figures.push(format!(
        "attacks: {rows} rows, {checks} checks in their places, {} tests in the tree",
        tests.len()
    ));
}

/// What a row says amiss.
fn words(attack: &Attack, tests: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    if attack.what.is_empty() || attack.stopped_by.is_empty() {
        found.push("does not say what it is and what stops it".to_owned());
    }
    if attack.tests.is_empty() {
        found.push("names no test".to_owned());
    }
    let unknown = attack.tests.iter().filter(|test| !tests.contains(*test));
    found.extend(unknown.map(|test| format!("names `{test}`, and there is no such test")));
    found
}

/// The checks that are not where their edits say.
fn places(attack: &Attack, tree: &Tree) -> Vec<String> {
    if attack.checks.is_empty() {
        return vec!["has no check: add the edit that takes away what stops it".to_owned()];
    }
    let edits = attack.checks.iter().flat_map(|check| &check.edits);
    edits
        .filter_map(|edit| edit.place(tree).err())
        .map(|why| format!("names a check that {why}; bring its edit up to date with the code"))
        .collect()
}

/// The names by which the page may call the tests of one file.
pub(super) fn tests_of(file: &File) -> Vec<String> {
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
mod tests;
