//! Credentials of edges: made, rotated with an overlap, removed.

use domain::feed::{EdgeCredential, EdgeName};
use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use domain::setting::Problem;
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, KeyChange, KeyStep, Revoke};
use url::Url;
use utoipa::ToSchema;

use super::form::Form;
use super::revocations::{ReceiptView, WAIT_HINT, carry_out};
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;
use crate::feed::{EDGE_LIFE, FeedCa, SERVER_NAME, credentials, is_revoked};
use crate::revoke::Level;

/// Credentials of one edge that are good at once: the new one and the one before.
const MOST_CREDENTIALS: usize = 2;
const NAME_HINT: &str = "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'";
const URL_HINT: &str = "write where edges reach the feed: https://id.example.org:8702";

/// A new credential: shown this once.
#[derive(Serialize, ToSchema)]
pub struct AddedEdge {
    /// The edge.
    pub edge: String,
    /// Names the credential's key in the log.
    pub kid: String,
    /// From then on it is refused, RFC 3339.
    pub expires_at: String,
    /// Other credentials of this edge that are still good.
    pub others: usize,
    /// The text for `[edge] credential`.
    pub credential: String,
}

/// Makes a credential. One that the edge has already stays good until it is removed: that is how it is rotated.
///
/// # Errors
/// Every problem of the request; as many credentials as there may be; a fault.
pub async fn add(
    authority: &Authority,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<AddedEdge, Refusal> {
    let mut form = Form::new(fields);
    let name = form.parsed::<EdgeName>("name", NAME_HINT);
    let url = form.text("url", 300).filter(|url| !url.is_empty());
    let (name, url) = form.finish((name, url))?;
    let name = name.ok_or_else(|| Refusal::invalid("name", "is missing", NAME_HINT))?;
    if authority.revoker.is_own(&name) {
        let message = "is that of an edge in the server's own process";
        return Err(Refusal::invalid("name", message, "choose another name"));
    }
    let url = reached_at(authority, url.as_deref())?;

    let _turn = authority.feed.turn.lock().await;
    let others = unrevoked(authority, &name, false).await?.len();
    if others >= MOST_CREDENTIALS {
        return Err(Conflict::TooManyCredentials(MOST_CREDENTIALS).into());
    }
    let ca = FeedCa::open(authority).await?;
    let now = authority.clock.now();
    let made = ca.edge(&name, now, authority.entropy.as_ref())?;
    let row = KeyRow {
        id: made.kid.clone(),
        usage: KeyUse::Edge,
        state: KeyState::Announced,
        // Nobody but the edge has it.
        sealed: Vec::new(),
        public: Some(name.to_string()),
        announced_at: now,
        since: now,
    };
    let step = KeyStep::Announce(row);
    let actor = actor.about(format!("edge {name}"));
    if authority.store.change_key(step, actor).await? != KeyChange::Done {
        return Err(Conflict::Outdated.into());
    }
    authority
        .feed
        .enrol(made.kid.clone(), name.clone(), now + EDGE_LIFE);
    let credential = EdgeCredential {
        edge: name.clone(),
        authority: url,
        issuer: authority.issuer().to_owned(),
        server_name: SERVER_NAME.to_owned(),
        certificate: made.certificate,
        private_key: made.private_key,
        trust: ca.certificate().to_vec(),
    };
    Ok(AddedEdge {
        edge: name.to_string(),
        kid: made.kid.to_string(),
        expires_at: rfc3339(now + EDGE_LIFE),
        others,
        credential: credential.reveal().to_string(),
    })
}

/// Revokes an edge's credentials through the log (class `key`): all, or with `previous` all but the newest.
///
/// # Errors
/// Every problem of the request; nothing of that name; a fault.
pub async fn remove(
    authority: &Authority,
    edge: &str,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<ReceiptView, Refusal> {
    let mut form = Form::new(fields);
    let previous = form.flag("previous", false);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    let reason = form.text("reason", 200).unwrap_or_default();
    let (previous, wait, reason) = form.finish((previous, wait, reason))?;
    let name: EdgeName = edge.parse().map_err(|_| Refusal::Unknown("edge"))?;

    let turn = authority.feed.turn.lock().await;
    let mut keys = unrevoked(authority, &name, true).await?;
    if previous {
        keys.pop();
    }
    if keys.is_empty() {
        return Err(Refusal::Unknown("edge"));
    }
    let intent = Revoke {
        targets: keys.iter().cloned().map(Target::Key).collect(),
        actor: actor.about(format!("edge {name}")).because(&reason),
        reason,
        receipt: None,
    };
    // Before the commit: an edge that is going away gets no lease on it, and its word for it does not count.
    keys.iter().for_each(|key| authority.feed.dismiss(key));
    // Held to the end of the level: an edge that is added meanwhile waits until this one is gone.
    let outcome = carry_out(authority, intent, (wait, None)).await;
    if outcome.is_err() {
        // Nothing was revoked: what the log does not revoke goes on.
        authority.feed.load(authority.store.as_ref()).await?;
    }
    drop(turn);
    outcome
}

/// Keys of an edge's credentials that are not revoked, oldest first; on demand also of those that have ended by themselves.
async fn unrevoked(authority: &Authority, name: &EdgeName, even_ended: bool) -> Result<Vec<KeyId>, Refusal> {
    let (store, now) = (authority.store.as_ref(), authority.clock.now());
    let rows = store.keys().await?;
    let mut found: Vec<&KeyRow> = credentials(&rows)
        .filter(|(row, edge)| edge == name && (even_ended || now < row.announced_at + EDGE_LIFE))
        .map(|(row, _)| row)
        .collect();
    found.sort_by_key(|row| (row.announced_at, row.id.clone()));
    let mut keys = Vec::new();
    for row in found {
        if !is_revoked(store, &row.id).await? {
            keys.push(row.id.clone());
        }
    }
    Ok(keys)
}

/// Where an edge will find the feed: as it is told, or else where this authority listens.
fn reached_at(authority: &Authority, given: Option<&str>) -> Result<String, Refusal> {
    let wrong = |message: &str| Refusal::Invalid(vec![Problem::new("url", message, URL_HINT)]);
    let Some(text) = given else {
        let listen = authority.config.feed.map(|feed| feed.listen);
        let listen = listen.ok_or_else(|| wrong("is needed while server.feed_listen is not set"))?;
        return match (listen.ip().is_unspecified(), listen.port()) {
            (_, 0) => Err(wrong("is needed while server.feed_listen has port 0")),
            (true, port) => Ok(format!("https://{}:{port}", authority.config.host)),
            (false, _) => Ok(format!("https://{listen}")),
        };
    };
    let url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    let (Some(host), true, true, "https") = (url.host_str(), plain, nobody, url.scheme()) else {
        return Err(wrong("is not https with a host and a port alone"));
    };
    Ok(format!("https://{host}:{}", url.port().unwrap_or(443)))
}
