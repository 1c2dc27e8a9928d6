//! `symbolon edge`: runs one, makes and removes their credentials, lists them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use domain::feed::EdgeName;
use http::Method;
use serde_json::{Value, json};
use url::Url;

use super::revoke::{ENFORCED_TIMEOUT, Level, print_receipt};
use crate::admin::{Admin, ServerArgs};
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell};

const EXAMPLE: &str = "\
Examples:
  umask 077; symbolon edge add fra-1 > fra-1.credential    on the authority; then carry the file to the edge
  symbolon edge --config edge.toml                         on the edge's machine: run it
  symbolon edge list --watch
  symbolon edge remove fra-1 --wait enforced

A running edge reads its routes again on SIGHUP; SIGTERM and SIGINT stop it in order.";

/// Edges: run one, make and remove their credentials, list what they have applied.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Run an edge by this configuration: its credential below `[edge]`, and routes.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an edge's credential, printed once; one that it has stays good until it is removed.
    #[command(
        after_help = "Examples:\n  umask 077; symbolon edge add fra-1 > fra-1.credential\n  \
        umask 077; symbolon edge add fra-1 --at https://id.example.org:8702 > new.credential\n  \
        symbolon edge remove fra-1 --previous        once the edge runs with the new one"
    )]
    Add {
        /// The edge's name.
        name: EdgeName,
        /// Where the edge reaches the feed; without it, where the feed listens.
        #[arg(long, value_name = "URL")]
        at: Option<Url>,
    },
    /// Revoke an edge's credentials: it is cut off at once, and stops when its lease has run out.
    #[command(
        after_help = "Examples:\n  symbolon edge remove fra-1 --wait enforced --reason \"machine stolen\"\n  \
        symbolon edge remove fra-1 --previous\n\nAn edge's memory holds the sealing keys: after a theft rotate those too (`symbolon key retire`)."
    )]
    Remove {
        /// The edge's name.
        name: EdgeName,
        /// Only those before the newest: the end of a rotation.
        #[arg(long)]
        previous: bool,
        /// When to return.
        #[arg(long, value_enum, default_value_t = Level::Durable)]
        wait: Level,
        /// For the events.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// List edges: frontier, lease, time since the last grant, keys.
    #[command(
        after_help = "Examples:\n  symbolon edge list\n  symbolon edge list --watch\n  symbolon edge list --watch --json"
    )]
    List {
        /// Again every second until interrupted: in place on a terminal, with --json one line a look.
        #[arg(long)]
        watch: bool,
    },
}

/// How long it is from one look to the next.
const AGAIN: Duration = Duration::from_secs(1);

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("FRONTIER", "frontier"),
    ("BEHIND BY", "lag"),
    ("SINCE GRANT MS", "since_grant_ms"),
    ("LEASE LEFT MS", "lease_left_ms"),
    ("KEYS", "keys_version"),
    ("CONFIRMED", "keys_confirmed"),
];

impl Args {
    /// The configuration of the edge that is to be run.
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let action = args.action.ok_or_else(|| {
        Failure::mistake("an edge is run by a configuration")
            .hint("symbolon edge --config edge.toml, or `symbolon edge --help` for what else there is")
    })?;
    let admin = args.server.admin(out)?;
    match action {
        Action::Add { name, at } => {
            let body = json!({"name": name, "url": at.map(|url| url.to_string())});
            told(&admin.send(Method::POST, &["edges"], Some(&body)).await?, out);
        }
        Action::Remove {
            name,
            previous,
            wait,
            reason,
        } => {
            let body = json!({"previous": previous, "wait": wait.word(), "reason": reason});
            let path = ["edges", name.as_str(), "remove"];
            let sent = admin.send_within(ENFORCED_TIMEOUT, Method::POST, &path, Some(&body));
            print_receipt(&sent.await?, out);
        }
        Action::List { watch: false } => out.list(&admin.read(&["edges"], &[]).await?, COLUMNS),
        Action::List { watch: true } => watch(&admin, out).await,
    }
    Ok(Verdict::Done)
}

/// Looks again and again, until interrupted.
async fn watch(admin: &Admin, out: &Out) {
    // Caught from the first look on: whoever ends it has not failed.
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let mut lines = 0;
    loop {
        let look = async {
            let seen = admin.read(&["edges"], &[]).await;
            match seen {
                Ok(page) => lines = out.list_again(&page, COLUMNS, lines),
                // A server that restarts is no reason to stop looking.
                Err(failure) => {
                    out.failure(&failure);
                    lines = 0;
                }
            }
            tokio::time::sleep(AGAIN).await;
        };
        tokio::select! {
            _ = &mut interrupted => return,
            () = look => {}
        }
    }
}

/// The credential is data: alone on standard output, so that it can go into a file.
fn told(added: &Value, out: &Out) {
    if out.is_json() {
        return out.json(added);
    }
    let of = |name: &str| added.get(name).map(cell).unwrap_or_default();
    out.note(&format!(
        "The credential of edge {}, shown this once; good until {}. Keep it in a file that only the edge may read.",
        of("edge"),
        of("expires_at")
    ));
    if added.get("others").and_then(Value::as_u64).unwrap_or_default() > 0 {
        out.note(&format!(
            "the one before stays good: end it with `symbolon edge remove {} --previous`",
            of("edge")
        ));
    }
    out.line(
        added
            .get("credential")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    );
}
