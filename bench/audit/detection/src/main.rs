//! The proof of teeth: which faults the audit finds in third-party targets and in our own, beside wapiti, and what each says
//! of the mended twins. See docs/audit/DETECTION.md.

mod install;
mod ours;
mod own;
mod score;
mod stage;
mod table;
mod truth;
mod wapiti;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use install::Shelf;
use score::Score;
use stage::Running;
use table::{Row, Summary};
use truth::{Kind, Target};

/// Starts every target, runs the audit and wapiti against it, and holds what they say against the truth.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench audit",
    after_help = "Example: cargo xtask bench audit --only jwt-simple\nExit code: 0 recall of exploitable faults is 0.95 or more in each group and no finding on a twin is untrue, 1 otherwise, 2 a target could not be tried."
)]
struct Args {
    /// Targets whose name begins so, or own servers whose check does; repeatable.
    #[arg(long, value_name = "WORD")]
    only: Vec<String>,
    /// Leave wapiti out.
    #[arg(long)]
    without_wapiti: bool,
    /// The binary to try; without, the one beside this program.
    #[arg(long, value_name = "FILE")]
    symbolon: Option<PathBuf>,
}

/// Why a target could not be tried.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(String);

impl Fault {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

/// Recall of exploitable faults that each group must reach.
const RECALL: f64 = 0.95;

/// `bench/audit`.
fn folder() -> PathBuf {
    world::root().join("bench/audit")
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            world::note(&format!("error: {fault}"));
            ExitCode::from(2)
        }
    }
}

/// Whether every bound is met.
fn run(args: &Args) -> Result<bool, Fault> {
    let symbolon = args.symbolon.clone().unwrap_or_else(|| world::beside("symbolon"));
    let shelf = Shelf::new(folder(), world::root().join("target/detection"));
    let is_chosen =
        |name: &str| args.only.is_empty() || args.only.iter().any(|word| name.starts_with(word.as_str()));
    let targets: Vec<Target> = truth::read(&folder().join("truth"))?
        .into_iter()
        .filter(|target| is_chosen(&target.name))
        .collect();
    let wapiti = (!args.without_wapiti && targets.iter().any(|target| target.kind == Kind::Site))
        .then(|| shelf.python("wapiti"));
    if let Some(Err(fault)) = &wapiti {
        world::note(&format!("wapiti is not run: {fault}"));
    }
    let wapiti = wapiti.and_then(Result::ok);
    let mut rows = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        world::note(&format!("[{}/{}] {} ...", at + 1, targets.len(), target.name));
        rows.push(tried(target, &shelf, &symbolon, wapiti.as_deref())?);
    }
    let own = match args.only.as_slice() {
        [] => Some(own::run("")?),
        words => words
            .iter()
            .find(|word| word.contains('.'))
            .map(|word| own::run(word))
            .transpose()?,
    };
    let summary = Summary::of(&rows, own);
    world::line(&summary.text(&rows));
    Ok(summary.is_met(RECALL))
}

/// Starts a target for each tool anew: neither sees what the other has left behind.
fn tried(
    target: &Target,
    shelf: &Shelf,
    symbolon: &std::path::Path,
    wapiti: Option<&std::path::Path>,
) -> Result<Row, Fault> {
    let running = Running::start(target, shelf)?;
    let began = world::now();
    let findings = ours::run(symbolon, &running, target.kind)?;
    let ours = score::ours(target, &findings, began.elapsed());
    drop(running);
    let wapiti: Option<Score> = match (target.kind, wapiti) {
        (Kind::Site, Some(installed)) => {
            let running = Running::start(target, shelf)?;
            let began = world::now();
            let categories = wapiti::run(installed, &running)?;
            Some(score::wapiti(target, &categories, began.elapsed()))
        }
        _ => None,
    };
    Ok(Row {
        name: target.name.clone(),
        is_twin: target.faults.is_empty(),
        kind: target.kind,
        ours,
        wapiti,
    })
}

#[cfg(test)]
mod tests;
