//! What the writer knows of the data without asking: the ends of both chains, the key of the events, which watermarks
//! there can be, and what its open transaction appended to the log. It alone has the file open for writing, so nothing
//! changes behind its back.
//!
//! All of it can be read again at any time. The ends are forgotten when something is undone. The set of marks only
//! grows: one too many costs a look-up, and never decides anything.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use domain::Digest;
use domain::event::EventKey;
use domain::feed::FeedHead;
use domain::revocation::{LogEntry, Target};
use rusqlite::Connection;

use super::codec::Result;
use super::rows::{events, log, meta};
use crate::appended::MOST_HANDED;

/// Known to the writer.
#[derive(Default)]
pub(super) struct Known {
    head: Option<FeedHead>,
    event_head: Option<(u64, Digest)>,
    event_key: Option<EventKey>,
    marks: Option<Marks>,
    /// What the open transaction appended to the log; nothing where that is not known for certain.
    fresh: Option<Vec<LogEntry>>,
}

/// Hashes of the watermarks: 64 bits of each, since a million of them must stay small.
#[derive(Default)]
struct Marks {
    hasher: RandomState,
    hashes: HashSet<u64, PassedOn>,
}

/// The hashes are hashes already.
type PassedOn = std::hash::BuildHasherDefault<Same>;

#[derive(Default)]
struct Same(u64);

impl Known {
    /// The head of the log.
    pub(super) fn head(&mut self, connection: &Connection) -> Result<FeedHead> {
        known(&mut self.head, || log::head(connection)).copied()
    }

    /// The log goes on from here.
    pub(super) const fn set_head(&mut self, head: FeedHead) {
        self.head = Some(head);
    }

    /// An entry was appended.
    pub(super) fn appended(&mut self, entry: &LogEntry) {
        self.head = Some(FeedHead {
            seq: entry.seq,
            digest: entry.digest,
        });
        if let Some(fresh) = self.fresh.as_mut().filter(|fresh| fresh.len() < MOST_HANDED) {
            fresh.push(entry.clone());
        } else {
            self.fresh = None;
        }
        if let Some(marks) = &mut self.marks {
            marks.add(entry.target.class().as_str(), &entry.target.watermark_key());
        }
    }

    /// The last event's number and digest.
    pub(super) fn event_head(&mut self, connection: &Connection) -> Result<(u64, Digest)> {
        known(&mut self.event_head, || events::head(connection)).copied()
    }

    /// An event was appended.
    pub(super) const fn set_event_head(&mut self, number: u64, digest: Digest) {
        self.event_head = Some((number, digest));
    }

    /// The key that hashes ids in events.
    pub(super) fn event_key(&mut self, connection: &Connection) -> Result<EventKey> {
        let key = known(&mut self.event_key, || meta::event_key(connection))?;
        Ok(EventKey::from_bytes(*key.as_bytes()))
    }

    /// Whether a target may have a watermark. `false` is certain.
    pub(super) fn may_be_marked(&mut self, connection: &Connection, target: &Target) -> Result<bool> {
        let marks = known(&mut self.marks, || Marks::read(connection))?;
        Ok(marks.may_hold(target))
    }

    /// Reads the marks ahead of the first write. What fails here fails again, and is told, when it is needed.
    pub(super) fn prepare(&mut self, connection: &Connection) {
        let _ = known(&mut self.marks, || Marks::read(connection));
    }

    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        self.fresh = Some(Vec::new());
    }

    /// What the transaction appended that was just committed. Nothing: that has to be read.
    pub(super) const fn take_fresh(&mut self) -> Option<Vec<LogEntry>> {
        self.fresh.take()
    }

    /// Something was undone, perhaps what the ends were.
    pub(super) fn forget_ends(&mut self) {
        self.fresh = None;
        self.head = None;
        self.event_head = None;
    }
}

fn known<T>(place: &mut Option<T>, read: impl FnOnce() -> Result<T>) -> Result<&T> {
    let value = match place.take() {
        Some(value) => value,
        None => read()?,
    };
    Ok(place.insert(value))
}

impl Marks {
    fn read(connection: &Connection) -> Result<Self> {
        let mut marks = Self::default();
        let mut statement = connection.prepare_cached("SELECT class, key FROM watermarks")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = |column| {
                let value = row.get_ref(column)?;
                value.as_str().map_err(rusqlite::Error::from)
            };
            marks.add(text(0)?, text(1)?);
        }
        Ok(marks)
    }

    fn add(&mut self, class: &str, key: &str) {
        self.hashes.insert(self.hasher.hash_one((class, key)));
    }

    fn may_hold(&self, target: &Target) -> bool {
        let hash = || {
            let (class, key) = (target.class().as_str(), target.watermark_key());
            self.hasher.hash_one((class, key.as_str()))
        };
        !self.hashes.is_empty() && self.hashes.contains(&hash())
    }
}

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests;
