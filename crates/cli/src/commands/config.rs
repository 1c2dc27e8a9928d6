//! `symbolon config`.

mod against;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::advise;
use super::reference::{self, Page};
use crate::config::{self, Checked, Located, Source};
use crate::env;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, printable};

/// Configuration: write a first file, check one, print the reference.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon config check --config symbolon.toml")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a commented symbolon.toml; refuses to overwrite one.
    #[command(after_help = "Example:\n  symbolon config init --file symbolon.toml")]
    Init {
        /// Where.
        #[arg(long, value_name = "FILE", default_value = "symbolon.toml")]
        file: PathBuf,
    },
    /// Check a configuration with the environment on top of it; says all problems at once.
    #[command(
        after_help = "Examples:\n  symbolon config check --config symbolon.toml\n  symbolon config check --config symbolon.toml --against topology.toml"
    )]
    Check {
        /// The file.
        #[arg(long, value_name = "FILE", default_value = "symbolon.toml")]
        config: PathBuf,
        /// A topology: say as well where the configuration is less than its requirements ask for.
        #[arg(long, value_name = "TOPOLOGY")]
        against: Option<PathBuf>,
    },
    /// Print a reference page: every setting, command, error, event, metric, topology key, worked topology, check of the audit, or the admin API.
    #[command(after_help = "Examples:\n  symbolon config reference\n  symbolon config reference events")]
    Reference {
        /// Which page.
        #[arg(value_enum, default_value_t = Page::Config)]
        page: Page,
    },
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    match args.action {
        Action::Init { file } => init(&file, out),
        Action::Check { config, against } => check(&config, against.as_deref(), out),
        Action::Reference { page } => {
            if out.is_json() && page == Page::Config {
                out.json(&config::reference_json(&config::settings()));
            } else {
                out.verbatim(&reference::text(page).await?);
            }
            Ok(Verdict::Done)
        }
    }
}

fn init(file: &Path, out: &Out) -> Result<Verdict, Failure> {
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    let mut target = created.map_err(|error| {
        let failure = Failure::mistake(format!("cannot write {}", file.display())).because(&error);
        if error.kind() == ErrorKind::AlreadyExists {
            return failure.hint("it exists and is left alone: name another with --file");
        }
        failure
    })?;
    let text = config::template(&config::settings());
    target
        .write_all(text.as_bytes())
        .map_err(|error| Failure::fault(format!("cannot write {}", file.display())).because(&error))?;
    out.object(&json!({"written": file}));
    Ok(Verdict::Done)
}

fn check(file: &Path, topology: Option<&Path>, out: &Out) -> Result<Verdict, Failure> {
    let text = config::read_file(file)?;
    let source = Source {
        name: file.display().to_string(),
        text,
        environment: env::settings(),
    };
    let problems = match config::load(&source, &config::settings()) {
        Ok(checked) => {
            let mut problems = config::judge(&checked, &source);
            if let Some(topology) = topology.filter(|_| problems.is_empty()) {
                problems = held_against(&checked, &source, topology)?;
            }
            problems
        }
        Err(problems) => problems,
    };
    if out.is_json() {
        out.json(&json!({"file": file, "problems": problems}));
    } else {
        for problem in &problems {
            out.line(&printable(&problem.to_string()));
            out.line(&format!("  hint: {}", printable(&problem.hint)));
        }
        if problems.is_empty() {
            out.line(&format!("{}: no problems", file.display()));
        } else {
            out.note(&format!("{} problem(s)", problems.len()));
        }
    }
    Ok(if problems.is_empty() {
        Verdict::Done
    } else {
        Verdict::Finding
    })
}

/// What is less than a topology asks for; of a topology with mistakes, those.
fn held_against(checked: &Checked, source: &Source, topology: &Path) -> Result<Vec<Located>, Failure> {
    let topology = match advise::read(topology)? {
        Ok(topology) => topology,
        Err(problems) => return Ok(problems),
    };
    let promise = advisor::emit::promise(&topology, &advisor::Constants::default());
    Ok(config::locate(against::broken(checked, &promise), source))
}
