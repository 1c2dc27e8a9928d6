//! `symbolon advise`.

mod emit;
mod pages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use advisor::ask::Dialogue;
use advisor::simulation::{self, Asked, Method, Outcome};
use advisor::{Constants, Decision, RawTopology, Topology, decide, report};
use clap::ValueEnum;
use domain::setting::Problem;
use serde_json::json;

pub(crate) use pages::{drills, gallery};

use crate::config::{self, Located, Source};
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::out::{Out, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon advise docs/advice/mobile-bank.toml
  symbolon advise topology.toml --format json | jq '.clients[].mechanism'
  symbolon advise topology.toml --format html > advice.html
  symbolon advise topology.toml --constants measured.toml
  symbolon advise topology.toml --emit advice && symbolon config check --config advice/symbolon.toml
  symbolon advise --schema > topology.schema.json

What a topology may say: symbolon config reference topology. Exit 1: the file has mistakes, or its requirements
exclude each other.";

/// Sessions, JWTs, or both: a mechanism per client, with reasons and figures.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The description of the deployment; without one it is asked for on a terminal.
    topology: Option<PathBuf>,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Constants of your own in place of assumed ones: a TOML file of `name = number`, by the names of docs/advice.
    #[arg(long, value_name = "FILE")]
    constants: Option<PathBuf>,
    /// Also write the configuration that carries it out, the drills that show on the running deployment what is promised
    /// (drill.toml, DRILL.md), and a topology that was asked for, into this directory; nothing there is replaced.
    #[arg(long, value_name = "DIR")]
    emit: Option<PathBuf>,
    /// Print the JSON Schema of a topology file, for editors, and nothing else.
    #[arg(long, conflicts_with_all = ["topology", "format", "emit"])]
    schema: bool,
}

/// The name of a topology that was asked for.
const ASKED: &str = "topology.toml";

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// Everything, with rules, formulas and constants.
    Json,
    /// One page that needs no network: the way to the answer, charts, and what would change it.
    Html,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    if args.schema {
        out.verbatim(&format!("{:#}\n", advisor::topology::json_schema()));
        return Ok(Verdict::Done);
    }
    let name = args.topology.as_deref().unwrap_or(Path::new(ASKED));
    let asked = match &args.topology {
        Some(_) => None,
        None => {
            if let Some(dir) = &args.emit {
                emit::is_free(dir, ASKED)?;
                emit::is_free(dir, "symbolon.toml")?;
            }
            Some(ask(out)?)
        }
    };
    let read = match (&args.topology, &asked) {
        (Some(file), _) => read(file)?,
        (None, text) => parse(ASKED, text.as_deref().unwrap_or_default()),
    };
    let topology = match read {
        Ok(topology) => topology,
        Err(problems) => return Ok(tell(&problems, name, out)),
    };
    let constants = match &args.constants {
        Some(file) => given(file)?,
        None => Constants::default(),
    };
    let decision = decide(&topology, &constants);
    let day = match args.format {
        Format::Html if !out.is_json() => day(&topology, &constants, out),
        _ => None,
    };
    show(&decision, &constants, (args.format, day.as_ref()), out);
    if let Some(dir) = &args.emit {
        emit::write(&topology, &constants, (dir, asked), out)?;
    }
    if decision.has_conflicts() {
        out.note("requirements exclude each other: see the lines that begin with !");
        return Ok(Verdict::Finding);
    }
    Ok(Verdict::Done)
}

/// The defaults with a file's values in their places.
pub(crate) fn given(file: &Path) -> Result<Constants, Failure> {
    let hint = "write lines such as redis_p99_ms = 0.7; the names are in docs/advice";
    let text = config::read_text(file).map_err(|failure| failure.hint(hint))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error| Failure::mistake(format!("{} is no TOML", file.display())).because(&error))?;
    let mut constants = Constants::default();
    let mut wrong = Vec::new();
    for (name, value) in &table {
        let number = value
            .as_float()
            .or_else(|| value.as_integer().map(|whole| whole as f64));
        if let Err(why) = constants.set(name, number.unwrap_or_default()) {
            wrong.push(format!("{} {why}", printable(name)));
        }
    }
    if wrong.is_empty() {
        return Ok(constants);
    }
    Err(Failure::mistake(format!("{}: {}", file.display(), wrong.join("; "))).hint(hint))
}

/// The text of a topology, by a dialogue on the terminal.
fn ask(out: &Out) -> Result<String, Failure> {
    let hint = "begin with one of docs/advice, or see `symbolon config reference topology`";
    if !input::is_terminal() {
        return Err(Failure::mistake("no topology is given, and there is no terminal to ask on").hint(hint));
    }
    let mut dialogue = Dialogue::default();
    while let Some(prompt) = dialogue.prompt() {
        let Some(line) = input::answer(&prompt, out)? else {
            return Err(Failure::mistake("the dialogue ended before its last question").hint(hint));
        };
        let check = |text: &str| {
            let problems = parse(ASKED, text).err().unwrap_or_default();
            problems
                .iter()
                .map(|problem| format!("{}: {}", problem.message, problem.hint))
                .collect()
        };
        if let Err(problem) = dialogue.hear(&line, check) {
            out.note(&printable(&problem));
        }
    }
    Ok(dialogue.topology())
}

/// A simulated day for the page, in cohorts: quick whatever the size. Nothing where the topology is larger than it takes.
fn day(topology: &Topology, constants: &Constants, out: &Out) -> Option<Outcome> {
    match simulated_day(topology, constants) {
        Ok(day) => Some(day),
        Err(problems) => {
            for problem in problems {
                let text = format!("no simulated day: {}: {}", problem.path, problem.message);
                out.note(&printable(&text));
            }
            None
        }
    }
}

/// The day itself, or what of the topology is larger than a simulation takes.
pub(crate) fn simulated_day(topology: &Topology, constants: &Constants) -> Result<Outcome, Vec<Problem>> {
    let asked = Asked {
        method: Some(Method::Aggregated),
        ..Asked::default()
    };
    let scenario = simulation::scenario(topology, constants, &asked)?;
    Ok(simulation::run(&scenario, 1, &mut |_| {}))
}

fn show(decision: &Decision, constants: &Constants, (format, day): (Format, Option<&Outcome>), out: &Out) {
    match format {
        _ if out.is_json() => out.json(&report::json(decision, constants)),
        Format::Json => out.verbatim(&format!("{:#}\n", report::json(decision, constants))),
        Format::Text => out.verbatim(&report::text(decision)),
        Format::Html => out.verbatim(&report::html(decision, constants, day)),
    }
}

/// A topology from its file, or everything that is wrong with it.
pub(crate) fn read(file: &Path) -> Result<Result<Topology, Vec<Located>>, Failure> {
    let text = config::read_text(file).map_err(|failure| {
        failure.hint("begin with one of docs/advice, or see `symbolon config reference topology`")
    })?;
    Ok(parse(&file.display().to_string(), &text))
}

pub(crate) fn parse(name: &str, text: &str) -> Result<Topology, Vec<Located>> {
    let source = Source {
        name: name.to_owned(),
        text: text.to_owned(),
        environment: BTreeMap::new(),
    };
    config::read_as::<RawTopology, Topology>(&source, advisor::SETTINGS, RawTopology::check)
}

pub(crate) fn tell(problems: &[Located], file: &Path, out: &Out) -> Verdict {
    if out.is_json() {
        out.json(&json!({"file": file, "problems": problems}));
        return Verdict::Finding;
    }
    for problem in problems {
        out.line(&printable(&problem.to_string()));
        out.line(&format!("  hint: {}", printable(&problem.hint)));
    }
    out.note(&format!("{} problem(s)", problems.len()));
    Verdict::Finding
}

#[cfg(test)]
mod tests;
