//! `symbolon backup`: while the server runs through its admin API, else from the store itself.

use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::local_store;
use crate::out::Out;

const EXAMPLE: &str = "\
Example:
  symbolon backup symbolon-2026-01-31.db

The file holds digests and sealed keys, no passwords and no tokens; keep it as you keep the key file all the same.";

/// A store of many gigabytes takes its time.
const COPY_TIMEOUT: Duration = Duration::from_secs(3600);

/// Copy the embedded store to a file, while the server runs or when it is stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The file to write; it must not exist.
    file: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let file = std::path::absolute(&args.file)
        .map_err(|error| Failure::mistake("the file has no absolute path").because(&error))?;
    if file.try_exists().unwrap_or(true) {
        return Err(Failure::mistake(format!("{} exists", file.display()))
            .hint("choose another name: nothing is overwritten"));
    }
    if let Some(admin) = args.server.running(out).await? {
        let body = json!({"path": file});
        let done = admin.send_within(COPY_TIMEOUT, Method::POST, &["backup"], Some(&body));
        out.object(&done.await?);
        return Ok(Verdict::Done);
    }
    let size = local_store::backup(&args.server.data, &file, out)?;
    out.object(&json!({"path": file, "bytes": size}));
    Ok(Verdict::Done)
}
