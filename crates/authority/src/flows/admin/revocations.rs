//! Revoking by an administrator, with a receipt.

use domain::feed::EdgeName;
use domain::key::KeyState;
use domain::revocation::{Class, InvalidTarget, Target};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, KeepReceipt, KeptReceipt, Revoke};
use utoipa::ToSchema;

use super::form::Form;
use super::written::rfc3339;
use super::{Conflict, PAGE_MOST, PAGE_USUAL, Refusal, rows};
use crate::authority::Authority;
use crate::revoke::{Exemption, Level, Receipt, RevokeRefusal};

/// The receipt of a revocation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The number under which it is listed; nothing where none is kept.
    pub number: Option<u64>,
    /// Position of its last entry in the log.
    pub seq: u64,
    /// `durable`, `enforced` or `wait_out`.
    pub level: &'static str,
    /// Whether the idempotency key had been used for the same request before.
    pub repeated: bool,
    /// Time from the request to the level; nothing for `durable`.
    pub enforced_in_ms: Option<u64>,
    /// Edges that have applied it.
    pub acknowledged: Vec<String>,
    /// Edges whose lease ran out first.
    pub expired: Vec<String>,
    /// Routes with a written exception.
    pub exempt: Vec<Exemption>,
    /// Until when edges that have not come back since the server's start may accept on such routes, RFC 3339; nothing
    /// where none can.
    pub unknown_exempt_until: Option<String>,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        Self {
            number: receipt.number,
            seq: receipt.seq.as_u64(),
            level: receipt.level.as_str(),
            repeated: receipt.repeated,
            enforced_in_ms: receipt.enforced_in_ms,
            acknowledged: names(&receipt.acknowledged),
            expired: names(&receipt.expired),
            exempt: receipt.exempt,
            unknown_exempt_until: receipt.unknown_exempt_until.map(rfc3339),
        }
    }
}

/// A receipt as it is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeptReceiptView {
    /// Its number.
    pub number: u64,
    /// Position of the revocation's last entry in the log.
    pub seq: u64,
    /// When it was committed, RFC 3339.
    pub at: String,
    /// What was revoked, as events show it: ids are hashed.
    pub targets: String,
    /// The level that was asked for.
    pub level: &'static str,
    /// By whom.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Whether the level was reached; false while it is waited for, and where the server ended meanwhile.
    pub reached: bool,
    /// Time from the request to the level; nothing for `durable`.
    pub enforced_in_ms: Option<u64>,
    /// Edges that have applied it.
    pub acknowledged: Vec<String>,
    /// Edges whose lease ran out first.
    pub expired: Vec<String>,
    /// Routes with a written exception.
    pub exempt: Vec<Exemption>,
    /// Until when edges that have not come back since the server's start may accept on such routes, RFC 3339; nothing
    /// where none can.
    pub unknown_exempt_until: Option<String>,
}

impl From<KeptReceipt> for KeptReceiptView {
    fn from(kept: KeptReceipt) -> Self {
        let body = kept.body;
        let is_reached = body.reached.is_some();
        let reached = body.reached.unwrap_or_default();
        Self {
            number: kept.number,
            seq: kept.seq.as_u64(),
            at: rfc3339(kept.at),
            targets: body.targets,
            level: body.level.as_str(),
            actor: body.actor,
            reason: body.reason,
            reached: is_reached,
            enforced_in_ms: reached.enforced_in_ms,
            acknowledged: names(&reached.acknowledged),
            expired: names(&reached.expired),
            exempt: reached.exempt.into_iter().map(Exemption::from).collect(),
            unknown_exempt_until: reached.unknown_exempt_until.map(rfc3339),
        }
    }
}

fn names(edges: &[EdgeName]) -> Vec<String> {
    edges.iter().map(ToString::to_string).collect()
}

/// Revokes what the request names, and returns when the level it asks for is reached.
///
/// # Errors
/// Every problem of the request; a conflict; a fault.
pub async fn revoke(
    authority: &Authority,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<ReceiptView, Refusal> {
    let mut form = Form::new(fields);
    let target = target(&mut form);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    let reason = form.text("reason", 200).unwrap_or_default();
    let idempotency_key = form.text("idempotency_key", 200).filter(|k| !k.is_empty());
    let (target, idempotency_key) = form.finish((target, idempotency_key))?;
    let Some(target) = target else {
        return Err(Refusal::invalid("class", "is missing", CLASSES));
    };
    in_use(authority, &target).await?;
    let intent = Revoke {
        targets: vec![target],
        actor: actor.because(&reason),
        reason,
        receipt: None,
    };
    carry_out(authority, intent, (wait, idempotency_key)).await
}

/// Carries one out, keeps its receipt, and counts it.
pub(super) async fn carry_out(
    authority: &Authority,
    intent: Revoke,
    (level, idempotency_key): (Level, Option<String>),
) -> Result<ReceiptView, Refusal> {
    let receipt = Some(KeepReceipt {
        idempotency_key,
        level,
        terms: authority.config.receipts,
    });
    let intent = Revoke { receipt, ..intent };
    match authority.revoker.revoke(intent, level).await? {
        Ok(receipt) => {
            authority.metrics.revocation(level.as_str());
            Ok(receipt.into())
        }
        Err(RevokeRefusal::Conflict) => Err(Conflict::IdempotencyKey.into()),
    }
}

/// A page of receipts, newest first.
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn list(
    authority: &Authority,
    query: &str,
) -> Result<(Vec<KeptReceiptView>, Option<String>), Refusal> {
    let mut form = Form::of_query(query);
    let below = form.parsed::<u64>("after", "write the `next` of the page before");
    let limit = form.number("limit", PAGE_USUAL, (1, PAGE_MOST));
    let (below, limit) = form.finish((below, limit))?;
    let receipts = authority.store.receipts(below, rows(limit)).await?;
    let full = receipts.len() == rows(limit);
    let next = receipts.last().filter(|_| full).map(|r| r.number.to_string());
    Ok((receipts.into_iter().map(KeptReceiptView::from).collect(), next))
}

/// What may be waited for.
pub(super) const WAIT_HINT: &str = "write durable, enforced or wait_out";

const CLASSES: &str =
    "write one of all, tenant, client, subject, device, grant, session, jti, session_secret, key";

fn target(form: &mut Form) -> Option<Target> {
    let class_text = form.required("class", 32, CLASSES);
    let key = form.text("key", 255);
    let class: Class = match class_text.parse() {
        Ok(class) => class,
        Err(_) if class_text.is_empty() => return None,
        Err(_) => {
            form.wrong("class", "is unknown", CLASSES);
            return None;
        }
    };
    match Target::parse(class, key.as_deref()) {
        Ok(target) => Some(target),
        Err(InvalidTarget::Superfluous) => {
            form.wrong("key", "is given for class all", "leave it out");
            None
        }
        Err(problem) => {
            form.wrong(
                "key",
                "is missing or not of this class's form",
                problem.to_string(),
            );
            None
        }
    }
}

/// A key that goes on signing after it was revoked would make dead tokens only.
async fn in_use(authority: &Authority, target: &Target) -> Result<(), Refusal> {
    let Target::Key(id) = target else { return Ok(()) };
    let rows = authority.store.keys().await?;
    let used = |s: KeyState| matches!(s, KeyState::Signing | KeyState::Announced);
    match rows.iter().find(|r| r.id == *id) {
        Some(row) if row.usage.makes_credentials() && used(row.state) => Err(Conflict::KeyInUse.into()),
        Some(_) => Ok(()),
        None => Err(Refusal::Unknown("key")),
    }
}
