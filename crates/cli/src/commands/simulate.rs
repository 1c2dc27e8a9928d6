//! `symbolon simulate`.

use std::path::PathBuf;

use advisor::simulation::{self, Asked, Method, Outcome};
use advisor::{Constants, Topology};
use clap::ValueEnum;
use domain::setting::Problem;
use serde_json::json;

use super::advise;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, Simulating, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon simulate docs/advice/multi-region-saas.toml
  symbolon simulate topology.toml --credentials 1000000000 --edges 10000 --seed 7
  symbolon simulate topology.toml --format html > day.html
  symbolon simulate topology.toml --format svg > day.svg
  symbolon simulate topology.toml --json | jq '.ways[] | {way, exposure_s}'

The model, what it assumes and what it cannot see: docs/SIMULATION.md. Exit 1: the file has mistakes, or what is asked
does not fit; 2: the outcome breaks a law of the model, which is a fault of ours.";

/// A simulated day: five ways to judge the same requests, with the store down, a region cut off and clocks that differ.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The description of the deployment; without one, a small deployment of one region.
    topology: Option<PathBuf>,
    /// The same seed gives the same outcome.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Live credentials in place of the topology's sessions, 1 to 1000000000; traffic grows with them.
    #[arg(long, value_name = "N")]
    credentials: Option<u64>,
    /// Places that check, in place of the topology's, 1 to 10000.
    #[arg(long, value_name = "N")]
    edges: Option<u64>,
    /// How long, 0.01 to 31; without it a day.
    #[arg(long, value_name = "D")]
    days: Option<f64>,
    /// Event by event, or in cohorts; without it, event by event where that is quick.
    #[arg(long, value_enum)]
    method: Option<How>,
    /// Constants of your own in place of assumed ones, as for `symbolon advise`.
    #[arg(long, value_name = "FILE")]
    constants: Option<PathBuf>,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How it is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// Every event by itself.
    Exact,
    /// Credentials in cohorts, their events as draws.
    Aggregated,
}

/// A form of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for a terminal.
    Text,
    /// Everything, with the series over time.
    Json,
    /// One page with table and charts that needs no network.
    Html,
    /// The charts alone.
    Svg,
}

/// What is simulated where no topology is given.
const SMALL: &str = "[[client]]\nkind = \"browser_same_site\"\n";

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let (name, read) = match &args.topology {
        Some(file) => (file.display().to_string(), advise::read(file)?),
        None => ("topology.toml".to_owned(), advise::parse("topology.toml", SMALL)),
    };
    let topology = match read {
        Ok(topology) => topology,
        Err(problems) => return Ok(advise::tell(&problems, name.as_ref(), out)),
    };
    let constants = match &args.constants {
        Some(file) => advise::given(file)?,
        None => Constants::default(),
    };
    match simulated(args, &topology, &constants, out) {
        Ok(outcome) => show(&outcome, args.format, out),
        Err(problems) => Ok(tell(&problems, out)),
    }
}

fn simulated(
    args: &Args,
    topology: &Topology,
    constants: &Constants,
    out: &Out,
) -> Result<Outcome, Vec<Problem>> {
    let asked = Asked {
        credentials: args.credentials,
        edges: args.edges,
        days: args.days,
        method: args.method.map(|how| match how {
            How::Exact => Method::Exact,
            How::Aggregated => Method::Aggregated,
        }),
    };
    let scenario = simulation::scenario(topology, constants, &asked)?;
    let mut bar = Simulating::new(*out);
    Ok(simulation::run(&scenario, args.seed, &mut |part| bar.at(part)))
}

fn show(outcome: &Outcome, format: Format, out: &Out) -> Result<Verdict, Failure> {
    match format {
        _ if out.is_json() => out.json(&simulation::json(outcome)),
        Format::Json => out.verbatim(&format!("{:#}\n", simulation::json(outcome))),
        Format::Text => out.verbatim(&simulation::text(outcome)),
        Format::Html => out.verbatim(&simulation::html(outcome)),
        Format::Svg => out.verbatim(&simulation::svg(outcome)),
    }
    let broken = simulation::broken(&outcome.scenario, outcome);
    if broken.is_empty() {
        return Ok(Verdict::Done);
    }
    Err(Failure::fault(format!(
        "the outcome breaks a law of the model: {}",
        broken.join("; ")
    ))
    .hint("report it with the topology and the seed"))
}

fn tell(problems: &[Problem], out: &Out) -> Verdict {
    if out.is_json() {
        let told = problems
            .iter()
            .map(|problem| json!({"path": problem.path, "message": problem.message, "hint": problem.hint}));
        out.json(&json!({"problems": told.collect::<Vec<_>>()}));
        return Verdict::Finding;
    }
    for problem in problems {
        out.line(&printable(&format!("{}: {}", problem.path, problem.message)));
        out.line(&format!("  hint: {}", printable(&problem.hint)));
    }
    out.note(&format!("{} problem(s)", problems.len()));
    Verdict::Finding
}
