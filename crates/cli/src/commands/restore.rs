//! `symbolon restore`: only while no server has the store.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;
use store::sqlite::RestorePlan;

use crate::failure::{Failure, Verdict};
use crate::local_store;
use crate::out::Out;

const EXAMPLE: &str = "\
Example:
  symbolon restore symbolon-2026-01-31.db --data ./symbolon-data

A restore starts a new epoch: everything issued before it is dead, since the backup cannot know what was revoked after it.
Edges on other machines connect again with the credentials they have, but for those that are known to have been removed.
Where the store that is replaced and the file revoked-keys beside it are both gone, that is not known: --end-edges ends all.";

/// Put a backup in the place of the store; the server must be stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The backup.
    file: PathBuf,
    /// Data directory to restore into.
    #[arg(long, value_name = "DIR", default_value = "symbolon-data")]
    data: PathBuf,
    /// End the credential of every edge as well: each is added again.
    #[arg(long)]
    end_edges: bool,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let plan = RestorePlan {
        from: &args.file,
        into: &args.data,
        end_edges: args.end_edges,
    };
    let restored = local_store::restore(plan, out)?;
    let edges: BTreeSet<&str> = restored.edges.iter().map(|edge| edge.name.as_str()).collect();
    out.object(&json!({
        "data": args.data, "epoch": restored.epoch, "head": restored.head, "replaced": restored.replaced,
        "edges": edges, "ended_edges": restored.ended_edges,
    }));
    out.note("Everybody signs in again: credentials from before the restore are refused.");
    if !edges.is_empty() {
        out.note(&format!(
            "Edges that can connect again: {}. One that should not: `symbolon edge remove NAME --wait enforced` once the server runs.",
            listed(edges)
        ));
    }
    if !restored.ended_edges.is_empty() {
        out.note(&format!(
            "Edges that cannot, removed or unknown to the backup: {}. Let one in with `symbolon edge add NAME`.",
            listed(restored.ended_edges.iter().map(String::as_str))
        ));
    }
    Ok(Verdict::Done)
}

fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
