//! What happened to an account, as its owner is told: sign-ins, failures, replays, lockouts, what others did.

use domain::session::Origin;
use domain::{Subject, Timestamp};
use serde::Deserialize as _;
use serde_json::Value;

use super::session::Live;
use crate::authority::Authority;
use crate::error::Fault;

/// Lines on one page.
const PAGE: usize = 30;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number: the next page begins below it.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What, for people.
    pub text: String,
    /// From where, where that is known.
    pub origin: Option<Origin>,
    /// Whether its owner should look closely.
    pub is_warning: bool,
}

/// A page of what the subject is told, newest first, below a number; and where the next page begins.
///
/// # Errors
/// The store's fault.
pub async fn own_activity(
    authority: &Authority,
    live: &Live,
    below: Option<u64>,
) -> Result<(Vec<Told>, Option<u64>), Fault> {
    let subject = &live.session().subject;
    let records = authority.store.events_told(subject, below, PAGE).await?;
    let next = records.last().filter(|_| records.len() == PAGE).map(|r| r.number);
    let told = records.into_iter().filter_map(|record| {
        let body: Value = serde_json::from_str(&record.body).ok()?;
        let (text, is_warning) = words(&record.kind, &body, subject)?;
        Some(Told {
            number: record.number,
            at: record.at,
            text,
            origin: body.get("origin").and_then(|o| Origin::deserialize(o).ok()),
            is_warning,
        })
    });
    Ok((told.collect(), next))
}

/// Attempts from unknown places since the last sign-in.
///
/// # Errors
/// The store's fault.
pub async fn failures_since(authority: &Authority, live: &Live) -> Result<u32, Fault> {
    match &live.session().subject {
        Subject::User(id) => Ok(authority.store.failures(*id).await?.count),
        Subject::Client(_) => Ok(0),
    }
}

/// What is said of an event, and whether it warns. Nothing where another line says it.
fn words(kind: &str, body: &Value, subject: &Subject) -> Option<(String, bool)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or(0);
    let own = text("actor") == subject.to_string();
    let said = |text: &str, warns| Some((text.to_owned(), warns));
    match kind {
        "session.created" => said("Signed in", false),
        "session.ended" => ended(text("cause")),
        "session.secret_renewed" if text("cause") == "step_up" => said("Confirmed with the password", false),
        "token.refresh_replayed" => Some((
            format!(
                "A token of {} was used a second time, as a thief would: its access and its session were ended",
                text("client")
            ),
            true,
        )),
        "token.code_replayed" => Some((
            format!(
                "A sign-in code of {} was used twice: its access was ended",
                text("client")
            ),
            true,
        )),
        "user.password_changed" if own => said("Password changed; all other sessions ended", false),
        "user.password_changed" => said("An administrator set your password; all sessions ended", true),
        "user.password_failures" => Some((attempts(number("failures"), "before a sign-in"), true)),
        "user.lockout_begun" => said(
            "Too many wrong passwords: only browsers that you used before are heard",
            true,
        ),
        "user.lockout_ended" => match text("cause") {
            "unlocked" => said("An administrator lets all browsers be heard again", false),
            _ => said("All browsers are heard again", false),
        },
        "user.signed_out_everywhere" if own => Some((everywhere(body, "You signed out"), false)),
        "user.signed_out_everywhere" => Some((everywhere(body, "An administrator signed you out"), true)),
        "user.disabled" => said("An administrator disabled this account: all access ended", true),
        "user.enabled" => said("An administrator enabled this account", false),
        "revocation.committed" if text("cause") == "signed_out_everywhere" => None,
        "revocation.committed" => said("An administrator ended all access", true),
        _ => None,
    }
}

fn ended(cause: &str) -> Option<(String, bool)> {
    let (text, warns) = match cause {
        "logout" => ("Signed out", false),
        "admin" => ("An administrator ended a session", true),
        "idle" => ("A session ended: it was unused for too long", false),
        "cap" => (
            "The session that was unused longest ended: there were too many",
            false,
        ),
        "replaced" => ("A session ended: its browser signed in anew", false),
        // The events beside these say it.
        "password_change" | "refresh_replayed" | "signed_out_everywhere" => return None,
        _ => ("A session ended", false),
    };
    Some((text.to_owned(), warns))
}

fn everywhere(body: &Value, who: &str) -> String {
    let count = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or(0);
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    let (sessions, grants) = (count("sessions"), count("grants"));
    format!(
        "{who} everywhere: {sessions} session{} and the access of {grants} application{} ended",
        plural(sessions),
        plural(grants)
    )
}

/// Such as `3 wrong passwords` with what follows.
pub(crate) fn attempts(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} wrong password{plural} {what}")
}

#[cfg(test)]
mod tests;
