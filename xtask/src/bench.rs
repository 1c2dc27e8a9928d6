//! `cargo xtask bench`: builds what is measured and what measures, as it is released, and runs it.

use std::process::Command;

use crate::{Failure, peers, steps, world};

/// Runs the bench with the words that it understands; see `cargo xtask bench --help`.
pub(crate) fn run(words: &[&str]) -> Result<(), Failure> {
    if let ["audit", rest @ ..] = words {
        return detect(rest);
    }
    let build = [
        "build",
        "--release",
        "--locked",
        "--package",
        "symbolon",
        "--package",
        "symbolon-bench",
    ];
    steps::command(world::cargo(&build))?;
    // What was built just now. `cargo run` would build one package alone, with other features and so from the beginning.
    let mut bench = world::released("symbolon-bench")?;
    match words {
        ["list"] | [] => bench.arg("list"),
        ["--help" | "-h"] => bench.args(["run", "--help"]),
        ["soak" | "timing" | "model" | "constants", ..] => bench.args(words),
        names => bench.arg("run").args(names),
    };
    ended(bench)
}

/// Holds the audit against targets with known faults. What it costs is not the question: everything is as it is for tests.
fn detect(words: &[&str]) -> Result<(), Failure> {
    peers::ensure()?;
    let programs = ["--package", "symbolon", "--package", "symbolon-detection"];
    steps::command(world::cargo(&[&["build", "--locked"], &programs[..]].concat()))?;
    let mut bench = world::cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "symbolon-detection",
        "--",
    ]);
    bench.args(words);
    ended(bench)
}

fn ended(mut bench: Command) -> Result<(), Failure> {
    match bench.status().map(|status| status.code()) {
        Ok(Some(0)) => Ok(()),
        Ok(Some(1)) => Err(Failure::Finding("a bound is missed".to_owned())),
        Ok(_) => Err(Failure::Fault("not everything was measured".to_owned())),
        Err(error) => Err(Failure::Fault(format!("the bench does not start: {error}"))),
    }
}
