//! Keys: list, rotate by command, retire in an emergency.

use domain::key::{KeyId, KeyRing, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, KeyChange, KeyStep, Revoke};
use utoipa::ToSchema;

use super::form::Form;
use super::revocations::{ReceiptView, WAIT_HINT, carry_out};
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
    Ok(rows.iter().map(KeyListing::from).collect())
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
) -> Result<ReceiptView, Refusal> {
    let mut form = Form::new(fields);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    let reason = form.text("reason", 200).unwrap_or_default();
    let (wait, reason) = form.finish((wait, reason))?;
    let id = KeyId::new(kid).map_err(|_| Refusal::Unknown("key"))?;
    let mut actor = actor.about(format!("key {id}")).because(&reason);
    withdraw(authority, &id, &mut actor).await?;
    let intent = Revoke {
        targets: vec![Target::Key(id)],
        reason,
        actor,
        receipt: None,
    };
    carry_out(authority, intent, (wait, None)).await
}

/// Takes the key out of use and out of the published set, so that verifiers that hear of no revocation drop it too.
/// The first step that is carried out records the call.
async fn withdraw(authority: &Authority, id: &KeyId, actor: &mut Actor) -> Result<(), Refusal> {
    let store = authority.store.as_ref();
    if state_of(authority, id).await? == KeyState::Announced {
        // The reserve itself is bad: it is promoted only to be replaced by the next reserve at once.
        let usage = row_of(authority, id).await?.usage;
        let rows = store.keys().await?;
        if let Some(signing) = KeyRing::new(usage, &rows).signing() {
            let done = authority.keys.replace(store, &signing.id, actor.clone()).await?;
            recorded(actor, done);
        }
    }
    if state_of(authority, id).await? == KeyState::Signing {
        let done = authority.keys.replace(store, id, actor.clone()).await?;
        recorded(actor, done);
    }
    if state_of(authority, id).await? == KeyState::Retiring {
        let step = KeyStep::Remove(id.clone());
        let done = store.change_key(step, actor.clone()).await? == KeyChange::Done;
        recorded(actor, done);
        authority.keys.tick(store, false).await?;
    }
    match state_of(authority, id).await? {
        KeyState::Removed => Ok(()),
        _ => Err(Conflict::Outdated.into()),
    }
}

/// What follows in the same call is part of it.
fn recorded(actor: &mut Actor, done: bool) {
    if done {
        actor.has_acted();
    }
}

async fn row_of(authority: &Authority, id: &KeyId) -> Result<KeyRow, Refusal> {
    let rows = authority.store.keys().await?;
    rows.into_iter()
        .find(|r| r.id == *id)
        .ok_or(Refusal::Unknown("key"))
}

async fn state_of(authority: &Authority, id: &KeyId) -> Result<KeyState, Refusal> {
    Ok(row_of(authority, id).await?.state)
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
