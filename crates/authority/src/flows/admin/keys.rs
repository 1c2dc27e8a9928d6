//! Keys: list, rotate by command, retire in an emergency.

use domain::feed::EdgeName;
use domain::key::{KeyId, KeyRing, KeyRow, KeyState, KeyUse};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, KeepReceipt, KeyRetirement, RetireKey};
use utoipa::ToSchema;

use super::form::Form;
use super::revocations::{ReceiptView, WAIT_HINT};
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;
use crate::revoke::Level;

/// A key as administrators see one: public facts only.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyListing {
    /// `kid`.
    pub kid: String,
    /// Algorithm, or `seal`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `announced`, `signing`, `retiring` or `removed`.
    pub state: String,
    /// When it was made and announced, RFC 3339.
    pub created_at: String,
    /// When it entered its state, RFC 3339.
    pub since: String,
    /// When it took over, while it is in use, RFC 3339.
    pub signing_since: Option<String>,
    /// When it retired, RFC 3339.
    pub retired_at: Option<String>,
    /// Edges with a running lease that have confirmed that they hold it.
    pub held_by: Vec<String>,
    /// Edges with a running lease that have not.
    pub missing_at: Vec<String>,
}

/// The receipt of a key that was retired.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RetiredView {
    #[serde(flatten)]
    receipt: ReceiptView,
    /// Edges with a running lease of which a start had not confirmed the successor when that took over: what it makes is
    /// refused there until they have fetched it.
    without_successor: Vec<String>,
}

impl From<&KeyRow> for KeyListing {
    fn from(row: &KeyRow) -> Self {
        let since = rfc3339(row.since);
        let retired = matches!(row.state, KeyState::Retiring | KeyState::Removed);
        Self {
            kid: row.id.to_string(),
            usage: row.usage.as_str().to_owned(),
            state: row.state.as_str().to_owned(),
            created_at: rfc3339(row.announced_at),
            signing_since: (row.state == KeyState::Signing).then(|| since.clone()),
            retired_at: retired.then(|| since.clone()),
            held_by: Vec::new(),
            missing_at: Vec::new(),
            since,
        }
    }
}

/// Every key, removed ones too.
///
/// # Errors
/// A fault.
pub async fn list(authority: &Authority) -> Result<Vec<KeyListing>, Refusal> {
    let rows = authority.store.keys().await?;
    let listing = |row: &KeyRow| {
        let mut listing = KeyListing::from(row);
        if row.state != KeyState::Removed
            && let Some(version) = authority.keys.published_since(&row.id)
        {
            (listing.held_by, listing.missing_at) = holders(authority, version);
        }
        listing
    };
    let own = rows.iter().filter(|row| row.usage.makes_credentials());
    Ok(own.map(listing).collect())
}

/// Edges with a live lease that hold the key set of a version, and those that do not.
fn holders(authority: &Authority, version: u64) -> (Vec<String>, Vec<String>) {
    let edges = authority.revoker.live_edges();
    let (held, missing) = edges.into_iter().partition(|(_, keys)| *keys >= Some(version));
    (names(held), names(missing))
}

fn names(edges: Vec<(EdgeName, Option<u64>)>) -> Vec<String> {
    edges.into_iter().map(|(edge, _)| edge.to_string()).collect()
}

/// Who does not hold the key that will take over from a bad one.
async fn without_successor(authority: &Authority, bad: &KeyId) -> Result<Vec<String>, Refusal> {
    let rows = authority.store.keys().await?;
    let signs = |row: &&KeyRow| row.id == *bad && row.state == KeyState::Signing;
    let usage = rows.iter().find(signs).map(|row| row.usage);
    let next = usage.and_then(|usage| Some(KeyRing::new(usage, &rows).announced()?.id.clone()));
    let version = next.and_then(|next| authority.keys.published_since(&next));
    Ok(version.map_or_else(Vec::new, |version| holders(authority, version).1))
}

/// The reserve of one use takes over now.
///
/// # Errors
/// Every problem of the request; the reserve is not ready; a fault.
pub async fn rotate(
    authority: &Authority,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<Vec<KeyListing>, Refusal> {
    let mut form = Form::new(fields);
    let offered = uses(authority);
    let hint = format!(
        "choose {}",
        offered.iter().map(|u| u.as_str()).collect::<Vec<_>>().join(", ")
    );
    let word = form.required("use", 16, &hint);
    let usage = KeyUse::parse(&word).filter(|u| offered.contains(u));
    if usage.is_none() && !word.is_empty() {
        form.wrong("use", "has no key here", hint.clone());
    }
    let usage = form
        .finish(usage)?
        .ok_or_else(|| Refusal::invalid("use", "has no key here", hint))?;
    let confirmed = authority.revoker.all_hold_keys(authority.keys.version());
    if !authority
        .keys
        .rotate(authority.store.as_ref(), usage, confirmed, actor)
        .await?
    {
        return Err(Conflict::KeyNotReady(why_not_ready(authority, usage).await?).into());
    }
    list(authority).await
}

/// An emergency: the reserve takes over at once, the key leaves the key set, and everything it made dies by class `key`.
///
/// # Errors
/// Every problem of the request; unknown; a fault. May be repeated after a fault: what was done stays done.
pub async fn retire(
    authority: &Authority,
    kid: &str,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<RetiredView, Refusal> {
    let mut form = Form::new(fields);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    let reason = form.text("reason", 200).unwrap_or_default();
    let (wait, reason) = form.finish((wait, reason))?;
    let id = KeyId::new(kid).map_err(|_| Refusal::Unknown("key"))?;
    let began = authority.clock.boot();
    let intent = RetireKey {
        actor: actor.about(format!("key {id}")).because(&reason),
        key: id,
        reason,
        receipt: Some(KeepReceipt {
            idempotency_key: None,
            level: wait,
            terms: authority.config.receipts,
        }),
    };
    let store = authority.store.as_ref();
    // It takes over all the same: what the bad key makes is worse than what a good one cannot make everywhere yet.
    let without_successor = without_successor(authority, &intent.key).await?;
    let KeyRetirement::Retired(committed) = authority.keys.retire(store, intent).await? else {
        return Err(Refusal::Unknown("key"));
    };
    authority.revoker.published(committed.seq);
    authority.metrics.revocation(wait.as_str());
    // A new reserve. It can wait: on a full disk the revocation could not.
    if let Err(error) = authority.keys.tick(store, false).await {
        tracing::warn!(%error, "a new key will be announced later");
    }
    let receipt = authority.revoker.carried_out(committed, wait, began).await;
    Ok(RetiredView {
        receipt: receipt.into(),
        without_successor,
    })
}

async fn why_not_ready(authority: &Authority, usage: KeyUse) -> Result<String, Refusal> {
    let rows = authority.store.keys().await?;
    let Some(next) = KeyRing::new(usage, &rows).announced() else {
        return Ok("no key is announced; one is made within a minute".to_owned());
    };
    let ready_at = next.announced_at + authority.config.keys.announce_for;
    if authority.clock.now() < ready_at {
        return Ok(format!(
            "others may still cache the key set until {}",
            rfc3339(ready_at)
        ));
    }
    Ok("not every live edge has confirmed that it holds the key".to_owned())
}

fn uses(authority: &Authority) -> Vec<KeyUse> {
    let signing = authority
        .config
        .token
        .algorithms
        .iter()
        .map(|a| KeyUse::Signing(*a));
    signing.chain([KeyUse::Sealing]).collect()
}
