//! What was found of what is true, and what was said besides.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::ours::Findings;
use crate::truth::{Known, Target, place_of};

/// What a tool made of one target.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) faults: usize,
    pub(crate) found: usize,
    /// Of the faults, those that somebody gains by at once.
    pub(crate) exploitable: usize,
    pub(crate) exploitable_found: usize,
    /// A line for each fault that was not found.
    pub(crate) missed: Vec<String>,
    /// A line for each finding on a twin that is not true.
    pub(crate) wrong: Vec<String>,
    pub(crate) took: Duration,
}

/// Checks that decide something wherever a run gets in: with a password, or with a token.
const LOOKED_AT: [&str; 2] = ["session.fixation", "jwt.signature-wrong"];

/// Holds our findings against the truth. What was not tested was not found.
pub(crate) fn ours(target: &Target, findings: &Findings, took: Duration) -> Score {
    let finds = |fault: &Known| fault.found_by.iter().any(|check| findings.failed(check));
    let told = |fault: &Known| {
        let why: Vec<String> = fault
            .found_by
            .iter()
            .map(|check| format!("{check} {}", findings.told(check)))
            .collect();
        why.join(" | ")
    };
    let mut score = scored(target, &finds, &told, took);
    if target.faults.is_empty() {
        let is_true = |check: &str, place: &str| {
            let entries = target.remains.iter().flat_map(|remains| &remains.checks);
            entries
                .map(|entry| place_of(entry))
                .any(|(one, at)| one == check && at.is_none_or(|at| at == place))
        };
        let untrue = findings.all().filter(|(check, place, _)| !is_true(check, place));
        // A twin that nobody can sign in to is sound in nothing that was seen: silence about it says nothing.
        let open = LOOKED_AT.iter().find_map(|check| findings.left_open(check));
        score
            .wrong
            .extend(open.map(|why| format!("{}: was not looked at: {why}", target.name)));
        score.wrong.extend(
            untrue.map(|(check, place, detail)| format!("{}: {check} @ {place}: {detail}", target.name)),
        );
    }
    score
}

/// Holds wapiti's against the same truth.
pub(crate) fn wapiti(target: &Target, categories: &BTreeSet<String>, took: Duration) -> Score {
    let finds = |fault: &Known| fault.wapiti.iter().any(|category| categories.contains(category));
    let told = |fault: &Known| {
        if fault.wapiti.is_empty() {
            "no module".to_owned()
        } else {
            "silent".to_owned()
        }
    };
    let mut score = scored(target, &finds, &told, took);
    if target.faults.is_empty() {
        let is_true = |category: &str| {
            target
                .remains
                .iter()
                .any(|remains| remains.wapiti.iter().any(|one| one == category))
        };
        let untrue = categories.iter().filter(|category| !is_true(category));
        score
            .wrong
            .extend(untrue.map(|category| format!("{}: {category}", target.name)));
    }
    score
}

fn scored(
    target: &Target,
    finds: &dyn Fn(&Known) -> bool,
    told: &dyn Fn(&Known) -> String,
    took: Duration,
) -> Score {
    let mut score = Score {
        took,
        ..Score::default()
    };
    for fault in &target.faults {
        let found = finds(fault);
        score.faults += 1;
        score.found += usize::from(found);
        score.exploitable += usize::from(fault.exploitable);
        score.exploitable_found += usize::from(fault.exploitable && found);
        if !found {
            score.missed.push(format!(
                "{}: {} ({}): {}",
                target.name,
                fault.class,
                fault.source,
                told(fault)
            ));
        }
    }
    score
}

impl Score {
    /// Adds another target's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.found += other.found;
        self.exploitable += other.exploitable;
        self.exploitable_found += other.exploitable_found;
        self.missed.extend(other.missed.iter().cloned());
        self.wrong.extend(other.wrong.iter().cloned());
        self.took += other.took;
    }
}

/// Found of what there is.
pub(crate) fn recall(found: usize, of: usize) -> f64 {
    let share = |number: usize| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    if of == 0 { 0.0 } else { share(found) / share(of) }
}

#[cfg(test)]
mod tests;
