//! OAuth clients: register, find, list, remove.

use domain::client::{Client, GrantType, RegisteredSecret};
use domain::id::Id;
use domain::secret::{ClientSecret, Secret};
use domain::{ClientId, Digest, Span};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, Disabling};
use utoipa::ToSchema;

use super::form::Form;
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;

mod read;

/// A client as administrators see one. Never a secret or its digest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientView {
    /// `client_id`.
    pub id: String,
    /// A name for the consent page.
    pub name: String,
    /// Whether it keeps no secret.
    pub public: bool,
    /// Grants it may use.
    pub grants: Vec<&'static str>,
    /// Redirect URIs, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Audiences it may ask tokens for; the first is the default.
    pub audiences: Vec<String>,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
    /// Whether users are asked for consent.
    pub consent: bool,
    /// Life of its access tokens, such as `5m`.
    pub access_token_life: String,
    /// Life of its refresh tokens.
    pub refresh: RefreshView,
    /// Where it is told that sessions end; nothing: nowhere.
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs `sid` there; it is always sent.
    pub backchannel_logout_session_required: bool,
    /// When it was registered, RFC 3339.
    pub created_at: String,
}

/// Life of a client's refresh tokens.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefreshView {
    /// Absolute life of a family, such as `30d`.
    pub absolute: String,
    /// How long a family may stay unused.
    pub idle: String,
    /// How long a retry of the token before gets the same successor.
    pub retry_window: String,
    /// Whether each use rotates.
    pub rotate: bool,
}

/// A client just registered, with its secret: shown this once.
#[derive(Serialize, ToSchema)]
pub struct RegisteredClient {
    /// The client.
    #[serde(flatten)]
    pub client: ClientView,
    /// The secret that was made; nothing for a public client, or where the caller brought one.
    pub secret: Option<String>,
}

/// What was removed, and from which position on it is dead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Removed {
    /// Its id.
    pub id: String,
    /// Position of the revocation.
    pub seq: u64,
}

impl From<&Client> for ClientView {
    fn from(client: &Client) -> Self {
        let span = |span: Span| span.to_string();
        Self {
            id: client.id.to_string(),
            name: client.name.clone(),
            public: client.is_public(),
            grants: client.grants.iter().map(|g| g.as_str()).collect(),
            redirect_uris: client.redirect_uris.clone(),
            audiences: client.audiences.clone(),
            scopes: client.scopes.iter().cloned().collect(),
            consent: client.consent,
            access_token_life: span(client.access_token_life),
            refresh: RefreshView {
                absolute: span(client.refresh.absolute),
                idle: span(client.refresh.idle),
                retry_window: span(client.refresh.retry_window),
                rotate: client.refresh.rotate,
            },
            backchannel_logout_uri: client.logout.as_ref().map(|logout| logout.uri.clone()),
            backchannel_logout_session_required: client
                .logout
                .as_ref()
                .is_some_and(|logout| logout.session_required),
            created_at: rfc3339(client.created_at),
        }
    }
}

/// Registers a client. A confidential one gets a secret, unless the caller brings one of our form.
///
/// # Errors
/// Every problem of the request; the id is taken; a fault.
pub async fn add(
    authority: &Authority,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<RegisteredClient, Refusal> {
    let mut form = Form::new(fields);
    let new = read::read(&mut form, authority.config.token.access_life);
    let new = form.finish(new)?;
    let id = new
        .id
        .parse()
        .map_err(|_| Refusal::invalid("id", "is not a client id", read::ID_HINT))?;
    let now = authority.clock.now();
    let mut shown = None;
    let digest: Option<Digest> = match (new.public, new.secret) {
        (true, _) => None,
        (false, Some(brought)) => Some(brought.digest()),
        (false, None) => {
            let secret = Secret::<ClientSecret>::generate(authority.entropy.as_ref());
            shown = Some(secret.reveal().to_string());
            Some(secret.digest())
        }
    };
    let kept = |digest| RegisteredSecret::new(Id::generate(now, authority.entropy.as_ref()), digest, now);
    let client = Client {
        name: new.name.unwrap_or_else(|| new.id.clone()),
        id,
        tenant: None,
        public: new.public,
        secrets: digest.map(kept).into_iter().collect(),
        grants: new.grants,
        redirect_uris: new.redirect_uris,
        audiences: new.audiences,
        scopes: new.scopes,
        consent: new.consent,
        access_token_life: new.access_token_life,
        refresh: new.refresh,
        logout: new.logout,
        created_at: now,
    };
    let view = ClientView::from(&client);
    if !authority.store.add_client(client, actor).await? {
        return Err(Conflict::ClientTaken.into());
    }
    Ok(RegisteredClient {
        client: view,
        secret: shown,
    })
}

/// One client.
///
/// # Errors
/// Unknown; a fault.
pub async fn find(authority: &Authority, id: &str) -> Result<ClientView, Refusal> {
    let found = authority.store.client(&named(id)?).await?;
    found
        .as_ref()
        .map(ClientView::from)
        .ok_or(Refusal::Unknown("client"))
}

/// A page of clients, and where the next begins.
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn list(authority: &Authority, query: &str) -> Result<(Vec<ClientView>, Option<String>), Refusal> {
    let mut form = Form::of_query(query);
    let after = form.parsed::<ClientId>("after", "repeat \"next\" of the page before");
    let limit = form.number("limit", super::PAGE_USUAL, (1, super::PAGE_MOST));
    let (after, limit) = form.finish((after, super::rows(limit)))?;
    let clients = authority.store.clients(after, limit).await?;
    let next = clients
        .last()
        .filter(|_| clients.len() == limit)
        .map(|c| c.id.to_string());
    Ok((clients.iter().map(ClientView::from).collect(), next))
}

/// Removes a client; everything issued to it is dead, also if the id is registered again.
///
/// # Errors
/// Unknown; a fault.
pub async fn remove(authority: &Authority, id: &str, actor: Actor) -> Result<Removed, Refusal> {
    let id = named(id)?;
    match authority.store.remove_client(&id, actor).await? {
        Disabling::Done(seq) => {
            authority.revoker.published(seq);
            Ok(Removed {
                id: id.to_string(),
                seq: seq.as_u64(),
            })
        }
        Disabling::Unchanged | Disabling::Unknown => Err(Refusal::Unknown("client")),
    }
}

/// What is no client id names no client.
pub(super) fn named(id: &str) -> Result<ClientId, Refusal> {
    id.parse().map_err(|_| Refusal::Unknown("client"))
}

/// Registered grant types of a list, with those that are none.
fn grant_types(words: &[String]) -> (std::collections::BTreeSet<GrantType>, Vec<usize>) {
    let mut grants = std::collections::BTreeSet::new();
    let mut unknown = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match word.parse::<GrantType>() {
            Ok(grant) => _ = grants.insert(grant),
            Err(_) => unknown.push(index),
        }
    }
    (grants, unknown)
}
