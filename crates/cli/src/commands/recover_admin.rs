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
            json!({"setup_code": code.as_str()})
        }
    };
    if out.is_json() {
        out.json(&made);
        return Ok(Verdict::Done);
    }
    let Some(code) = made.get("setup_code").and_then(Value::as_str) else {
        return Err(Failure::fault("the server's answer holds no code"));
    };
    out.line(code);
    let place = made.get("url").map_or_else(|| "/setup".to_owned(), cell);
    out.note(&format!("Type it into {place}: one use, 15 minutes."));
    Ok(Verdict::Done)
}
