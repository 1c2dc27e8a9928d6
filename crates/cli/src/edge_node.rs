//! `symbolon edge --config FILE`: an edge in a process of its own. It needs its credential and no store.

mod admin;
mod reload;
mod run;
mod settings;

use std::path::Path;

use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// Runs an edge until it is told to stop. Brings its own runtime: the work is many connections on all cores.
pub(crate) fn run(config: &Path, out: &Out) -> Result<Verdict, Failure> {
    let settings = settings::read(config)?;
    out.log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::fault("the runtime does not start").because(&error))?;
    runtime.block_on(run::edge(settings, out))?;
    Ok(Verdict::Done)
}
