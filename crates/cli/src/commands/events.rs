//! `symbolon events`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::admin::{Admin, ServerArgs};
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon events --limit 20
  symbolon events --kind 'admin.*' --actor admin:ops
  symbolon events --all --json > events.jsonl
  symbolon events --json --follow >> events.jsonl
  symbolon events verify --anchor events.anchor";

/// Security events in their order; with --json one event a line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Begin after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// The most events to show at once.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Only what this actor caused: user:.., client:.., admin:NAME, cli, system.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Only what is about this subject: user:.. or client:..
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<domain::Subject>,
    /// Only this kind, or those that begin so: 'user.*'.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Every event to the last one, for an export.
    #[arg(long, conflicts_with = "follow")]
    all: bool,
    /// Go on with new ones, until interrupted.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check the chain of digests; exit 1 where it is broken, or where what was kept is not there any more.
    #[command(
        after_help = "Examples:\n  symbolon events verify\n  symbolon events verify --anchor /var/lib/audit/symbolon.anchor\n\n\
        Keep the anchor where the server cannot write: only then does it show that history was cut off or rewritten."
    )]
    Verify {
        /// File with the number and digest of an earlier check: checked from there, and written anew when all is sound.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
}

/// Where a listing stands, and what it lets through.
struct Listing {
    after: u64,
    limit: u16,
    filters: [(&'static str, String); 3],
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    if let Some(Action::Verify { anchor }) = args.action {
        return verify(&admin, anchor.as_deref(), out).await;
    }
    let mut listing = Listing {
        after: args.after,
        limit: args.limit,
        filters: [
            ("actor", args.actor.unwrap_or_default()),
            ("subject", args.subject.map(|s| s.to_string()).unwrap_or_default()),
            ("kind", args.kind.unwrap_or_default()),
        ],
    };
    let endless = args.all || args.follow;
    loop {
        let (count, more) = show_page(&admin, &mut listing, out).await?;
        if !endless {
            listing.limit = listing.limit.saturating_sub(count);
        }
        // A page through a filter may be short, or empty, and not the last one.
        if more && listing.limit > 0 {
            continue;
        }
        if !args.follow {
            return Ok(Verdict::Done);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Verdict::Done),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

async fn verify(admin: &Admin, anchor: Option<&Path>, out: &Out) -> Result<Verdict, Failure> {
    let kept = anchor.map(Anchor::read).transpose()?.flatten();
    let query = kept.map(|kept| [("after", kept.number.to_string()), ("digest", kept.digest)]);
    let result = admin
        .read(
            &["events", "verify"],
            query.as_ref().map_or(&[], |q| q.as_slice()),
        )
        .await?;
    out.object(&result);
    let sound = result.get("ok").and_then(Value::as_bool) == Some(true);
    if let (true, Some(file)) = (sound, anchor) {
        Anchor::of(&result)?.write(file)?;
    }
    Ok(if sound { Verdict::Done } else { Verdict::Finding })
}

/// What an earlier check told, kept where whoever can write the store cannot.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchor {
    number: u64,
    digest: String,
}

impl Anchor {
    /// Nothing where there is no file yet.
    fn read(file: &Path) -> Result<Option<Self>, Failure> {
        let unusable = || Failure::mistake(format!("cannot use the anchor {}", file.display()));
        match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
                unusable()
                    .because(&error)
                    .hint("it is not what an earlier check wrote")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable().because(&error)),
        }
    }

    fn of(result: &Value) -> Result<Self, Failure> {
        let number = result.get("checked").and_then(Value::as_u64);
        let digest = result.get("digest").and_then(Value::as_str);
        match (number, digest) {
            (Some(number), Some(digest)) => Ok(Self {
                number,
                digest: digest.to_owned(),
            }),
            _ => Err(Failure::fault("the server did not tell where the chain ends")),
        }
    }

    /// In one step: a check that is cut off leaves the earlier anchor.
    fn write(&self, file: &Path) -> Result<(), Failure> {
        let fault = |error: std::io::Error| {
            Failure::fault(format!("cannot write the anchor {}", file.display())).because(&error)
        };
        let mut draft = file.as_os_str().to_owned();
        draft.push(".new");
        let text = serde_json::to_string(self).map_err(|error| fault(error.into()))?;
        std::fs::write(&draft, text + "\n").map_err(fault)?;
        std::fs::rename(&draft, file).map_err(fault)
    }
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    next: Option<String>,
}

/// Prints a page and goes on behind it; says how many events it had, and whether there are more.
async fn show_page(admin: &Admin, listing: &mut Listing, out: &Out) -> Result<(u16, bool), Failure> {
    let mut query = vec![
        ("after", listing.after.to_string()),
        ("limit", listing.limit.to_string()),
    ];
    query.extend(listing.filters.iter().cloned());
    let text = admin.read_text(&["events"], &query).await?;
    let page: Page = serde_json::from_str(&text)
        .map_err(|error| Failure::fault("the server's answer is no page of events").because(&error))?;
    let before = listing.after;
    for raw in &page.items {
        let event: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let number = event.get("number").and_then(Value::as_u64);
        listing.after = number.unwrap_or(listing.after).max(listing.after);
        if out.is_json() {
            // As it came: an event's body is hashed byte for byte.
            out.line(raw.get());
        } else {
            out.line(&described(&event));
        }
    }
    let next = page.next.as_deref().map(str::parse::<u64>);
    let more = matches!(next, Some(Ok(_)));
    if let Some(Ok(next)) = next {
        listing.after = listing.after.max(next);
    }
    // Without this a server that repeats itself would be followed in circles.
    if (more || !page.items.is_empty()) && listing.after == before {
        return Err(Failure::fault("the server's events do not go forward"));
    }
    Ok((u16::try_from(page.items.len()).unwrap_or(u16::MAX), more))
}

/// `number  time  kind  member=value ..`
fn described(event: &Value) -> String {
    let of = |name: &str| event.get(name).map(cell).unwrap_or_default();
    let time = event.get("at").and_then(Value::as_u64).and_then(|ms| {
        let ms = i64::try_from(ms).ok()?;
        jiff::Timestamp::from_millisecond(ms).ok()
    });
    let time = time.map_or_else(|| of("at"), |time| time.to_string());
    let mut line = format!("{}  {time}  {}", of("number"), of("kind"));
    let body = event.get("body").unwrap_or(event);
    for (name, value) in body.as_object().into_iter().flatten() {
        if !matches!(
            name.as_str(),
            "number" | "at" | "kind" | "event" | "digest" | "body"
        ) {
            line.push_str(&format!("  {}={}", printable(name), cell(value)));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_reads_as_one_line() {
        let event = json!({"number": 7, "at": 1_767_225_600_000_u64, "kind": "user.added", "digest": "x",
            "body": {"event": "user.added", "user": "user:usr_1", "actor": "cli\n"}});
        assert_eq!(
            described(&event),
            "7  2026-01-01T00:00:00Z  user.added  actor=cli\u{fffd}  user=user:usr_1"
        );
    }
}
