//! How the authority stands: head, edges, keys, store.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Refusal;
use super::keys::KeyListing;
use super::written::rfc3339;
use crate::authority::Authority;
use crate::canary::CanaryView;
use crate::logout::LogoutView;

/// How the authority stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// The issuer's URL.
    pub issuer: String,
    /// Version of the program.
    pub version: &'static str,
    /// The server's wall clock, RFC 3339.
    pub now: String,
    /// Last committed position of the revocation log.
    pub head: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Entries in this epoch.
    pub position: u64,
    /// Length of a lease.
    pub lease_ms: u64,
    /// The largest lease ever granted on this log.
    pub largest_lease_ms: u64,
    /// Edges that asked since the start.
    pub edges: usize,
    /// Of these, with a lease that still runs.
    pub edges_live: usize,
    /// Whether any administrator exists.
    pub has_administrator: bool,
    /// Keys that are not removed.
    pub keys: Vec<KeyListing>,
    /// Ages of these keys in their states: `kid` to milliseconds.
    pub key_ages_ms: BTreeMap<String, u64>,
    /// How the canary stands; nothing where none is configured.
    pub canary: Option<CanaryView>,
    /// Clients that are still to be told that sessions ended.
    pub logout: LogoutView,
    /// Counts of the store.
    pub store: BTreeMap<String, u64>,
}

/// One edge as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EdgeView {
    /// Its name.
    pub name: String,
    /// Position that it has confirmed.
    pub frontier: u64,
    /// Entries that it has not confirmed; nothing where it is in another epoch.
    pub lag: Option<u64>,
    /// What is left of its lease.
    pub lease_left_ms: u64,
    /// Time since its last grant.
    pub since_grant_ms: u64,
    /// Version of the key set that all its starts with a lease have confirmed.
    pub keys_version: Option<u64>,
    /// Whether that is the present one.
    pub keys_confirmed: bool,
}

/// How the authority stands now.
///
/// # Errors
/// A fault.
pub async fn status(authority: &Authority) -> Result<StatusView, Refusal> {
    let store = &authority.store;
    let head = store.head().await?.seq;
    let rows = store.keys().await?;
    let edges = authority.revoker.edges();
    let now = authority.clock.now();
    let kept = || {
        let own = rows.iter().filter(|r| r.usage.makes_credentials());
        own.filter(|r| r.state != domain::key::KeyState::Removed)
    };
    let statistics: BTreeMap<String, u64> = store
        .statistics()
        .await?
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let waiting = statistics.get("logout_notices").copied().unwrap_or(0);
    Ok(StatusView {
        issuer: authority.issuer().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        now: rfc3339(now),
        head: head.as_u64(),
        epoch: head.epoch().as_u32(),
        position: head.position(),
        lease_ms: authority.config.lease.lease.as_ms(),
        largest_lease_ms: store.largest_lease().await?.as_ms(),
        edges: edges.len(),
        edges_live: edges.iter().filter(|e| e.lease_left.as_ms() > 0).count(),
        has_administrator: store.has_administrator().await?,
        canary: authority.config.canary.map(|every| authority.heard.view(every)),
        keys: kept().map(KeyListing::from).collect(),
        key_ages_ms: kept()
            .map(|r| (r.id.to_string(), now.since(r.since).as_ms()))
            .collect(),
        logout: crate::logout::view(authority, waiting).await?,
        store: statistics,
    })
}

/// Every edge that asked since the start, as it stands now.
///
/// # Errors
/// A fault.
pub async fn edges(authority: &Authority) -> Result<Vec<EdgeView>, Refusal> {
    let head = authority.store.head().await?.seq;
    let present = authority.keys.version();
    let view = |edge: domain::feed::EdgeStatus| {
        let keys_version = edge.keys;
        let same_epoch = edge.frontier.epoch() == head.epoch();
        EdgeView {
            name: edge.edge.to_string(),
            frontier: edge.frontier.as_u64(),
            lag: same_epoch.then(|| head.position().saturating_sub(edge.frontier.position())),
            lease_left_ms: edge.lease_left.as_ms(),
            since_grant_ms: edge.since_grant.as_ms(),
            keys_version,
            keys_confirmed: keys_version.is_some_and(|v| v >= present),
        }
    };
    Ok(authority.revoker.edges().into_iter().map(view).collect())
}
