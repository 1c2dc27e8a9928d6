//! `symbolon admin-token`.

use clap::Subcommand;
use domain::TokenName;
use domain::admin_token::AdminScope;
use http::Method;
use serde_json::{Value, json};

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell};

/// Lasting tokens of the admin API: add, list, remove.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon admin-token add prometheus --scope metrics --expires 365d")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token; it is printed once.
    #[command(
        after_help = "Examples:\n  symbolon admin-token add prometheus --scope metrics > metrics.token\n  \
        symbolon admin-token add on-call --scope read --scope revoke --expires 30d"
    )]
    Add {
        /// What its acts are recorded under: letters, digits, '.', '_' and '-'.
        name: TokenName,
        /// What it may do; repeatable: read, users, clients, sessions, keys, revoke, events, metrics, system, tokens.
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<AdminScope>,
        /// Its life, such as 30d: at most 365d. Without it 90 days, or what is left of the token that makes it.
        #[arg(long, value_name = "DURATION")]
        expires: Option<String>,
    },
    /// List tokens: what each may do, until when, and when it was last used.
    #[command(after_help = "Example:\n  symbolon admin-token list")]
    List,
    /// Remove a token; it is refused from now on.
    #[command(after_help = "Examples:\n  symbolon admin-token remove prometheus\n  \
        symbolon admin-token remove deployer --made-too")]
    Remove {
        /// Name or id.
        name: String,
        /// Also every token that was made with it, and with those: for one that leaked.
        #[arg(long)]
        made_too: bool,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("SCOPES", "scopes"),
    ("EXPIRES", "expires_at"),
    ("EXPIRED", "expired"),
    ("LAST USED", "last_used_at"),
    ("MADE BY", "made_by"),
    ("ID", "id"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::Add {
            name,
            scopes,
            expires,
        } => {
            let scopes: Vec<&str> = scopes.iter().map(|s| s.as_str()).collect();
            let body = json!({"name": name, "scopes": scopes, "expires_in": expires});
            let made = admin.send(Method::POST, &["admin-tokens"], Some(&body)).await?;
            added(&made, out);
        }
        Action::List => out.list(&admin.read(&["admin-tokens"], &[]).await?, COLUMNS),
        Action::Remove { name, made_too } => {
            let query = [("made_too", if made_too { "true" } else { "" }.to_owned())];
            out.object(&admin.remove(&["admin-tokens", &name], &query).await?);
        }
    }
    Ok(Verdict::Done)
}

/// The token is data: alone on standard output, so that it can go into a file that a scraper reads.
fn added(made: &Value, out: &Out) {
    if out.is_json() {
        return out.json(made);
    }
    let of = |name: &str| made.get(name).map(cell).unwrap_or_default();
    out.note(&format!(
        "admin token {} added; it may {} until {}",
        of("name"),
        of("scopes"),
        of("expires_at")
    ));
    out.note("Its text, shown this once:");
    out.line(&of("token"));
}
