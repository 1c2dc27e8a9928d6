//! `cargo xtask bench`: ours beside a baseline, interleaved. See docs/BENCHMARKS.md.

mod harness;
mod model;
mod stage;
mod subjects;
mod timing;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use harness::{Fault, Ground, Report, Size, measure};
use subjects::SUBJECTS;

/// Measures what the product costs beside a baseline.
#[derive(Debug, Parser)]
#[command(name = "symbolon-bench")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure subjects: their names, a name's beginning followed by `*`, or `all`.
    #[command(
        after_help = "Example: cargo xtask bench decision signatures --rounds 3\nExit code: 0 every bound is met, 1 one is missed, 2 something could not be measured."
    )]
    Run {
        /// Which subjects.
        #[arg(required = true)]
        names: Vec<String>,
        /// How often ours and the baseline take turns (A-B-B-A). Fewer than 6 give no 95 % interval.
        #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
        rounds: u32,
        /// Where the raw samples go.
        #[arg(long, value_name = "FILE", default_value = "target/bench/samples.json")]
        json: PathBuf,
    },
    /// Let the product work at half its peak for minutes, with key rotation, a backup and a reload in the middle.
    #[command(
        after_help = "Example: cargo xtask bench soak --minutes 10\nExit code: 0 no unexpected answer and flat memory, 1 otherwise, 2 it could not be measured."
    )]
    Soak {
        /// How long.
        #[arg(long, default_value_t = 10.0, value_parser = minutes)]
        minutes: f64,
    },
    /// Compare the times of refusals: whether one tells why.
    #[command(
        after_help = "Example: cargo xtask bench timing --samples 2000\nExit code: 0 no reason can be told, 1 one can, 2 something could not be measured."
    )]
    Timing {
        /// How many of each reason.
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
        samples: u32,
        /// The binary to ask; without, the one beside this program.
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
    /// Hold the advice's model against reality: fit its constants on one deployment, predict two others, measure them.
    #[command(
        after_help = "Example: cargo xtask bench model\nExit code: 0 every figure agrees within 25 %, 1 one does not, 2 something could not be measured."
    )]
    Model,
    /// Measure this machine's constants, and print them as a file for `symbolon advise --constants`.
    #[command(
        after_help = "Example: cargo xtask bench constants > constants.toml\nExit code: 0 measured, 2 something could not be measured."
    )]
    Constants,
    /// Be the baseline of HTTP subjects: answers everything with the same header fields. Started by them.
    #[command(hide = true)]
    Bare(stage::BareArgs),
    /// Be the baseline of the feed's subjects: sync, and send to bare connections. Started by them.
    #[command(hide = true)]
    Fan(subjects::FanArgs),
    /// Name the subjects, their baselines and their bounds.
    List,
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Run { names, rounds, json } => run(&names, rounds, &json),
        Command::Soak { minutes } => subjects::soak(minutes),
        Command::Timing { samples, program } => timed(samples, program),
        Command::Model => Ground::new(Size::Full).and_then(|ground| model::run(&ground)),
        Command::Constants => Ground::new(Size::Full).and_then(|ground| model::constants(&ground)),
        Command::Bare(args) => stage::serve_bare(&args).map(|()| true),
        Command::Fan(args) => subjects::serve_fan(&args).map(|()| true),
        Command::List => {
            list();
            Ok(true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            world::note(&format!("error: {fault}"));
            ExitCode::from(2)
        }
    }
}

/// Long enough to fit a line, and never without end.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes: f64 = text.parse().map_err(|_| "a number of minutes".to_owned())?;
    if (0.5..=600.0).contains(&minutes) {
        Ok(minutes)
    } else {
        Err("0.5 to 600 minutes".to_owned())
    }
}

/// Whether every bound is met.
fn run(names: &[String], rounds: u32, json: &std::path::Path) -> Result<bool, Fault> {
    let chosen = subjects::chosen(names)?;
    let ground = Ground::new(Size::Full)?;
    let mut report = Report::begin(rounds);
    for (at, subject) in chosen.iter().enumerate() {
        world::note(&format!("[{}/{}] {} ...", at + 1, chosen.len(), subject.name));
        report.add(subject, measure(subject, &ground, rounds));
        // After each subject: a long run that is broken off has not measured for nothing.
        report.write(json)?;
    }
    world::line(&report.table());
    world::note(&format!("raw samples: {}", json.display()));
    report.verdict()
}

fn timed(samples: u32, program: Option<PathBuf>) -> Result<bool, Fault> {
    let beside = || world::own_program().map(|own| own.with_file_name("symbolon"));
    let program = program
        .map_or_else(beside, Ok)
        .map_err(Fault::io("the symbolon binary"))?;
    timing::run(&program, usize::try_from(samples).unwrap_or(usize::MAX))
}

fn list() {
    for subject in SUBJECTS {
        world::line(&format!(
            "{}\n    {}\n    beside: {}",
            subject.name, subject.what, subject.baseline
        ));
    }
}
