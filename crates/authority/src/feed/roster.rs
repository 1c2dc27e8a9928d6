//! Which keys are edges' now. The rows are in the store, and the log says which of them are revoked; this is what
//! handshakes and requests look at.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::feed::EdgeName;
use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::{LogEntry, Position, Target};
use domain::{Subject, Timestamp};
use store::Store;
use tokio::sync::{Semaphore, watch};

use super::EDGE_LIFE;
use crate::error::Fault;

/// Connections of one credential: one in use, and some that are about to end.
const CONNECTIONS: usize = 8;

/// Keys by name, with whose they are.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    members: RwLock<BTreeMap<KeyId, Member>>,
    /// One change of an edge's credentials at a time: whoever removes an edge has seen each that was added.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Member {
    edge: EdgeName,
    ends_at: Timestamp,
    gone: watch::Sender<bool>,
    places: Arc<Semaphore>,
}

/// A key that is an edge's, and whether it still is.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) edge: EdgeName,
    pub(crate) ends_at: Timestamp,
    pub(crate) gone: watch::Receiver<bool>,
    pub(crate) places: Arc<Semaphore>,
}

impl Roster {
    /// Reads every credential that is not revoked.
    pub(crate) async fn load(&self, store: &dyn Store) -> Result<(), Fault> {
        for (row, edge) in credentials(&store.keys().await?) {
            if !is_revoked(store, &row.id).await? {
                self.enrol(row.id.clone(), edge, row.announced_at + EDGE_LIFE);
            }
        }
        Ok(())
    }

    /// From now on this key is this edge's, until its credential ends.
    pub(crate) fn enrol(&self, key: KeyId, edge: EdgeName, ends_at: Timestamp) {
        let member = Member {
            edge,
            ends_at,
            gone: watch::Sender::new(false),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
        };
        let mut members = self.members.write().unwrap_or_else(PoisonError::into_inner);
        members.entry(key).or_insert(member);
    }

    /// From now on this key is nobody's; connections that used it end.
    pub(crate) fn dismiss(&self, key: &KeyId) {
        let member = self
            .members
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
        if let Some(member) = member {
            member.gone.send_replace(true);
            tracing::info!(edge = %member.edge, %key, "an edge's credential is revoked");
        }
    }

    /// Whose key this is.
    pub(super) fn find(&self, key: &KeyId) -> Option<Admitted> {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.get(key).map(|member| Admitted {
            edge: member.edge.clone(),
            ends_at: member.ends_at,
            gone: member.gone.subscribe(),
            places: Arc::clone(&member.places),
        })
    }

    /// What the log says of keys.
    pub(super) fn apply(&self, entries: &[LogEntry]) {
        for entry in entries {
            if let Target::Key(key) = &entry.target {
                self.dismiss(key);
            }
        }
    }
}

/// Every credential that was made for an edge in this epoch, with the edge's name.
pub(crate) fn credentials(rows: &[KeyRow]) -> impl Iterator<Item = (&KeyRow, EdgeName)> {
    let own = rows
        .iter()
        .filter(|row| row.usage == KeyUse::Edge && row.state != KeyState::Removed);
    own.filter_map(|row| Some((row, row.public.as_deref()?.parse().ok()?)))
}

/// Whether the log revokes this key, whatever was made with it: the position is the head, which no other mark covers, but
/// for one that is made just now; then it is asked again.
pub(crate) async fn is_revoked(store: &dyn Store, key: &KeyId) -> Result<bool, Fault> {
    let nobody = Subject::Client("edge".parse().map_err(|_| Fault::Keys("no name".into()))?);
    for _ in 0..8 {
        let head = store.head().await?.seq;
        let position = Position {
            key: Some(key.clone()),
            ..Position::of(nobody.clone(), head)
        };
        if !store.is_revoked(position).await? {
            return Ok(false);
        }
        if store.head().await?.seq == head {
            break;
        }
    }
    Ok(true)
}
