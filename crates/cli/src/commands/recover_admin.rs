//! `symbolon recover-admin`: possession of the machine is the proof.

use http::Method;
use serde_json::{Value, json};

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::local_store;
use crate::out::{Out, cell};

const EXAMPLE: &str = "\
Example:
  symbolon recover-admin --data ./symbolon-data

Type the code into /setup within 15 minutes; it works once and makes a new administrator.";

/// Print a new one-time set-up code, on the machine that holds the store.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let made = match args.server.running(out).await? {
        Some(admin) => admin.send(Method::POST, &["setup-code"], None).await?,
        None => {
            let code = local_store::setup_code(&args.server.data).await?;
            json!({"code": code.as_str(), "expires_in_s": local_store::SETUP_CODE_LIFE.as_secs()})
        }
    };
    if out.is_json() {
        out.json(&made);
        return Ok(Verdict::Done);
    }
    let Some(code) = made.get("code").and_then(Value::as_str) else {
        return Err(Failure::fault("the server's answer holds no code"));
    };
    out.line(code);
    let minutes = made
        .get("expires_in_s")
        .and_then(Value::as_u64)
        .map(|s| format!("{} minutes", s / 60));
    let until = minutes.or_else(|| made.get("expires_at").map(cell));
    out.note(&format!(
        "Type it into /setup; one use, {}.",
        until.unwrap_or_else(|| "15 minutes".to_owned())
    ));
    Ok(Verdict::Done)
}
