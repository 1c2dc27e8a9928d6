//! Revoking by request.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::revocation::Target;
use domain::{Digest, Seq, Span, Timestamp};

use super::ledger::{acted, append, record, shown_key};
use crate::error::StoreError;
use crate::intent::{Actor, Committed, Revoke, RevokeOutcome};
use crate::rows::Rows;

/// Most targets of one request.
pub const MAX_TARGETS: usize = 1000;
/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_KEPT: Span = Span::from_days(1);
const REASON_CHARS: usize = 200;

/// Revokes one or more targets: entries, watermarks and events together.
///
/// # Errors
/// [`StoreError::Limit`] for no target or more than [`MAX_TARGETS`].
pub fn revoke(rows: &mut dyn Rows, now: Timestamp, intent: &Revoke) -> Result<RevokeOutcome, StoreError> {
    if intent.targets.is_empty() || intent.targets.len() > MAX_TARGETS {
        return Err(StoreError::Limit("1 to 1000 targets"));
    }
    // Kept as a digest: bounded, and no business of whoever reads the table.
    let key = intent
        .idempotency_key
        .as_ref()
        .map(|k| Digest::of(k.as_bytes()).to_string());
    let request = digest_of(&intent.targets);
    if let Some((before, seq)) = key.as_ref().map(|k| rows.idempotent(k)).transpose()?.flatten() {
        if before != request {
            return Ok(RevokeOutcome::Conflict);
        }
        let shown = shown_targets(rows, &intent.targets)?;
        acted(rows, now, &intent.actor, (Some(shown), "repeated"))?;
        return Ok(RevokeOutcome::Committed(Committed { seq, repeated: true }));
    }
    let cause: String = intent
        .reason
        .chars()
        .filter(|c| !c.is_control())
        .take(REASON_CHARS)
        .collect();
    let mut seen = BTreeSet::new();
    let mut seq = rows.head()?.seq;
    for target in intent.targets.iter().filter(|t| seen.insert(*t)) {
        seq = commit(rows, now, target.clone(), &cause, &intent.actor)?;
    }
    if let Some(key) = key {
        rows.put_idempotent(&key, request, seq, now)?;
    }
    let shown = shown_targets(rows, &intent.targets)?;
    acted(rows, now, &intent.actor, (Some(shown), "done"))?;
    Ok(RevokeOutcome::Committed(Committed { seq, repeated: false }))
}

/// One entry with its event.
pub(super) fn commit(
    rows: &mut dyn Rows,
    now: Timestamp,
    target: Target,
    cause: &str,
    actor: &Actor,
) -> Result<Seq, StoreError> {
    let (class, key) = (target.class(), shown_key(rows, &target)?);
    let seq = append(rows, now, target)?;
    let event = Event::Revoked {
        class,
        key,
        cause: cause.to_owned(),
        actor: actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    Ok(seq)
}

/// `class` or `class key` of the first target, and how many more there are; each has an event of its own.
fn shown_targets(rows: &mut dyn Rows, targets: &[Target]) -> Result<String, StoreError> {
    let Some(first) = targets.first() else {
        return Ok(String::new());
    };
    let mut shown = first.class().to_string();
    if let Some(key) = shown_key(rows, first)? {
        shown.push(' ');
        shown.push_str(&key);
    }
    if targets.len() > 1 {
        shown.push_str(&format!(" and {} more", targets.len().saturating_sub(1)));
    }
    Ok(shown)
}

/// The request, whatever order its targets are named in.
fn digest_of(targets: &[Target]) -> Digest {
    let sorted: BTreeSet<&Target> = targets.iter().collect();
    let texts: Vec<[String; 2]> = sorted
        .into_iter()
        .map(|t| [t.class().to_string(), t.key().unwrap_or_default()])
        .collect();
    let parts: Vec<&[u8]> = texts.iter().flatten().map(String::as_bytes).collect();
    Digest::of_parts(&parts)
}
