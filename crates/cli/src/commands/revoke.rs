//! `symbolon revoke`: class and key are checked before anything is asked.

use std::time::Duration;

use clap::ValueEnum;
use domain::Entropy;
use domain::revocation::{Class, Target};
use http::Method;
use serde_json::{Value, json};

use crate::admin::ServerArgs;
use crate::clock::SystemEntropy;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell};

const EXAMPLE: &str = "\
Examples:
  symbolon revoke session ses_... --wait enforced --reason \"laptop stolen\"
  symbolon revoke subject user:01...
  symbolon revoke all
  symbolon revoke --list

Classes: all (no key), tenant, client, subject, device, grant, session, jti, session_secret, key.
There is no un-revoke: whoever should come back signs in again.";

/// The longest lease is 60 s, and `wait_out` waits for all of it.
pub(crate) const ENFORCED_TIMEOUT: Duration = Duration::from_secs(90);

/// Revoke a class of credentials and print the receipt.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// What kind of thing to revoke.
    #[arg(required_unless_present = "list")]
    class: Option<String>,
    /// Which one; `all` has none.
    #[arg(allow_hyphen_values = true)]
    key: Option<String>,
    /// When to return: once committed, once no edge accepts any more, or once every lease has run out.
    #[arg(long, value_enum, default_value_t = Level::Durable)]
    wait: Level,
    /// Why: kept in the events.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Repeat a revocation whose answer was lost, without revoking twice.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    idempotency_key: Option<String>,
    /// List the receipts that are kept, newest first, in place of revoking.
    #[arg(long, conflicts_with_all = ["class", "key", "wait", "reason", "idempotency_key"])]
    list: bool,
    /// With --list: how many.
    #[arg(long, value_name = "N", default_value_t = 50, requires = "list",
        value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
    /// With --list: only those below this number.
    #[arg(long, value_name = "NUMBER", requires = "list")]
    after: Option<u64>,
    #[command(flatten)]
    server: ServerArgs,
}

const COLUMNS: &[(&str, &str)] = &[
    ("NUMBER", "number"),
    ("AT", "at"),
    ("REVOKED", "targets"),
    ("LEVEL", "level"),
    ("REACHED", "reached"),
    ("IN MS", "enforced_in_ms"),
    ("EXPIRED", "expired"),
    ("BY", "actor"),
    ("REASON", "reason"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Committed: it cannot be lost.
    #[value(name = "durable")]
    Durable,
    /// No edge accepts, from now on.
    #[value(name = "enforced")]
    Enforced,
    /// The same, for edges that nobody registers.
    #[value(name = "wait_out")]
    WaitOut,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    if args.list {
        return list(&args, out).await;
    }
    let target = target(args.class.as_deref().unwrap_or_default(), args.key.as_deref())?;
    let admin = args.server.admin(out)?;
    let request = args.idempotency_key.clone().unwrap_or_else(new_request_key);
    let body = json!({
        "class": target.class(), "key": target.key(), "wait": args.wait.word(), "reason": args.reason,
        "idempotency_key": request,
    });
    let sent = admin.send_within(ENFORCED_TIMEOUT, Method::POST, &["revocations"], Some(&body));
    let receipt = sent.await.map_err(|failure| {
        // After a fault nobody knows whether it was committed. Repeating it with the same key tells.
        if failure.exit_code() == 2 && failure.hint.is_none() {
            return failure.hint(format!(
                "repeat it with --idempotency-key {request}: it will not revoke twice"
            ));
        }
        failure
    })?;
    print_receipt(&receipt, out);
    Ok(Verdict::Done)
}

async fn list(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    let mut query = vec![("limit", args.limit.to_string())];
    query.extend(args.after.map(|number| ("after", number.to_string())));
    out.list(&admin.read(&["revocations"], &query).await?, COLUMNS);
    Ok(Verdict::Done)
}

impl Level {
    /// The word on the wire.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Enforced => "enforced",
            Self::WaitOut => "wait_out",
        }
    }
}

/// The target, or what is wrong with it and the class that was perhaps meant.
fn target(class: &str, key: Option<&str>) -> Result<Target, Failure> {
    let parsed = class.parse::<Class>().map_err(|error| {
        let near = Class::ALL
            .into_iter()
            .max_by(|one, other| likeness(class, *one).total_cmp(&likeness(class, *other)))
            .filter(|near| likeness(class, *near) > 0.7);
        let failure = Failure::mistake(format!("\"{class}\" is not a class of revocation")).because(&error);
        match near {
            Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
            None => failure,
        }
    })?;
    Target::parse(parsed, key)
        .map_err(|error| Failure::mistake(error.to_string()).hint("see `symbolon revoke --help`"))
}

fn likeness(text: &str, class: Class) -> f64 {
    strsim::jaro_winkler(text, class.as_str())
}

/// Unpredictable, so that no two requests share one by accident.
fn new_request_key() -> String {
    let mut bytes = [0u8; 16];
    SystemEntropy::new().fill(&mut bytes);
    jose::base64url::encode(&bytes)
}

pub(crate) fn print_receipt(receipt: &Value, out: &Out) {
    if out.is_json() {
        return out.json(receipt);
    }
    let told = |name: &str| receipt.get(name).filter(|value| !value.is_null()).map(cell);
    let word = told("level").unwrap_or_else(|| "durable".to_owned());
    out.line(&format!(
        "revoked ({word}) at position {}",
        told("seq").unwrap_or_default()
    ));
    if let Some(ms) = told("enforced_in_ms") {
        out.line(&format!("enforced in {ms} ms: no edge accepts it from now on"));
    }
    for (name, label) in [("acknowledged", "applied by"), ("expired", "lease ran out")] {
        if let Some(edges) = told(name).filter(|text| text != "-") {
            out.line(&format!("{label}: {edges}"));
        }
    }
    for route in receipt
        .get("exempt")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let of = |name: &str| route.get(name).map(cell).unwrap_or_default();
        out.line(&format!(
            "exempt by a written exception: route {} at {} until {}",
            of("route"),
            of("edge"),
            of("until")
        ));
    }
    if let Some(until) = told("unknown_exempt_until") {
        out.line(&format!(
            "perhaps exempt until {until}: routes with a written exception, at edges that have not come back since the server's start"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_key_are_checked_together() {
        assert_eq!(target("all", None).unwrap(), Target::All);
        assert!(target("all", Some("x")).is_err());
        assert!(target("session", None).is_err());
        assert!(target("session", Some("grt_00000000000000000000000000")).is_err());
        assert!(target("client", Some("billing")).is_ok());
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_class() {
        let failure = target("sesion", Some("x")).unwrap_err();
        assert_eq!(failure.hint.as_deref(), Some("did you mean \"session\"?"));
        assert_eq!(target("qqq", None).unwrap_err().hint, None);
    }

    #[test]
    fn request_keys_differ() {
        assert_ne!(new_request_key(), new_request_key());
        assert_eq!(new_request_key().len(), 22);
    }
}
