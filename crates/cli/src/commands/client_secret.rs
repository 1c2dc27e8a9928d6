//! `symbolon client secret`.

use clap::Subcommand;
use domain::ClientId;
use domain::id::{ClientSecret, Id};
use http::Method;
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::failure::Failure;
use crate::out::{Out, cell};

/// What can be done with a client's secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make a new secret, printed once; those before stay good for the overlap.
    #[command(
        after_help = "Examples:\n  symbolon client secret rotate billing --overlap 24h\n  \
        symbolon client secret rotate billing --now --revoke-tokens"
    )]
    Rotate {
        /// Client id.
        id: ClientId,
        /// How long the secrets before stay good, such as 24h: at most 30d.
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        overlap: String,
        /// End the secrets before at once: for one that leaked.
        #[arg(long, conflicts_with = "overlap")]
        now: bool,
        /// Also revoke everything that the client got.
        #[arg(long)]
        revoke_tokens: bool,
        /// For the events.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// List a client's secrets: when each was made, ends and was last used.
    #[command(after_help = "Example:\n  symbolon client secret list billing")]
    List {
        /// Client id.
        id: ClientId,
    },
    /// Remove a secret at once; the only one that lives stays.
    #[command(after_help = "Example:\n  symbolon client secret remove billing sec_...")]
    Remove {
        /// Client id.
        id: ClientId,
        /// Id of the secret, as `list` shows it.
        #[arg(value_name = "SECRET-ID")]
        which: Id<ClientSecret>,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("CREATED", "created_at"),
    ("ENDS", "ends_at"),
    ("ENDED", "ended"),
    ("LAST USED", "last_used_at"),
];

pub(crate) async fn run(action: Action, admin: &Admin, out: &Out) -> Result<(), Failure> {
    match action {
        Action::Rotate {
            id,
            overlap,
            now,
            revoke_tokens,
            reason,
        } => {
            let overlap = if now { "0s".to_owned() } else { overlap };
            let body = json!({"overlap": overlap, "revoke": revoke_tokens, "reason": reason});
            let path = ["clients", id.as_str(), "secrets"];
            let rotated = admin.send(Method::POST, &path, Some(&body)).await?;
            told(&rotated, out);
        }
        Action::List { id } => {
            out.list(
                &admin.read(&["clients", id.as_str(), "secrets"], &[]).await?,
                COLUMNS,
            );
        }
        Action::Remove { id, which } => {
            let path = ["clients", id.as_str(), "secrets", &which.to_string()];
            out.object(&admin.remove(&path, &[]).await?);
        }
    }
    Ok(())
}

/// The secret is data: alone on standard output, so that it can be piped into a vault.
fn told(rotated: &Value, out: &Out) {
    if out.is_json() {
        return out.json(rotated);
    }
    let of = |name: &str| rotated.get(name).map(cell).unwrap_or_default();
    match rotated.get("previous_end_at").filter(|end| !end.is_null()) {
        Some(end) => out.note(&format!("the secrets before stay good until {}", cell(end))),
        None => out.note("the secrets before have ended"),
    }
    out.note(&format!(
        "The new secret of {} ({}), shown this once:",
        of("client"),
        of("id")
    ));
    out.line(&of("secret"));
}
