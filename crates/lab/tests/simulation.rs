//! The real state machines keep their promises in every world, and each broken rule is found.

#![allow(
    clippy::print_stdout,
    reason = "the seeds needed are what a reader of the log wants"
)]
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use std::sync::atomic::{AtomicU64, Ordering};

use lab::Sabotage;
use lab::simulation::history::{CheckResult, History};
use lab::simulation::{Plan, run};

const SEEDS: u64 = 10_000;
/// Within so many seeds each broken rule is found.
const SEEDS_TO_FIND: u64 = 200;

#[derive(Debug, Default)]
struct Totals {
    accepted: AtomicU64,
    revoked: AtomicU64,
    revocations: AtomicU64,
    enforced: AtomicU64,
}

impl Totals {
    fn add(&self, history: &History) {
        let checks = |wanted: fn(&CheckResult) -> bool| {
            history
                .checks
                .iter()
                .filter(|check| wanted(&check.result))
                .count() as u64
        };
        let accepted = checks(|result| matches!(result, CheckResult::Accepted { .. }));
        let enforced = history
            .revocations
            .iter()
            .filter(|one| one.enforced.is_some())
            .count();
        self.accepted.fetch_add(accepted, Ordering::Relaxed);
        self.revoked.fetch_add(
            checks(|result| *result == CheckResult::Revoked),
            Ordering::Relaxed,
        );
        self.revocations
            .fetch_add(history.revocations.len() as u64, Ordering::Relaxed);
        self.enforced.fetch_add(enforced as u64, Ordering::Relaxed);
    }
}

#[test]
fn ten_thousand_worlds_keep_every_promise() {
    let (next, totals) = (AtomicU64::new(0), Totals::default());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= SEEDS {
                break;
            }
            let outcome = run(&Plan::sound(seed));
            assert_eq!(
                outcome.violations,
                [],
                "seed {seed}: cargo run -p symbolon-lab -- {seed}"
            );
            totals.add(&outcome.history);
        }
    };
    std::thread::scope(|scope| {
        (0..workers).for_each(|_| drop(scope.spawn(work)));
    });
    println!("{SEEDS} worlds: {totals:?}");
    // A world in which nothing is ever accepted keeps every promise: each of these happens often.
    for total in [
        &totals.accepted,
        &totals.revoked,
        &totals.revocations,
        &totals.enforced,
    ] {
        assert!(total.load(Ordering::Relaxed) > 20 * SEEDS, "{totals:?}");
    }
}

#[test]
fn every_broken_rule_is_found() {
    for sabotage in Sabotage::ALL {
        let found = (0..SEEDS_TO_FIND).find_map(|seed| {
            let outcome = run(&Plan::broken(seed, sabotage));
            outcome
                .violations
                .first()
                .map(|violation| (seed, violation.property))
        });
        let (seed, property) = found.unwrap_or_else(|| panic!("{sabotage} was not noticed"));
        println!("{sabotage}: {property} after {} seeds", seed + 1);
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let history = |seed| format!("{:?}", run(&Plan::sound(seed)).history);
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}
