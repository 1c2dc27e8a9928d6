//! Checks of what answers over the network.

use std::path::Path;

use domain::{Clock, Span, Timestamp};
use serde_json::Value;
use url::Url;

use super::{Finding, Judgement};
use crate::admin::Admin;
use crate::client::{Ask, HttpClient};
use crate::clock::SystemClock;
use crate::out::{Out, cell, items};

/// A key that signs for longer than its schedule by so much was forgotten.
const OLDEST_KEY: Span = Span::from_days(90);

/// The running server: status, keys. Gives the issuer that it names.
pub(super) async fn server(admin: &Admin, findings: &mut Vec<Finding>) -> Option<Url> {
    let mut issuer = None;
    match admin.read(&["status"], &[]).await {
        Ok(status) => {
            issuer = status
                .get("issuer")
                .and_then(Value::as_str)
                .and_then(|url| Url::parse(url).ok());
            let told = status.as_object().into_iter().flatten();
            let plain = told.filter(|(_, value)| !value.is_object() && !value.is_array());
            let texts: Vec<String> = plain
                .map(|(name, value)| format!("{name} {}", cell(value)))
                .collect();
            findings.push(Finding::new(
                "server",
                Judgement::Pass,
                format!("answers; {}", texts.join(", ")),
            ));
            findings.push(super::canary::canary(&status));
            findings.push(super::logout::logout(&status));
        }
        Err(failure) => findings.push(Finding::of_failure("server", &failure)),
    }
    match admin.read(&["keys"], &[]).await {
        Ok(page) => keys(&page, SystemClock.now(), findings),
        Err(failure) => findings.push(Finding::of_failure("keys", &failure)),
    }
    issuer
}

/// One key of each use works, one is in reserve, none is forgotten.
pub(super) fn keys(page: &Value, now: Timestamp, findings: &mut Vec<Finding>) {
    let text = |key: &Value, name: &str| key.get(name).map(cell).unwrap_or_default();
    let mut uses: Vec<String> = items(page).map(|key| text(key, "use")).collect();
    uses.sort();
    uses.dedup();
    if uses.is_empty() {
        findings.push(Finding::new("keys", Judgement::Fail, "there is no key").hint("restart the server"));
    }
    for usage in uses {
        let of =
            |state: &str| items(page).find(|key| text(key, "use") == usage && text(key, "state") == state);
        let Some(working) = of("signing") else {
            findings.push(
                Finding::new("keys", Judgement::Fail, format!("{usage}: no key is in use"))
                    .hint(format!("symbolon key rotate {usage}")),
            );
            continue;
        };
        findings.push(match of("announced") {
            Some(_) => Finding::new(
                "keys",
                Judgement::Pass,
                format!("{usage}: one in use, one in reserve"),
            ),
            None => Finding::new("keys", Judgement::Warn, format!("{usage}: none in reserve"))
                .hint("the server announces one by its schedule; see `symbolon key list`"),
        });
        let since = ["signing_since", "signing_at", "created_at"];
        let since = since.iter().find_map(|name| moment(working.get(*name)?));
        match since.map(|since| now.since(since)) {
            Some(age) if age > OLDEST_KEY => findings.push(
                Finding::new(
                    "keys",
                    Judgement::Warn,
                    format!("{usage}: in use for {} days", age.as_secs() / 86_400),
                )
                .hint(format!("symbolon key rotate {usage}")),
            ),
            Some(_) => {}
            None => findings.push(Finding::new(
                "keys",
                Judgement::NotTested,
                format!("{usage}: its age is not told"),
            )),
        }
    }
}

/// RFC 3339.
fn moment(value: &Value) -> Option<Timestamp> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Timestamp::from_ms)
}

/// Whoever verifies tokens reads the discovery document at the issuer: it must be there and name the same issuer.
pub(super) async fn issuer(issuer: Option<&Url>, ca: Option<&Path>, out: &Out, findings: &mut Vec<Finding>) {
    let Some(issuer) = issuer else {
        findings.push(
            Finding::new("issuer", Judgement::NotTested, "no issuer is known")
                .hint("name it with --issuer URL"),
        );
        return;
    };
    let client = match HttpClient::new(issuer, ca) {
        Ok(client) => client,
        Err(failure) => return findings.push(Finding::of_failure("issuer", &failure)),
    };
    let ready = Ask::read("/readyz");
    match out.while_waiting("Asking the issuer", client.send(&ready)).await {
        Ok(answer) if answer.status.is_success() => findings.push(ready_with(&answer.body)),
        Ok(answer) => {
            let why = String::from_utf8_lossy(&answer.body)
                .chars()
                .take(300)
                .collect::<String>();
            findings.push(Finding::new(
                "ready",
                Judgement::Fail,
                format!("/readyz: {}: {why}", answer.status),
            ));
        }
        Err(failure) => findings.push(Finding::of_failure("ready", &failure)),
    }
    match client.send(&Ask::read("/.well-known/openid-configuration")).await {
        Ok(answer) if answer.status.is_success() => findings.push(discovery(&answer.body, issuer)),
        Ok(answer) => findings.push(Finding::new(
            "issuer",
            Judgement::Fail,
            format!("discovery: {}", answer.status),
        )),
        Err(failure) => findings.push(Finding::of_failure("issuer", &failure)),
    }
}

/// It can do its work; what will stop it is told as well.
fn ready_with(body: &[u8]) -> Finding {
    let told = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let warnings = told
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let warnings: Vec<&str> = warnings.filter_map(Value::as_str).collect();
    if warnings.is_empty() {
        return Finding::new("ready", Judgement::Pass, "/readyz says that it can do its work");
    }
    let text = format!("/readyz warns: {}", warnings.join(", "));
    Finding::new("ready", Judgement::Warn, text).hint("make room on the disk of the data directory")
}

fn discovery(body: &[u8], issuer: &Url) -> Finding {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let expected = issuer.origin().ascii_serialization();
    match document.get("issuer").and_then(Value::as_str) {
        Some(told) if told == expected => {
            Finding::new("issuer", Judgement::Pass, format!("discovery names {told}"))
        }
        Some(told) => Finding::new(
            "issuer",
            Judgement::Fail,
            format!("discovery names {told}, not {expected}"),
        )
        .hint("[server] issuer must be the URL that everybody uses, byte for byte"),
        None => Finding::new(
            "issuer",
            Judgement::Fail,
            "discovery is not a document with an issuer",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(rows: Value) -> Vec<Judgement> {
        let mut findings = Vec::new();
        keys(
            &json!({"items": rows}),
            Timestamp::from_ms(10_000_000_000),
            &mut findings,
        );
        findings.iter().map(|finding| finding.result).collect()
    }

    #[test]
    fn a_key_in_use_and_one_in_reserve_pass() {
        let working =
            json!({"use": "ES256", "state": "signing", "signing_since": "1970-04-26T17:46:39.000Z"});
        let reserve = json!({"use": "ES256", "state": "announced"});
        assert_eq!(judged(json!([working, reserve])), [Judgement::Pass]);
        assert_eq!(judged(json!([working])), [Judgement::Warn]);
        assert_eq!(judged(json!([reserve])), [Judgement::Fail]);
        assert_eq!(judged(json!([])), [Judgement::Fail]);
    }

    #[test]
    fn old_keys_warn_and_unknown_ages_are_not_a_pass() {
        let reserve = json!({"use": "seal", "state": "announced"});
        let old = json!({"use": "seal", "state": "signing", "created_at": "1970-01-01T00:00:00Z"});
        assert_eq!(judged(json!([old, reserve])), [Judgement::Pass, Judgement::Warn]);
        let ageless = json!({"use": "seal", "state": "signing"});
        assert_eq!(
            judged(json!([ageless, reserve])),
            [Judgement::Pass, Judgement::NotTested]
        );
    }

    #[test]
    fn discovery_must_name_the_same_issuer() {
        let url = Url::parse("https://id.example").unwrap();
        let judged = |body: &str| discovery(body.as_bytes(), &url).result;
        assert_eq!(judged(r#"{"issuer":"https://id.example"}"#), Judgement::Pass);
        assert_eq!(judged(r#"{"issuer":"https://id.example/"}"#), Judgement::Fail);
        assert_eq!(judged("<html>"), Judgement::Fail);
    }
}
