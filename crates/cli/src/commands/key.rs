//! `symbolon key`.

use clap::{Subcommand, ValueEnum};
use http::Method;
use jose::KeyId;
use serde_json::json;

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

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
        /// Which key.
        #[arg(value_name = "USE", value_enum, default_value_t = Use::Es256)]
        usage: Use,
    },
    /// A key leaked: revoke everything that it made, whatever it says, and promote the reserve.
    #[command(after_help = "Example:\n  symbolon key retire KID")]
    Retire {
        /// Key id.
        kid: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Use {
    /// Signs tokens.
    #[value(name = "ES256")]
    Es256,
    /// Seals cookies.
    #[value(name = "seal")]
    Seal,
}

const COLUMNS: &[(&str, &str)] = &[
    ("KID", "kid"),
    ("USE", "use"),
    ("STATE", "state"),
    ("CREATED", "created_at"),
    ("SIGNING SINCE", "signing_since"),
    ("RETIRED", "retired_at"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::List => out.list(&admin.read(&["keys"], &[]).await?, COLUMNS),
        Action::Rotate { usage } => {
            let word = match usage {
                Use::Es256 => "ES256",
                Use::Seal => "seal",
            };
            let body = json!({"use": word});
            out.object(&admin.send(Method::POST, &["keys", "rotate"], Some(&body)).await?);
        }
        Action::Retire { kid } => {
            KeyId::new(&kid).map_err(|error| Failure::mistake("that is no key id").because(&error))?;
            out.object(&admin.send(Method::POST, &["keys", &kid, "retire"], None).await?);
        }
    }
    Ok(Verdict::Done)
}
