//! What the binary `symbolon` does. Files, environment, output and the accept loop have their homes here.
//! A library only so that fuzz targets can reach its parsers; nobody else uses it.

mod admin;
mod admin_file;
mod args;
mod client;
mod clock;
mod commands;
mod config;
mod console;
mod demo;
mod edge_node;
mod env;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod input;
mod listen;
mod local_store;
mod out;
mod reload;
mod serve;
#[cfg(test)]
mod testing;
mod token;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, Manage};
use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// Carries out one command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => return usage(&refusal),
    };
    let out = Out::new(cli.json, env::wants_color());
    match run(cli, &out) {
        Ok(Verdict::Done) => ExitCode::SUCCESS,
        Ok(Verdict::Finding) => ExitCode::from(1),
        Err(failure) => {
            out.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// clap's own texts go where they belong; a wrong command line is the user's mistake: 1, where clap would say 2.
fn usage(refusal: &clap::Error) -> ExitCode {
    // A closed pipe is not worth a second message.
    let _ = refusal.print();
    ExitCode::from(u8::from(refusal.use_stderr()))
}

/// Commands wait for the network, not for the processor: one thread. What serves brings its own runtime.
fn run(cli: Cli, out: &Out) -> Result<Verdict, Failure> {
    let command = match cli.command {
        Command::Serve(args) => return serve::run(&args, out),
        Command::Manage(command) => command,
    };
    if let Manage::Edge(args) = &command
        && let Some(config) = args.config()
    {
        return edge_node::run(config, out);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::fault("the runtime does not start").because(&error))?;
    runtime.block_on(commands::run(command, out))
}
