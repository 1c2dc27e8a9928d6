//! `cargo xtask test`: the peers, the binary, every test, and the proof that each attack's test was among them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::attacks::{self, Attack};
use crate::steps::{self, Steps};
use crate::tidy::read_tree;
use crate::{Failure, out, peers, world};

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only tests whose name has this in it.
    filter: Option<String>,
    /// Name the tests, run none.
    list: bool,
}

/// What the test programs have said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// The names of the tests that passed, without their crate.
    names: BTreeSet<String>,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Options, Failure> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match (*word, word.strip_prefix("--filter=")) {
                ("--list", _) => options.list = true,
                ("--filter", _) => {
                    let fault = || Failure::Fault("--filter needs a word".to_owned());
                    options.filter = Some((*words.next().ok_or_else(fault)?).to_owned());
                }
                (_, Some(text)) => options.filter = Some(text.to_owned()),
                _ => {
                    return Err(Failure::Fault(format!(
                        "no such option: {word} (there are --filter WORD and --list)"
                    )));
                }
            }
        }
        Ok(options)
    }
}

/// Runs the chore.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.list {
        let mut arguments = vec!["test", "--workspace", "--locked", "--quiet"];
        arguments.extend(options.filter.as_deref());
        return steps::command(world::cargo(&[&arguments[..], &["--", "--list"]].concat()));
    }
    let mut steps = Steps::new(5);
    match run_steps(options, &mut steps) {
        // A fault before the tests (a missing peer) is for a person to mend, and keeps its own words and exit code.
        Err(Failure::Fault(text)) => Err(Failure::Fault(text)),
        _ => steps.finish(),
    }
}

fn run_steps(options: &Options, steps: &mut Steps) -> Result<(), Failure> {
    let build = ["build", "--locked", "--package", "symbolon"];
    let build_tests = ["test", "--workspace", "--locked", "--no-run"];
    steps.run("peers that the tests need", peers::ensure)?;
    steps.run("build the symbolon binary", || {
        steps::command(world::cargo(&build))
    })?;
    steps.run("build the tests", || steps::command(world::cargo(&build_tests)))?;
    let tally = steps.run("run the tests and the examples in the documents", || {
        run_tests(options)
    })?;
    steps.run("every attack's test has passed", || {
        prove_attacks(options, &tally)
    })
}

fn run_tests(options: &Options) -> Result<Tally, Failure> {
    let mut arguments = vec!["test", "--workspace", "--locked", "--no-fail-fast"];
    arguments.extend(options.filter.as_deref());
    let (tally, ended_well) = listen(world::cargo(&arguments))?;
    out::line(&format!(
        "tests: {} passed, {} failed",
        tally.passed, tally.failed
    ));
    if options.filter.is_none() && tally.ignored > 0 {
        return Err(Failure::Finding(format!(
            "{} tests were left out: no test may be ignored",
            tally.ignored
        )));
    }
    match (tally.passed, tally.failed, ended_well) {
        (0, _, _) => Err(Failure::Finding("no test has passed".to_owned())),
        (_, 0, true) => Ok(tally),
        (_, failed, _) => Err(Failure::Finding(format!(
            "{failed} tests failed, or a test program did"
        ))),
    }
}

/// Runs cargo, repeats its lines at once and counts what they say.
fn listen(mut cargo: Command) -> Result<(Tally, bool), Failure> {
    let fault = |error: std::io::Error| Failure::Fault(format!("cannot run the tests: {error}"));
    out::progress(&format!("      {}", steps::describe(&cargo)));
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line.map_err(fault)?).into_owned();
            out::line(&line);
            tally.hear(&line);
        }
    }
    let status = child.wait().map_err(fault)?;
    Ok((tally, status.success()))
}

fn prove_attacks(options: &Options, tally: &Tally) -> Result<(), Failure> {
    if options.filter.is_some() {
        out::progress("      not asked of a filtered run");
        return Ok(());
    }
    let tree = read_tree()?;
    let sections = attacks::read(&tree).map_err(Failure::Finding)?;
    let attacks: Vec<Attack> = sections.into_iter().flat_map(|section| section.attacks).collect();
    let unproven = unproven(&attacks, tally);
    if unproven.is_empty() {
        out::line(&format!(
            "attacks: {} of {} stopped by a test that passed in this run",
            attacks.len(),
            attacks.len()
        ));
        return Ok(());
    }
    unproven
        .iter()
        .for_each(|text| out::line(&format!("finding: {text}")));
    Err(Failure::Finding(format!(
        "{} of {} attacks are not proven by this run",
        unproven.len(),
        attacks.len()
    )))
}

/// The attacks with a test that has not passed.
fn unproven(attacks: &[Attack], tally: &Tally) -> Vec<String> {
    let mut missing = Vec::new();
    for attack in attacks {
        let tests = attack
            .tests
            .iter()
            .filter(|test| !tally.names.contains(inner_name(test)));
        missing.extend(tests.map(|test| format!("{}: `{test}` did not pass or did not run", attack.id)));
    }
    missing
}

/// The name as the test program says it: without the crate or the file.
fn inner_name(test: &str) -> &str {
    let after_file = test.split_once(".rs::").map(|(_, name)| name);
    after_file
        .or_else(|| test.split_once("::").map(|(_, name)| name))
        .unwrap_or(test)
}

impl Tally {
    fn hear(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            let count = |word: &str| {
                let before = counts.split_once(word)?.0;
                before.split_whitespace().next_back()?.parse::<u64>().ok()
            };
            self.passed += count(" passed").unwrap_or(0);
            self.failed += count(" failed").unwrap_or(0);
            self.ignored += count(" ignored").unwrap_or(0);
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... ok"))
        {
            // An example that must not compile is said with its place: `crates/a/src/b.rs - b::C (line 7) - compile fail`.
            let example = name
                .strip_suffix(" - compile fail")
                .and_then(|name| name.split_once(" - "));
            let plain = name.strip_suffix(" - should panic").unwrap_or(name);
            self.names.insert(match example {
                Some((file, _)) => format!("{} (compile_fail)", file.strip_prefix("crates/").unwrap_or(file)),
                None => plain.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
