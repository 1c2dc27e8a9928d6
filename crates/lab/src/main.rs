//! Replays one seed of the simulation: `cargo run -p symbolon-lab -- SEED [BROKEN-RULE]`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::process::ExitCode;

use lab::Sabotage;
use lab::simulation::{Plan, run};

const HELP: &str = "\
Replays one seed of the simulated world and says what happened.

  cargo run -p symbolon-lab -- SEED [BROKEN-RULE]

Exit code: 0 every promise was kept, 1 one was not, 2 the arguments make no sense.
Example:   cargo run -p symbolon-lab -- 7 late-rs";

fn main() -> ExitCode {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the arguments")]
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(plan) = plan(&words) else {
        let rules: Vec<&str> = Sabotage::ALL.iter().map(|rule| rule.as_str()).collect();
        eprintln!("{HELP}\n\nRules:     {}", rules.join(", "));
        return ExitCode::from(2);
    };
    let outcome = run(&plan);
    let history = &outcome.history;
    println!(
        "{} credentials, {} revocations, {} checks",
        history.credentials.len(),
        history.revocations.len(),
        history.checks.len()
    );
    for violation in &outcome.violations {
        println!(
            "{violation:?}\n  {:?}",
            history.revocations.get(violation.revocation)
        );
        let check = history.checks.iter().find(|check| check.at == violation.at);
        println!("  {check:?}");
    }
    if outcome.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

fn plan(words: &[String]) -> Option<Plan> {
    let (seed, rule) = match words {
        [seed] => (seed, None),
        [seed, rule] => (seed, Some(rule)),
        _ => return None,
    };
    let seed = seed.parse().ok()?;
    match rule {
        None => Some(Plan::sound(seed)),
        Some(name) => {
            let known = Sabotage::ALL.into_iter().find(|rule| rule.as_str() == name)?;
            Some(Plan::broken(seed, known))
        }
    }
}
