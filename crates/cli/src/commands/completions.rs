//! `symbolon completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

const EXAMPLE: &str = "\
Example:
  symbolon completions bash > ~/.local/share/bash-completion/completions/symbolon";

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "symbolon", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Failure::fault("the completions are not text").because(&error))?;
    out.verbatim(&script);
    Ok(Verdict::Done)
}
