//! One snapshot for all who join about the same time: taken once, compressed once, shared.

use std::sync::Arc;

use bytes::Bytes;
use domain::feed::wire::{Reply, SealedSnapshot, Version, WireError};
use domain::{Digest, Seq};
use store::Store;
use tokio::sync::Mutex;

use crate::error::Fault;

/// Entries by which a snapshot may be behind and still be handed out: what follows comes as deltas.
const GOOD_FOR: u64 = 4096;

/// The one that was made last.
#[derive(Debug, Default)]
pub(super) struct Snapshots(Mutex<Option<Arc<Made>>>);

/// A snapshot as it is sent.
#[derive(Debug)]
pub(super) struct Made {
    at: Seq,
    /// Its name.
    pub(super) name: Digest,
    /// Its frame.
    pub(super) frame: Bytes,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum NoSnapshot {
    /// The store's.
    Fault(Fault),
    /// There are too many watermarks.
    TooLarge,
}

impl Snapshots {
    /// A snapshot that is near the head. Who comes while one is made waits for it.
    pub(super) async fn near_head(
        &self,
        store: &dyn Store,
        version: Version,
    ) -> Result<Arc<Made>, NoSnapshot> {
        let mut kept = self.0.lock().await;
        let head = store.head().await.map_err(|e| NoSnapshot::Fault(e.into()))?.seq;
        if let Some(made) = kept.as_ref().filter(|made| made.serves(head)) {
            return Ok(Arc::clone(made));
        }
        let snapshot = store.snapshot().await.map_err(|e| NoSnapshot::Fault(e.into()))?;
        let at = snapshot.head.seq;
        // A million watermarks are work for a while: not on a thread that serves.
        let sealed = tokio::task::spawn_blocking(move || {
            let sealed = SealedSnapshot::seal(&snapshot)?;
            let name = sealed.name();
            Ok::<_, WireError>((name, Reply::Snapshot(sealed).encode(version)?))
        });
        let (name, frame) = match sealed.await {
            Ok(Ok(sealed)) => sealed,
            Ok(Err(_)) => return Err(NoSnapshot::TooLarge),
            Err(error) => return Err(NoSnapshot::Fault(Fault::Keys(error.to_string()))),
        };
        let made = Arc::new(Made {
            at,
            name,
            frame: frame.into(),
        });
        *kept = Some(Arc::clone(&made));
        Ok(made)
    }
}

impl Made {
    fn serves(&self, head: Seq) -> bool {
        self.at.epoch() == head.epoch() && head.as_u64().saturating_sub(self.at.as_u64()) <= GOOD_FOR
    }
}
