//! Revoking by an administrator, with a receipt.

use std::str::FromStr;

use domain::key::KeyState;
use domain::revocation::{Class, InvalidTarget, Target};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, Revoke};
use utoipa::ToSchema;

use super::form::Form;
use super::{Conflict, Refusal};
use crate::authority::Authority;
use crate::revoke::{Exemption, Level, Receipt, RevokeRefusal};

/// The receipt of a revocation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptView {
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
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        let names = |edges: &[domain::feed::EdgeName]| edges.iter().map(ToString::to_string).collect();
        Self {
            seq: receipt.seq.as_u64(),
            level: word(receipt.level),
            repeated: receipt.repeated,
            enforced_in_ms: receipt.enforced_in_ms,
            acknowledged: names(&receipt.acknowledged),
            expired: names(&receipt.expired),
            exempt: receipt.exempt,
        }
    }
}

/// A level as a request writes it.
pub(crate) struct Wait(pub(crate) Level);

impl Wait {
    pub(crate) const HINT: &'static str = "write durable, enforced or wait_out";
}

impl FromStr for Wait {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let levels = [Level::Durable, Level::Enforced, Level::WaitOut];
        levels.into_iter().find(|l| word(*l) == text).map(Self).ok_or(())
    }
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
    let wait = form
        .parsed::<Wait>("wait", Wait::HINT)
        .map_or(Level::Durable, |w| w.0);
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
        idempotency_key,
    };
    carry_out(authority, intent, wait).await
}

/// Carries one out and counts it.
pub(super) async fn carry_out(
    authority: &Authority,
    intent: Revoke,
    level: Level,
) -> Result<ReceiptView, Refusal> {
    match authority.revoker.revoke(intent, level).await? {
        Ok(receipt) => {
            authority.metrics.revocation(word(level));
            Ok(receipt.into())
        }
        Err(RevokeRefusal::Conflict) => Err(Conflict::IdempotencyKey.into()),
    }
}

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
        Some(row) if used(row.state) => Err(Conflict::KeyInUse.into()),
        Some(_) => Ok(()),
        None => Err(Refusal::Unknown("key")),
    }
}

/// The word on the wire.
const fn word(level: Level) -> &'static str {
    match level {
        Level::Durable => "durable",
        Level::Enforced => "enforced",
        Level::WaitOut => "wait_out",
    }
}
