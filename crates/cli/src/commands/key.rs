//! `symbolon key`.

use clap::Subcommand;
use http::Method;
use jose::KeyId;
use serde_json::json;

use crate::admin::ServerArgs;
use crate::commands::revoke::{ENFORCED_TIMEOUT, Level, print_receipt};
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell};

/// Signing and sealing keys: list, rotate, retire.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon key list")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List keys with their state: announced, signing, retiring, removed.
    #[command(after_help = "Example:\n  symbolon key list --json")]
    List,
    /// Promote the key in reserve now; the one before it retires, and a new reserve is announced.
    #[command(after_help = "Example:\n  symbolon key rotate ES256")]
    Rotate {
        /// What the key does: an algorithm that signs, or `seal`.
        #[arg(value_name = "USE", default_value = "ES256")]
        usage: String,
    },
    /// A key leaked: revoke everything that it made, whatever it says, and promote the reserve.
    #[command(after_help = "Example:\n  symbolon key retire KID")]
    Retire {
        /// Key id. One in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// When to return: see `symbolon revoke --help`.
        #[arg(long, value_enum, default_value_t = Level::Durable)]
        wait: Level,
        /// Why: kept in the events.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("KID", "kid"),
    ("USE", "use"),
    ("STATE", "state"),
    ("CREATED", "created_at"),
    ("SINCE", "since"),
    ("HELD BY", "held_by"),
    ("MISSING AT", "missing_at"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::List => out.list(&admin.read(&["keys"], &[]).await?, COLUMNS),
        Action::Rotate { usage } => {
            let body = json!({"use": usage});
            out.list(
                &admin.send(Method::POST, &["keys", "rotate"], Some(&body)).await?,
                COLUMNS,
            );
        }
        Action::Retire { kid, wait, reason } => {
            KeyId::new(&kid).map_err(|error| Failure::mistake("that is no key id").because(&error))?;
            let body = json!({"wait": wait.word(), "reason": reason});
            let segments = ["keys", kid.as_str(), "retire"];
            let sent = admin.send_within(ENFORCED_TIMEOUT, Method::POST, &segments, Some(&body));
            let told = sent.await?;
            print_receipt(&told, out);
            let without = told.get("without_successor").filter(|list| **list != json!([]));
            if let (Some(edges), false) = (without, out.is_json()) {
                out.line(&format!(
                    "refuse what the new key makes until they have fetched it: {}",
                    cell(edges)
                ));
            }
        }
    }
    Ok(Verdict::Done)
}
