//! The store: a log, its watermarks, and a backup to go back to.

use domain::feed::{FeedHead, Snapshot};
use domain::revocation::{Judgement, LogEntry, Position, RevocationMap, Target};
use domain::seq::Epoch;
use domain::{Digest, Seq, Timestamp};

/// The truth at one moment.
#[derive(Debug, Clone)]
pub(super) struct Log {
    start: FeedHead,
    /// Marks from before `start`.
    older: Vec<(Target, Seq)>,
    entries: Vec<LogEntry>,
}

/// The store of the simulated world.
#[derive(Debug)]
pub(super) struct Store {
    log: Log,
    marks: RevocationMap,
    backup: Log,
    epochs: u32,
}

impl Log {
    fn head(&self) -> FeedHead {
        self.entries.last().map_or(self.start, |entry| FeedHead {
            seq: entry.seq,
            digest: entry.digest,
        })
    }

    fn marks(&self) -> impl Iterator<Item = (Target, Seq)> {
        let newer = self.entries.iter().map(|entry| (entry.target.clone(), entry.seq));
        self.older.iter().cloned().chain(newer)
    }
}

impl Store {
    pub(super) fn new() -> Self {
        let log = Log {
            start: FeedHead {
                seq: Seq::start_of(Epoch::FIRST),
                digest: Digest::of(b"a new log"),
            },
            older: vec![],
            entries: vec![],
        };
        Self {
            backup: log.clone(),
            marks: RevocationMap::default(),
            log,
            epochs: 1,
        }
    }

    pub(super) fn head(&self) -> FeedHead {
        self.log.head()
    }

    /// Commits a revocation; nothing once the epoch is full.
    pub(super) fn commit(&mut self, target: &Target, now_ms: u64) -> Option<LogEntry> {
        let head = self.head();
        let at = Timestamp::from_ms(now_ms);
        let entry = LogEntry::following(&head.digest, head.seq.next()?, target.clone(), at);
        self.marks.apply(&entry.target, entry.seq);
        self.log.entries.push(entry.clone());
        Some(entry)
    }

    /// Whether a revocation covers a position: what every intent compares.
    pub(super) fn is_revoked(&self, position: &Position) -> bool {
        self.marks.judge(position) != Judgement::Clear
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            head: self.head(),
            marks: self.log.marks().collect(),
        }
    }

    /// Entries after a position that is part of this log; nothing when it is not.
    pub(super) fn after(&self, seq: Seq, digest: &Digest) -> Option<Vec<LogEntry>> {
        let start = self.log.start;
        let known = (start.seq == seq && start.digest == *digest)
            || self
                .log
                .entries
                .iter()
                .any(|entry| entry.seq == seq && entry.digest == *digest);
        known.then(|| {
            let later = self.log.entries.iter().filter(|entry| entry.seq > seq);
            later.cloned().collect()
        })
    }

    pub(super) fn back_up(&mut self) {
        self.backup = self.log.clone();
    }

    /// Goes back. With a new epoch, everything issued before is revoked (docs/DECISIONS/0003).
    pub(super) fn restore(&mut self, new_epoch: bool) {
        self.log = self.backup.clone();
        if new_epoch && let Some(epoch) = Epoch::from_u32(self.epochs + 1) {
            self.epochs += 1;
            self.log = Log {
                start: FeedHead {
                    seq: Seq::start_of(epoch),
                    digest: Digest::of(&self.epochs.to_be_bytes()),
                },
                older: self.log.marks().collect(),
                entries: vec![],
            };
        }
        self.marks = RevocationMap::default();
        for (target, seq) in self.log.marks() {
            self.marks.apply(&target, seq);
        }
    }
}
