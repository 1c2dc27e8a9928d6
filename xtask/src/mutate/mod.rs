//! `cargo xtask mutate`: takes each attack's check away in turn and sees whether the tests of its row notice.
//!
//! One copy of the repository holds all edits, asleep, and is built once. Without a mutant every named test has to pass; then each
//! check's tests run by themselves with its edits awake, and at least one has to fail.

mod plan;
mod scratch;
mod trial;
mod verdict;
mod weave;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use plan::Mutant;
pub(crate) use plan::Options;
use scratch::Scratch;
use trial::{Ended, Tests};
use verdict::{Trial, Verdict};

use crate::steps::Steps;
use crate::tidy::read_tree;
use crate::tree::Tree;
use crate::{Failure, attacks, out, peers, world};

/// How long a test may take that has not been seen to hang.
const PATIENCE: Duration = Duration::from_mins(4);
/// What a test that hangs is given beyond five times what it takes without a mutant.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the chore.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let tree = read_tree()?;
    let sections = attacks::read(&tree).map_err(Failure::Finding)?;
    let all = Options::default().choose(&sections)?;
    let chosen = options.choose(&sections)?;
    if options.list {
        let lines = chosen
            .iter()
            .map(|mutant| format!("{}: {}", mutant.check, mutant.tests.join(" ")));
        lines.for_each(|line| out::line(&line));
        return Ok(());
    }
    if chosen.is_empty() {
        return Err(Failure::Finding(
            "none of these attacks has a check to take away".to_owned(),
        ));
    }
    let mut steps = Steps::new(5);
    match take_away(&tree, &all, &chosen, &mut steps) {
        Err(Failure::Fault(text)) => Err(Failure::Fault(text)),
        _ => steps.finish(),
    }
}

fn take_away(tree: &Tree, all: &[Mutant], chosen: &[Mutant], steps: &mut Steps) -> Result<(), Failure> {
    let scratch = Scratch::new();
    steps.run("peers that the tests need", peers::ensure)?;
    steps.run("a copy with all edits in it, asleep", || scratch.fill(tree, all))?;
    let programs = steps.run("build its tests", || scratch.build(None))?;
    let tests = Tests::of(&scratch, &programs)?;
    let times = steps.run("every named test passes without a mutant", || {
        without_mutant(&tests, chosen)
    })?;
    steps.run("each check taken away", || {
        let (together, alone): (Vec<&Mutant>, Vec<&Mutant>) = chosen.iter().partition(|mutant| !mutant.alone);
        let mut done = each(&together, |mutant| {
            try_out(&tests, mutant, Some(&mutant.check), &times)
        })?;
        // What other crates build on stands first in the list. Last here, it is put back when nothing is built after it.
        for mutant in alone.into_iter().rev() {
            scratch.edit(tree, all, mutant)?;
            let tried = build_alone(&scratch, mutant, &times);
            scratch.fill(tree, all)?;
            done.push((mutant, tried?));
        }
        tell(&done, &scratch)
    })
}

/// How long each test takes. A finding if one fails.
fn without_mutant(tests: &Tests<'_>, mutants: &[Mutant]) -> Result<BTreeMap<String, Duration>, Failure> {
    let names: BTreeSet<&String> = mutants.iter().flat_map(|mutant| &mutant.tests).collect();
    let names: Vec<&String> = names.into_iter().collect();
    let ended = each(&names, |test| {
        let started = world::now();
        let ended = tests.run(test, None, PATIENCE)?;
        Ok((ended, started.elapsed()))
    })?;
    let mut times = BTreeMap::new();
    let mut broken = Vec::new();
    for (test, (ended, took)) in ended {
        match ended {
            Ended::Passed => _ = times.insert((*test).clone(), took),
            other => broken.push(format!("{test}: {other:?}")),
        }
    }
    match broken.len() {
        0 => Ok(times),
        count => Err(Failure::Finding(format!(
            "{count} tests do not pass without a mutant: {}",
            broken.join("; ")
        ))),
    }
}

/// Runs the tests of one row. A survivor is told at once: the table of all comes late.
fn try_out(
    tests: &Tests<'_>,
    mutant: &Mutant,
    awake: Option<&str>,
    times: &BTreeMap<String, Duration>,
) -> Result<Vec<Trial>, Failure> {
    let mut trials = Vec::new();
    for test in &mutant.tests {
        let usual = times.get(test).copied().unwrap_or_default();
        let limit = if mutant.hangs { usual * 5 + GRACE } else { PATIENCE };
        trials.push((test.clone(), tests.run(test, awake, limit)?));
    }
    let verdict = verdict::verdict(mutant, &trials);
    if matches!(verdict, Verdict::Survived(_)) {
        out::progress(&verdict::line(mutant, &verdict));
    }
    Ok(trials)
}

fn build_alone(
    scratch: &Scratch,
    mutant: &Mutant,
    times: &BTreeMap<String, Duration>,
) -> Result<Vec<Trial>, Failure> {
    let programs = scratch.build(Some(&mutant.tests))?;
    try_out(&Tests::of(scratch, &programs)?, mutant, None, times)
}

/// Does the work on as many threads as the machine has cores, and keeps the order. The first error ends it.
fn each<'a, T: Sync, R: Send>(
    items: &'a [&'a T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<(&'a T, R)>, Failure> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let take = || next.lock().ok().and_then(|mut next| next.next());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, item)) = take() {
                    let result = work(item);
                    let failed = result.is_err();
                    if let Ok(mut done) = done.lock() {
                        done.push((at, *item, result));
                    }
                    // After an error nobody takes up anything new.
                    if let Some(mut next) = next.lock().ok().filter(|_| failed) {
                        next.by_ref().for_each(drop);
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _, _)| *at);
    done.into_iter()
        .map(|(_, item, result)| result.map(|result| (item, result)))
        .collect()
}

/// The table, and a finding if a check was not missed.
fn tell(done: &[(&Mutant, Vec<Trial>)], scratch: &Scratch) -> Result<(), Failure> {
    let mut survivors = Vec::new();
    for (mutant, trials) in done {
        let verdict = verdict::verdict(mutant, trials);
        let line = verdict::line(mutant, &verdict);
        out::line(&line);
        if matches!(verdict, Verdict::Survived(_)) {
            survivors.push(line);
        }
    }
    verdict::idle(done)
        .iter()
        .for_each(|line| out::line(&format!("note: {line}")));
    let (all, lived) = (done.len(), survivors.len());
    out::line(&format!(
        "mutants: {all} checks taken away, {} killed, {lived} survived",
        all - lived
    ));
    if survivors.is_empty() {
        return Ok(());
    }
    survivors.iter().for_each(|line| out::line(line));
    Err(Failure::Finding(format!(
        "{lived} of {all} checks are not missed by their tests (what they said: {})",
        trial::show(&scratch.said())
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_shared_and_its_order_kept() {
        let numbers: Vec<u32> = (0..100).collect();
        let items: Vec<&u32> = numbers.iter().collect();
        let doubled = each(&items, |number| Ok(number * 2)).unwrap();
        assert!(doubled.iter().all(|(number, twice)| **number * 2 == *twice) && doubled.len() == 100);
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let numbers: Vec<u32> = (0..100).collect();
        let items: Vec<&u32> = numbers.iter().collect();
        let failed = each(&items, |number| match number {
            3 => Err(Failure::Fault("three".to_owned())),
            _ => Ok(()),
        });
        assert!(matches!(failed, Err(Failure::Fault(text)) if text == "three"));
    }
}
