//! What the store counts about itself, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the store was opened. Only the store writes them.
#[derive(Debug, Default)]
pub struct Counters {
    pub(super) batches: AtomicU64,
    pub(super) jobs: AtomicU64,
    pub(super) failed_jobs: AtomicU64,
    pub(super) failed_commits: AtomicU64,
    pub(super) refused_jobs: AtomicU64,
    pub(super) commit_ms: AtomicU64,
    pub(super) reads: AtomicU64,
}

impl Counters {
    /// Transactions that were committed, or whose commit failed.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Writes that were run. `jobs / batches` is how many share a commit.
    #[must_use]
    pub fn jobs(&self) -> u64 {
        self.jobs.load(Ordering::Relaxed)
    }

    /// Writes that failed and were undone, each by itself.
    #[must_use]
    pub fn failed_jobs(&self) -> u64 {
        self.failed_jobs.load(Ordering::Relaxed)
    }

    /// Commits that failed: everything in them was undone.
    #[must_use]
    pub fn failed_commits(&self) -> u64 {
        self.failed_commits.load(Ordering::Relaxed)
    }

    /// Reads and writes that were turned away because too many waited.
    #[must_use]
    pub fn refused_jobs(&self) -> u64 {
        self.refused_jobs.load(Ordering::Relaxed)
    }

    /// Milliseconds spent in commits, by the injected clock.
    #[must_use]
    pub fn commit_ms(&self) -> u64 {
        self.commit_ms.load(Ordering::Relaxed)
    }

    /// Reads that were run.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}
