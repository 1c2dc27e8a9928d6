//! Events as they leave the authority: one view for the admin API and for lines of JSON, and the check of their chain.

use std::sync::Arc;
use std::time::Duration;

use domain::Digest;
use domain::event::{Event, EventRecord};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::admin::form::Form;
use super::admin::written::rfc3339;
use super::admin::{PAGE_USUAL, Refusal, rows};
use crate::authority::Authority;
use crate::error::Fault;

/// Most events on one page.
const EVENTS_MOST: u64 = 10_000;
/// Events read at once while a filter looks for those that fit, and looked at by one call.
const SCAN_BATCH: usize = 2000;
const SCAN_MOST: usize = 20_000;
/// Events read at once.
const BATCH: usize = 500;
/// How long the tail waits for the log's word before it looks by itself: not every event grows the log.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// After a fault of the store.
const REST: Duration = Duration::from_secs(1);

/// One event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When, RFC 3339, by the store's clock.
    pub at: String,
    /// A registered kind: see docs/EVENTS.md.
    pub kind: String,
    /// The event, exactly as it was hashed.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
    /// The chain's digest up to and with this event: 64 hexadecimal digits.
    pub digest: String,
}

impl EventView {
    fn of(record: EventRecord) -> Result<Self, Fault> {
        let corrupt = |_| store::StoreError::Corrupt(format!("event {}", record.number));
        let body = RawValue::from_string(record.body).map_err(corrupt)?;
        Ok(Self {
            number: record.number,
            at: rfc3339(record.at),
            kind: record.kind,
            body,
            digest: record.digest.to_string(),
        })
    }
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChainCheck {
    /// Whether every event follows the one before it.
    pub ok: bool,
    /// The anchor: the event whose digest was taken as given. The first one's predecessor is known to the store alone, so
    /// that a check without a kept digest proves the content of every event after the first.
    pub anchor: Option<u64>,
    /// Number of the last sound event.
    pub checked: u64,
    /// The digest of the last sound event: keep it elsewhere, and a later check shows whether history was rewritten.
    pub digest: Option<String>,
    /// Number of the first event that does not fit.
    pub broken_at: Option<u64>,
    /// What is wrong with it.
    pub problem: Option<&'static str>,
}

/// Which events are asked for.
#[derive(Debug, Default)]
struct Filter {
    actor: Option<String>,
    subject: Option<String>,
    kind: Option<String>,
}

impl Filter {
    fn read(form: &mut Form) -> Self {
        let filled = |text: Option<String>| text.filter(|t| !t.is_empty());
        let filter = Self {
            actor: filled(form.text("actor", 80)),
            subject: filled(form.text("subject", 128)),
            kind: filled(form.text("kind", 64)),
        };
        if let Some(kind) = &filter.kind
            && !Event::KINDS.iter().any(|(known, ..)| is_of(known, kind))
        {
            let hint = "write a kind of docs/EVENTS.md, or the beginning of some with a star: user.*";
            form.wrong("kind", "is no kind of event", hint);
        }
        filter
    }

    const fn is_open(&self) -> bool {
        self.actor.is_none() && self.subject.is_none() && self.kind.is_none()
    }

    fn lets(&self, record: &EventRecord) -> bool {
        if self.kind.as_ref().is_some_and(|kind| !is_of(&record.kind, kind)) {
            return false;
        }
        if self.actor.is_none() && self.subject.is_none() {
            return true;
        }
        let body: serde_json::Value = serde_json::from_str(&record.body).unwrap_or_default();
        let says = |member: &str, text: &str| body.get(member).and_then(|v| v.as_str()) == Some(text);
        let about = |subject: &String| {
            let client = subject.strip_prefix("client:");
            ["subject", "user", "target"]
                .iter()
                .any(|member| says(member, subject))
                || client.is_some_and(|id| says("client", id))
        };
        self.actor.as_ref().is_none_or(|actor| says("actor", actor))
            && self.subject.as_ref().is_none_or(about)
    }
}

/// `kind` itself, or one of `beginning.*`.
fn is_of(kind: &str, asked: &str) -> bool {
    match asked.strip_suffix('*') {
        Some(beginning) => beginning.ends_with('.') && kind.starts_with(beginning),
        None => kind == asked,
    }
}

/// A page of events, and the number after which the next begins. Where few of many fit a filter, a page may hold less than
/// was asked for, or nothing, and still have a next one: one call looks at a bounded number of events.
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn list(authority: &Authority, query: &str) -> Result<(Vec<EventView>, Option<String>), Refusal> {
    let mut form = Form::of_query(query);
    let after = form.number("after", 0, (0, u64::MAX));
    let limit = form.number("limit", PAGE_USUAL, (1, EVENTS_MOST));
    let filter = Filter::read(&mut form);
    let (mut at, limit) = form.finish((after, rows(limit)))?;
    let batch = if filter.is_open() { limit } else { SCAN_BATCH };
    let (mut views, mut looked_at) = (Vec::new(), 0);
    loop {
        let records = authority.store.events_after(at, batch).await?;
        let is_last = records.len() < batch;
        looked_at += records.len();
        for record in records {
            at = record.number;
            if !filter.lets(&record) {
                continue;
            }
            views.push(EventView::of(record)?);
            if views.len() == limit {
                return Ok((views, Some(at.to_string())));
            }
        }
        if is_last || looked_at >= SCAN_MOST {
            return Ok((views, (!is_last).then(|| at.to_string())));
        }
    }
}

/// Checks the chain, a batch at a time: from its beginning, or from an event whose digest was kept elsewhere (`after` and
/// `digest` in the query).
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn verify(authority: &Authority, query: &str) -> Result<ChainCheck, Refusal> {
    let mut form = Form::of_query(query);
    let after = form.number("after", 0, (1, u64::MAX));
    let digest = form.text("digest", 64).filter(|d| !d.is_empty());
    let kept = digest.as_deref().and_then(digest_of);
    if digest.is_some() && kept.is_none() {
        form.wrong(
            "digest",
            "is not a digest",
            "write the 64 hexadecimal digits that an earlier check told",
        );
    } else if digest.is_some() != (after > 0) {
        form.wrong(
            "digest",
            "and after belong together",
            "give the digest of the event with the number in after",
        );
    }
    let mut chain = form.finish(Chain::from(after, kept))?;
    if let Some(kept) = kept
        && !is_there(authority, after, &kept).await?
    {
        chain.broken = Some((
            after,
            "it is not the event whose digest was kept: history was cut off or rewritten",
        ));
        return Ok(chain.result());
    }
    loop {
        let records = authority.store.events_after(chain.number, BATCH).await?;
        if records.is_empty() || !chain.extend(&records) {
            return Ok(chain.result());
        }
    }
}

/// Whether the event whose digest was kept is still in its place. Without it, what was cut off after it would not be missed.
async fn is_there(authority: &Authority, number: u64, kept: &Digest) -> Result<bool, Fault> {
    let found = authority.store.events_after(number.saturating_sub(1), 1).await?;
    Ok(found
        .first()
        .is_some_and(|r| r.number == number && r.digest == *kept))
}

/// Sends every event after a number as one line of JSON, in order and without gaps, until the receiver is dropped. Says
/// the number of the last one that was handed over: a later call resumes there.
pub async fn tail(authority: Arc<Authority>, after: u64, sink: mpsc::Sender<String>) -> u64 {
    let mut last = after;
    let mut appended = authority.revoker.subscribe();
    loop {
        let batch = match authority.store.events_after(last, BATCH).await {
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(%error, "events cannot be read; trying again");
                tokio::select! {
                    () = sink.closed() => return last,
                    () = tokio::time::sleep(REST) => continue,
                }
            }
        };
        let quiet = batch.is_empty();
        for record in batch {
            let number = record.number;
            let Some(line) = line(record) else { return last };
            if sink.send(line).await.is_err() {
                return last;
            }
            last = number;
        }
        if quiet {
            tokio::select! {
                () = sink.closed() => return last,
                _ = tokio::time::timeout(LOOK_EVERY, appended.changed()) => {}
            }
        }
    }
}

/// Nothing for what cannot be shown as it was hashed: the tail stops there, since it promises no gaps.
fn line(record: EventRecord) -> Option<String> {
    let number = record.number;
    let view = EventView::of(record).map_err(|e| e.to_string());
    let line = view.and_then(|view| serde_json::to_string(&view).map_err(|e| e.to_string()));
    line.inspect_err(|error| tracing::error!(number, error, "an event cannot be shown"))
        .ok()
}

/// How far a chain was followed.
#[derive(Debug)]
struct Chain {
    number: u64,
    digest: Option<Digest>,
    anchor: Option<u64>,
    broken: Option<(u64, &'static str)>,
}

impl Chain {
    /// After an event with a known digest; from the beginning where none is known.
    fn from(after: u64, digest: Option<Digest>) -> Self {
        Self {
            number: after,
            digest,
            anchor: digest.map(|_| after),
            broken: None,
        }
    }

    /// Follows more records; `false` at the first that does not fit.
    fn extend(&mut self, records: &[EventRecord]) -> bool {
        for record in records {
            if let Some(problem) = self.problem(record) {
                self.broken = Some((record.number, problem));
                return false;
            }
            self.anchor = self.anchor.or(Some(record.number));
            self.number = record.number;
            self.digest = Some(record.digest);
        }
        true
    }

    fn problem(&self, record: &EventRecord) -> Option<&'static str> {
        if Some(record.number) != self.number.checked_add(1) {
            return Some("an event is missing before this one");
        }
        if self.digest.is_some_and(|before| !record.follows(&before)) {
            return Some("its digest does not follow from its content and the event before it");
        }
        // The kind is a column of its own, outside the hash: it must say what the body says.
        (kind_of(&record.body).as_deref() != Some(record.kind.as_str()))
            .then_some("its kind is not the one in its body")
    }

    fn result(self) -> ChainCheck {
        ChainCheck {
            ok: self.broken.is_none(),
            anchor: self.anchor,
            checked: self.number,
            digest: self.digest.map(|d| d.to_string()),
            broken_at: self.broken.map(|b| b.0),
            problem: self.broken.map(|b| b.1),
        }
    }
}

fn digest_of(hex: &str) -> Option<Digest> {
    let mut bytes = [0u8; 32];
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (slot, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Digest::from_bytes(bytes))
}

fn kind_of(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    body.get("event")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
