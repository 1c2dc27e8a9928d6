//! What was appended last, encoded once for all edges. Whoever is further behind reads the store; whoever is too far behind
//! takes a snapshot. Nothing is kept for anybody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::feed::wire::{Reply, Version};
use domain::revocation::LogEntry;
use domain::{Seq, Span};
use tokio::sync::watch;

use super::Shared;

/// Batches that are kept.
const BATCHES: usize = 256;
/// Bytes that are kept.
const BYTES: usize = 8 * 1024 * 1024;
/// Entries by which an edge may be behind before a snapshot is the shorter way.
const FAR_BEHIND: u64 = 65_536;
/// How long an append that nobody hands over can stay unseen.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The end of the log.
#[derive(Debug)]
pub(super) struct Tail {
    kept: Mutex<Kept>,
    end: watch::Sender<Seq>,
}

#[derive(Debug)]
struct Kept {
    batches: VecDeque<Batch>,
    bytes: usize,
}

/// Entries that follow each other, as a frame.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    after: Seq,
    /// The last one of them.
    pub(super) upto: Seq,
    pub(super) frame: Bytes,
}

/// What comes after a position.
#[derive(Debug)]
pub(super) enum Next {
    /// Nothing yet.
    Nothing,
    /// This.
    Batch(Batch),
    /// It is in the store only.
    InStore,
    /// Too much, or another log.
    Snapshot,
}

impl Tail {
    pub(super) fn new(from: Seq) -> Self {
        let kept = Kept {
            batches: VecDeque::new(),
            bytes: 0,
        };
        Self {
            kept: Mutex::new(kept),
            end: watch::Sender::new(from),
        }
    }

    /// Whenever the log has grown.
    pub(super) fn subscribe(&self) -> watch::Receiver<Seq> {
        self.end.subscribe()
    }

    /// What comes after a position.
    pub(super) fn after(&self, at: Seq) -> Next {
        let end = *self.end.borrow();
        if at.epoch() != end.epoch() || end.as_u64().saturating_sub(at.as_u64()) > FAR_BEHIND {
            return Next::Snapshot;
        }
        if at >= end {
            return Next::Nothing;
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // They follow each other: whoever listens looks at the last few.
        let from = kept.batches.partition_point(|batch| batch.upto <= at);
        match kept.batches.get(from) {
            Some(batch) if batch.after <= at => Next::Batch(batch.clone()),
            _ => Next::InStore,
        }
    }

    fn push(&self, batch: Batch) {
        let upto = batch.upto;
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.bytes += batch.frame.len();
            kept.batches.push_back(batch);
            while kept.batches.len() > BATCHES || (kept.bytes > BYTES && kept.batches.len() > 1) {
                let Some(oldest) = kept.batches.pop_front() else {
                    break;
                };
                kept.bytes = kept.bytes.saturating_sub(oldest.frame.len());
            }
        }
        self.end.send_replace(upto);
    }
}

/// The frame of entries that follow a position.
pub(super) fn batch(after: Seq, entries: Vec<LogEntry>, version: Version) -> Option<Batch> {
    let upto = entries.last()?.seq;
    match Reply::Entries(entries).encode(version) {
        Ok(frame) => Some(Batch {
            after,
            upto,
            frame: frame.into(),
        }),
        Err(error) => {
            tracing::error!(%error, "log entries do not fit into their frame");
            None
        }
    }
}

/// Follows the log as it grows: takes what was just committed from the store's hand, and reads where that leaves a gap.
/// Revoked credentials of edges are gone before anybody is told of the entry.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut at = *shared.tail.end.borrow();
    let mut appended = shared.authority.store.appended();
    loop {
        let handed = appended.after(at);
        let is_handed = handed.is_some();
        let entries = match handed {
            Some(entries) => Ok(entries),
            None => shared.gateway.entries_after(at, Span::from_ms(0)).await,
        };
        match entries {
            Ok(entries) => {
                shared.authority.feed.apply(&entries);
                if let Some(batch) = batch(at, entries, Version::V1) {
                    at = batch.upto;
                    // Before an edge can say that it has applied it.
                    shared.authority.revoker.published(at);
                    shared.tail.push(batch);
                    if !is_handed {
                        // There may be more to read.
                        continue;
                    }
                }
            }
            Err(fault) => tracing::warn!(%fault, "the log cannot be read; edges wait"),
        }
        // Another process that appends hands nothing over: the log itself is looked at now and then.
        let _ = tokio::time::timeout(LOOK_EVERY, appended.changed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Epoch;

    fn at(n: u64) -> Seq {
        Seq::from_u64(Seq::start_of(Epoch::FIRST).as_u64() + n).unwrap()
    }

    fn pushed(tail: &Tail, after: u64, upto: u64, length: usize) {
        tail.push(Batch {
            after: at(after),
            upto: at(upto),
            frame: vec![0; length].into(),
        });
    }

    #[test]
    fn each_position_gets_what_follows_it() {
        let tail = Tail::new(at(10));
        assert!(matches!(tail.after(at(10)), Next::Nothing));
        assert!(
            matches!(tail.after(at(9)), Next::InStore),
            "from before the start"
        );
        pushed(&tail, 10, 12, 5);
        pushed(&tail, 12, 13, 5);
        for (from, upto) in [(10, 12), (11, 12), (12, 13)] {
            let Next::Batch(batch) = tail.after(at(from)) else {
                panic!("{from}")
            };
            assert_eq!(batch.upto, at(upto));
        }
        assert!(matches!(tail.after(at(13)), Next::Nothing));
        assert!(matches!(tail.after(at(4)), Next::InStore));
        let other = Seq::start_of(Epoch::FIRST.next().unwrap());
        assert!(matches!(tail.after(other), Next::Snapshot));
    }

    #[test]
    fn what_is_kept_is_bounded_and_who_is_far_behind_takes_a_snapshot() {
        let tail = Tail::new(at(0));
        for n in 0..2000 {
            pushed(&tail, n, n + 1, 64 * 1024);
        }
        let kept = tail.kept.lock().unwrap();
        assert!(kept.batches.len() <= BATCHES && kept.bytes <= BYTES);
        assert_eq!(kept.bytes, kept.batches.len() * 64 * 1024);
        drop(kept);
        assert!(matches!(tail.after(at(0)), Next::InStore));
        pushed(&tail, 2000, FAR_BEHIND + 1, 1);
        assert!(matches!(tail.after(at(0)), Next::Snapshot));
        assert!(!matches!(tail.after(at(1)), Next::Snapshot));
    }
}
