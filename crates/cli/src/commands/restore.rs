//! `symbolon restore`: only while no server has the store.

use std::path::PathBuf;

use serde_json::json;

use crate::failure::{Failure, Verdict};
use crate::local_store;
use crate::out::Out;

const EXAMPLE: &str = "\
Example:
  symbolon restore symbolon-2026-01-31.db --data ./symbolon-data

A restore starts a new epoch: everything issued before it is dead, since the backup cannot know what was revoked after it.";

/// Put a backup in the place of the store; the server must be stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The backup.
    file: PathBuf,
    /// Data directory to restore into.
    #[arg(long, value_name = "DIR", default_value = "symbolon-data")]
    data: PathBuf,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let restored = local_store::restore(&args.file, &args.data, out)?;
    out.object(&json!({
        "data": args.data, "epoch": restored.epoch, "head": restored.head, "replaced": restored.replaced,
    }));
    out.note("Everybody signs in again: credentials from before the restore are refused.");
    Ok(Verdict::Done)
}
