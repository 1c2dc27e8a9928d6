//! `symbolon edge`: the edges that follow this authority.

use std::time::Duration;

use clap::Subcommand;

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// Edges: list them with what they have applied.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon edge list --watch")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List edges: frontier, lease, time since the last grant.
    #[command(after_help = "Examples:\n  symbolon edge list\n  symbolon edge list --watch")]
    List {
        /// Again every second, until interrupted.
        #[arg(long)]
        watch: bool,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("FRONTIER", "frontier"),
    ("BEHIND BY", "lag"),
    ("SINCE GRANT MS", "since_grant_ms"),
    ("LEASE LEFT MS", "lease_left_ms"),
    ("KEYS", "keys_confirmed"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    let Action::List { watch } = args.action;
    loop {
        out.list(&admin.read(&["edges"], &[]).await?, COLUMNS);
        if !watch {
            return Ok(Verdict::Done);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Verdict::Done),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}
