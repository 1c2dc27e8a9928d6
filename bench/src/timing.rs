//! `cargo xtask bench timing`: whether the time of a refusal tells why. Each reason against the one that says least, asked
//! in random order over one connection of the real binary, and compared as distributions.

mod asked;
mod stage;
mod statistics;

use std::path::Path;

use crate::harness::Fault;
use crate::world;
use asked::{Question, clients, logins};
use stage::Stage;
use statistics::{Comparison, compare};

/// Below this advantage a sample tells next to nothing: an attacker who guesses is right in 50 % of the cases.
const BOUND: f64 = 0.05;

/// Measures and prints the table; whether no reason can be told from its baseline.
pub(crate) fn run(program: &Path, samples: usize) -> Result<bool, Fault> {
    let stage = Stage::start(program)?;
    let mut quiet = true;
    for (title, questions, samples) in [
        ("login", logins(&stage, samples)?, samples),
        // No password is hashed here: ten times as many cost less.
        ("client", clients(&stage, 10 * samples)?, 10 * samples),
    ] {
        let times = measure(&stage, &questions, samples)?;
        let Some((baseline, others)) = times.split_first() else {
            continue;
        };
        world::line(&format!(
            "{title}: each against \"{}\", median {:.1} us",
            baseline.0,
            middle(&baseline.1)
        ));
        world::line(
            "  reason                             n   median us   shift us [95 %]           P(slower)  advantage   p (Mann-Whitney)  p (KS)  samples to tell",
        );
        for (name, taken) in others {
            let found = compare(&baseline.1, taken);
            world::line(&row(name, taken, &found));
            quiet &= !(found.p_ranks < 0.01 && found.advantage() > BOUND);
        }
    }
    world::line(if quiet {
        "verdict: no reason can be told from its time"
    } else {
        "verdict: a reason can be told from its time"
    });
    Ok(quiet)
}

/// Times in microseconds by question, asked in random order.
fn measure(
    stage: &Stage,
    questions: &[Question],
    samples: usize,
) -> Result<Vec<(&'static str, Vec<f64>)>, Fault> {
    let mut dice = statistics::Dice::new(2026);
    let mut times: Vec<(&'static str, Vec<f64>)> = questions.iter().map(|q| (q.name, Vec::new())).collect();
    let mut connection = stage.connect()?;
    for n in 0..samples {
        for at in dice.shuffled(questions.len()) {
            let (Some(question), Some(kept)) = (questions.get(at), times.get_mut(at)) else {
                continue;
            };
            let request = question.request(n);
            let began = world::now();
            let status = connection.ask(&request)?;
            let taken = began.elapsed();
            if status != question.status {
                return Err(Fault::new(format!(
                    "{}: answered {status}, not {}",
                    question.name, question.status
                )));
            }
            kept.1.push(taken.as_secs_f64() * 1e6);
        }
    }
    Ok(times)
}

fn row(name: &str, taken: &[f64], found: &Comparison) -> String {
    let needed = found
        .samples_needed()
        .map_or_else(|| "none suffices".to_owned(), |n| n.to_string());
    format!(
        "  {name:<32} {:>5} {:>10.1} {:>9.1} [{:>8.1}, {:>8.1}] {:>10.3} {:>10.3} {:>14.3} {:>13.3}  {needed}",
        taken.len(),
        middle(taken),
        found.shift,
        found.shift_low,
        found.shift_high,
        found.slower,
        found.advantage(),
        found.p_ranks,
        found.p_shapes,
    )
}

fn middle(values: &[f64]) -> f64 {
    statistics::median(values)
}
