//! `cargo xtask ci`: everything that has to pass before a change lands.

use crate::steps::{self, Steps};
use crate::test::{self, Options};
use crate::{Failure, out, tidy, world};

/// Whether the list of known faults in crates is asked; it has to be fetched from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advisories {
    Skip,
    Check,
}

/// The steps that are one cargo command each.
const CHECKS: &[(&str, &[&str])] = &[
    ("format", &["fmt", "--all", "--check"]),
    (
        "clippy",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ],
    ),
];

/// Runs every check, also after one that failed, and then all tests.
pub(crate) fn run(advisories: Advisories) -> Result<(), Failure> {
    let mut steps = Steps::new(CHECKS.len() + 4);
    for (title, arguments) in CHECKS {
        // Each failure is kept in the steps and told at the end, so that one run shows all of them.
        _ = steps.run(title, || steps::command(world::cargo(arguments)));
    }
    _ = steps.run("tidy", tidy::run);
    _ = steps.run("documents", documents);
    _ = steps.run("dependencies", || dependencies(advisories));
    _ = steps.run("tests", || test::run(&Options::default()));
    steps.finish()
}

fn documents() -> Result<(), Failure> {
    let mut doc = world::cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--locked",
        "--document-private-items",
    ]);
    doc.env("RUSTDOCFLAGS", "--deny warnings");
    steps::command(doc)
}

fn dependencies(advisories: Advisories) -> Result<(), Failure> {
    let mut found = world::cargo(&["deny", "--version"]);
    if !found.output().is_ok_and(|output| output.status.success()) {
        let install = "cargo install --locked cargo-deny@0.20.2";
        return Err(Failure::Fault(format!(
            "cargo-deny is not installed. Type: {install}"
        )));
    }
    let mut arguments = vec![
        "deny",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ];
    match advisories {
        Advisories::Check => arguments.push("advisories"),
        Advisories::Skip => {
            out::progress(
                "      advisories are not checked here: their list is fetched from outside (cargo xtask ci --advisories)",
            );
        }
    }
    steps::command(world::cargo(&arguments))
}
