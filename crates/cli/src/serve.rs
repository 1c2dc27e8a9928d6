//! `symbolon serve`: the authority with edges in the same process. The composition root: everything is joined here.

mod clock_watch;
pub(crate) mod data_dir;
mod edges;
mod house;
mod link;
mod listeners;
mod logout;
mod reload;
mod run;
mod scrape;
mod service;
mod settings;
mod tell;

pub(crate) use run::{Signals, Wish, raise_descriptors};
pub(crate) use scrape::scrape;
pub(crate) use service::Edged;

use std::path::PathBuf;

use crate::failure::{Failure, Verdict};
use crate::out::Out;

const EXAMPLE: &str = "\
Examples:
  symbolon serve                              embedded store in ./symbolon-data, everything on localhost
  symbolon serve --config symbolon.toml --data /var/lib/symbolon
  symbolon serve --demo                       a seeded user, a sample application and three edges

Events go to standard output as JSON lines when [events] stdout is true. SIGTERM and SIGINT stop it in order.
SIGHUP reads the configuration again: routes take effect at once, and no request is dropped;
changed keys that need a restart are named; a configuration with problems changes nothing.
TLS files need no signal.";

/// Run the authority with a built-in edge.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The configuration; without one, defaults and SYMBOLON_SECTION__KEY variables.
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    pub(crate) config: Option<PathBuf>,
    /// The data directory; made if it does not exist. Default: symbolon-data, or symbolon-demo with --demo.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Show it: seeded user and client, sample application, three edges, a page. Loopback only.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Ports of the demo: authority, admin, application.
    #[arg(
        long,
        value_name = "P,P,P",
        value_delimiter = ',',
        num_args = 1,
        requires = "demo",
        hide = true
    )]
    pub(crate) demo_ports: Vec<u16>,
}

/// Serves until it is told to stop. Brings its own runtime: the work is many connections on all cores.
pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let settings = settings::read(args)?;
    out.log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::fault("the runtime does not start").because(&error))?;
    runtime.block_on(run::serve(settings, out))?;
    Ok(Verdict::Done)
}
