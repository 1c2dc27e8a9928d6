//! The rules of the house that a machine can check. Each rule is a function of the tree, and has a test that it passes and one that it fails.

pub(crate) mod arrows;
mod attacks;
pub(crate) mod generated;
mod links;
mod manifests;
mod names;
mod promises;
mod sizes;
mod words;

use crate::tree::Tree;
use crate::{Failure, out, world};

/// What the rules have found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What must be changed.
    pub(crate) findings: Vec<String>,
    /// What should be looked at.
    pub(crate) warnings: Vec<String>,
    /// What is worth knowing.
    pub(crate) figures: Vec<String>,
}

impl Report {
    /// Adds a finding of one rule at one place.
    pub(crate) fn find(&mut self, rule: &str, place: &str, text: &str) {
        self.findings.push(format!("{place}: {text} [{rule}]"));
    }
}

/// Checks the tree and says what is wrong with it.
pub(crate) fn run() -> Result<(), Failure> {
    let report = check()?;
    report.figures.iter().for_each(|figure| out::line(figure));
    report
        .warnings
        .iter()
        .for_each(|warning| out::line(&format!("warning: {warning}")));
    report
        .findings
        .iter()
        .for_each(|finding| out::line(&format!("finding: {finding}")));
    if report.findings.is_empty() {
        out::line("tidy: nothing found");
        return Ok(());
    }
    Err(Failure::Finding(format!(
        "tidy: {} findings",
        report.findings.len()
    )))
}

fn check() -> Result<Report, Failure> {
    let tree = read_tree()?;
    let mut report = Report::default();
    arrows::check(&arrows::read_crates()?, &mut report);
    sizes::check(&tree, &mut report);
    names::check(&tree, &mut report);
    words::check(&tree, &mut report);
    manifests::check(&tree, &mut report);
    links::check(&tree, &mut report);
    attacks::check(&tree, &mut report);
    promises::check(&tree, &mut report);
    generated::check(&tree, &mut report)?;
    Ok(report)
}

/// The repository's files.
pub(crate) fn read_tree() -> Result<Tree, Failure> {
    Tree::read(&world::root()).map_err(|error| Failure::Fault(format!("cannot read the tree: {error}")))
}

#[cfg(test)]
mod tests {
    /// The house is tidy: this is the rule set as a plain test.
    #[test]
    fn the_tree_is_tidy() {
        let report = super::check().unwrap();
        assert!(report.findings.is_empty(), "\n{}\n", report.findings.join("\n"));
    }
}
