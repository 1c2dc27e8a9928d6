//! `symbolon events`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::admin::{Admin, ServerArgs};
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon events --limit 20
  symbolon events --json --follow >> events.jsonl
  symbolon events --verify";

/// Security events in their order; with --json one event a line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// Begin after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// The most events to show at once.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Go on with new ones, until interrupted.
    #[arg(long)]
    follow: bool,
    /// Check the whole chain of digests instead; exit 1 where it is broken.
    #[arg(long, conflicts_with_all = ["follow", "after", "limit"])]
    verify: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    if args.verify {
        return verify(&admin, out).await;
    }
    let mut after = args.after;
    loop {
        let (last, count) = show_page(&admin, after, args.limit, out).await?;
        after = last;
        if !args.follow {
            return Ok(Verdict::Done);
        }
        if count == usize::from(args.limit) {
            continue;
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Verdict::Done),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

async fn verify(admin: &Admin, out: &Out) -> Result<Verdict, Failure> {
    let result = admin.read(&["events", "verify"], &[]).await?;
    out.object(&result);
    let sound = result.get("ok").and_then(Value::as_bool) == Some(true);
    Ok(if sound { Verdict::Done } else { Verdict::Finding })
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
}

/// Prints a page; gives the number of its last event, and how many there were.
async fn show_page(admin: &Admin, after: u64, limit: u16, out: &Out) -> Result<(u64, usize), Failure> {
    let query = [("after", after.to_string()), ("limit", limit.to_string())];
    let text = admin.read_text(&["events"], &query).await?;
    let page: Page = serde_json::from_str(&text)
        .map_err(|error| Failure::fault("the server's answer is no page of events").because(&error))?;
    let mut last = after;
    for raw in &page.items {
        let event: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        last = event
            .get("number")
            .and_then(Value::as_u64)
            .unwrap_or(last)
            .max(last);
        if out.is_json() {
            // As it came: an event's body is hashed byte for byte.
            out.line(raw.get());
        } else {
            out.line(&described(&event));
        }
    }
    let count = page.items.len();
    // Without this a server that repeats itself would be followed in circles.
    if count > 0 && last == after {
        return Err(Failure::fault("the server's events do not go forward"));
    }
    Ok((last, count))
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
