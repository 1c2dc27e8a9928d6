//! Revoking by request.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::revocation::{Level, Target};
use domain::{Digest, Seq, Timestamp};

use super::ledger::{acted, append, record, shown_key};
use crate::error::StoreError;
use crate::intent::{
    Actor, Committed, KeepReceipt, KeptReceipt, Reached, ReceiptBody, RequestMark, Revoke, RevokeOutcome,
};
use crate::rows::Rows;

/// Most targets of one request.
pub const MAX_TARGETS: usize = 1000;
const REASON_CHARS: usize = 200;

/// Revokes one or more targets: entries, watermarks, events and the receipt together.
///
/// # Errors
/// [`StoreError::Limit`] for no target or more than [`MAX_TARGETS`].
pub fn revoke(rows: &mut dyn Rows, now: Timestamp, intent: &Revoke) -> Result<RevokeOutcome, StoreError> {
    if intent.targets.is_empty() || intent.targets.len() > MAX_TARGETS {
        return Err(StoreError::Limit("1 to 1000 targets"));
    }
    let mark = intent.receipt.as_ref().and_then(|keep| mark_of(intent, keep));
    if let Some(mark) = mark
        && let Some(before) = rows.receipt_of_key(&mark.key)?
    {
        return repeated(rows, now, intent, (mark, before));
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
    let shown = shown_targets(rows, &intent.targets)?;
    let receipt = match &intent.receipt {
        Some(keep) => {
            let body = ReceiptBody {
                targets: shown.clone(),
                level: keep.level,
                actor: intent.actor.to_string(),
                reason: cause,
                reached: (keep.level == Level::Durable).then(Reached::default),
            };
            Some(keep_receipt(rows, (seq, now), keep, (mark, body))?)
        }
        None => None,
    };
    acted(rows, now, &intent.actor, (Some(shown), "done"))?;
    Ok(RevokeOutcome::Committed(Committed {
        seq,
        repeated: false,
        receipt,
        reached: None,
    }))
}

/// A request whose key was used: the same one gets what the first one got.
fn repeated(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &Revoke,
    (mark, kept): (RequestMark, KeptReceipt),
) -> Result<RevokeOutcome, StoreError> {
    let (request, before) = (mark.request, kept.repeats.map(|known| known.request));
    if before != Some(request) {
        return Ok(RevokeOutcome::Conflict);
    }
    let shown = shown_targets(rows, &intent.targets)?;
    acted(rows, now, &intent.actor, (Some(shown), "repeated"))?;
    Ok(RevokeOutcome::Committed(Committed {
        seq: kept.seq,
        repeated: true,
        receipt: Some(kept.number),
        reached: kept.body.reached,
    }))
}

/// Says what the level of a kept receipt came to; the first word stays.
///
/// # Errors
/// Of the rows.
pub fn reach_receipt(rows: &mut dyn Rows, number: u64, reached: &Reached) -> Result<(), StoreError> {
    match rows.receipt(number)? {
        Some(mut kept) if kept.body.reached.is_none() => {
            kept.body.reached = Some(reached.clone());
            rows.put_receipt(&kept)
        }
        _ => Ok(()),
    }
}

/// Keeps a receipt in place of the oldest, if there are as many as there may be. Says its number.
fn keep_receipt(
    rows: &mut dyn Rows,
    (seq, now): (Seq, Timestamp),
    keep: &KeepReceipt,
    (repeats, body): (Option<RequestMark>, ReceiptBody),
) -> Result<u64, StoreError> {
    let number = rows
        .last_receipt()?
        .checked_add(1)
        .ok_or(StoreError::Limit("receipt numbers are used up"))?;
    rows.put_receipt(&KeptReceipt {
        number,
        seq,
        at: now,
        ends_at: now + keep.terms.kept_for,
        repeats,
        body,
    })?;
    rows.forget_receipts(number.saturating_sub(keep.terms.most.max(1)))?;
    Ok(number)
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

/// By what a repetition of this request is known: its targets in whatever order, level and reason; and the key, which is
/// the actor's own, since another's must neither find nor block it. Digests: bounded, and no business of whoever reads
/// the table.
fn mark_of(intent: &Revoke, keep: &KeepReceipt) -> Option<RequestMark> {
    let key = keep.idempotency_key.as_ref()?;
    let sorted: BTreeSet<&Target> = intent.targets.iter().collect();
    let mut texts = vec![keep.level.to_string(), intent.reason.clone()];
    for target in sorted {
        texts.extend([target.class().to_string(), target.key().unwrap_or_default()]);
    }
    let parts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    Some(RequestMark {
        key: Digest::of_parts(&[intent.actor.as_str().as_bytes(), key.as_bytes()]),
        request: Digest::of_parts(&parts),
    })
}
