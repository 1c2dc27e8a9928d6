//! The writer: one thread that gathers what waits, runs it in one transaction, commits once, and only then answers.

mod job;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::{Clock, Seq, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpoint::{Checkpoints, PACE};
use super::codec::Result;
use super::counters::Counters;
use super::known::Known;
use super::reserve::{AGAIN_AFTER, Reserve};
use super::rows::{SqliteRows, log};
use crate::appended::Hand;
use crate::error::StoreError;
use job::{Job, Task, run};

/// Most writes that may wait.
const QUEUE: usize = 1024;
/// Most writes in one transaction, and about how many bytes.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 2 << 20;

/// The handle of the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<SyncSender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<Option<Seq>>>>,
    counters: Arc<Counters>,
}

/// A write with about how many bytes it brings.
type Waiting = (usize, Box<dyn Job>);

impl Writer {
    /// Writes by the first connection; checkpoints are the second one's.
    pub(super) fn start(
        (mut connection, other): (Connection, Connection),
        clock: Arc<dyn Clock>,
        (counters, reserve, hand): (Arc<Counters>, Arc<Reserve>, Arc<Hand>),
    ) -> Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let checkpoints = Checkpoints::follow(&mut connection, other, PACE)?;
        let engine = Engine {
            connection,
            checkpoints,
            known: Known::default(),
            clock,
            counters: Arc::clone(&counters),
            reserve,
            hand,
        };
        let thread = std::thread::Builder::new()
            .name("symbolon-store".to_owned())
            .spawn(move || engine.run(&receiver))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            counters,
        })
    }

    /// Runs `work` in a transaction and returns once that is durable. Whoever stops waiting does not stop the work. It may
    /// be run twice: what another write of its transaction undid is done again.
    pub(super) async fn write<T, F>(&self, bytes: usize, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        self.ask(bytes, work, false).await
    }

    /// The same for a revocation: where the disk is full it may use the reserve.
    pub(super) async fn write_urgent<T, F>(&self, bytes: usize, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        self.ask(bytes, work, true).await
    }

    async fn ask<T, F>(&self, bytes: usize, work: F, is_urgent: bool) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task::new(work, is_urgent, reply);
        self.enqueue((bytes, Box::new(task)))?;
        answer.await.map_err(|_| stopped())?
    }

    /// Lets everything that waits be written, closes the file in order, and says how far the log reached.
    pub(super) fn stop(&self) -> Option<Seq> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.and_then(|thread| thread.join().ok()).flatten()
    }

    fn enqueue(&self, job: Waiting) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().ok_or_else(stopped)?.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                Counters::add(&self.counters.refused_jobs, 1);
                Err(StoreError::Unavailable("too many writes wait".to_owned()))
            }
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

pub(super) fn stopped() -> StoreError {
    StoreError::Unavailable("the store has stopped".to_owned())
}

struct Engine {
    connection: Connection,
    checkpoints: Checkpoints,
    known: Known,
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    reserve: Arc<Reserve>,
    /// Who follows the log gets from here what was appended.
    hand: Arc<Hand>,
}

impl Engine {
    fn run(mut self, queue: &Receiver<Waiting>) -> Option<Seq> {
        self.known.prepare(&self.connection);
        while let Some(first) = self.next(queue) {
            let jobs = self.admit(gather(first, queue));
            let starved = self.commit_together(jobs);
            if !starved.is_empty() {
                self.commit_from_reserve(starved);
            }
        }
        self.checkpoints.stop(&mut self.connection);
        // A failure leaves the log file beside the data: it is read at the next start.
        let _ = checkpoint(&self.connection);
        log::head(&self.connection).ok().map(|head| head.seq)
    }

    /// The next write; meanwhile the reserve is made again if it is out. Nothing once the store stops.
    fn next(&self, queue: &Receiver<Waiting>) -> Option<Waiting> {
        loop {
            if self.reserve.is_held() {
                return queue.recv().ok();
            }
            match queue.recv_timeout(AGAIN_AFTER.into()) {
                Ok(first) => return Some(first),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    self.reserve.keep();
                }
            }
        }
    }

    /// Turns ordinary writes away while the reserve is out: what it gave is for revocations.
    fn admit(&self, jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        if self.reserve.keep_again(self.clock.boot()) {
            return jobs;
        }
        let (urgent, ordinary): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.is_urgent());
        Counters::add(&self.counters.refused_jobs, ordinary.len() as u64);
        answer_all(ordinary, &Err(StoreError::Full));
        urgent
    }

    /// Revocations that found no room, once more with what the reserve gives.
    fn commit_from_reserve(&mut self, starved: Vec<Box<dyn Job>>) {
        let left = if self.reserve.release(self.clock.boot()) {
            self.commit_together(starved)
        } else {
            starved
        };
        answer_all(left, &Err(StoreError::Full));
    }

    /// Gives back the urgent ones that found no room; all others are answered.
    fn commit_together(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        let mut starved = Vec::new();
        if jobs.is_empty() {
            return starved;
        }
        let ran = if self.run_at_once(&mut jobs) {
            Some(jobs)
        } else {
            self.run_each(jobs, &mut starved)
        };
        if let Some(done) = ran {
            let committed = self.commit();
            settle(done, &committed, &mut starved);
        }
        starved
    }

    /// Runs all as if none could fail: a savepoint each would copy every page that a job touches. If one fails, nothing
    /// was done.
    fn run_at_once(&mut self, jobs: &mut [Box<dyn Job>]) -> bool {
        if self.begin().is_err() {
            return false;
        }
        let ran = jobs.iter_mut().all(|job| {
            let now = self.clock.now();
            job.run(&self.connection, &mut self.known, now).is_ok()
        });
        if ran {
            Counters::add(&self.counters.jobs, jobs.len() as u64);
        } else {
            self.known.forget_ends();
            if !self.connection.is_autocommit() {
                // If this fails too, the next BEGIN does, and everybody is told.
                let _ = run(&self.connection, "ROLLBACK");
            }
        }
        ran
    }

    /// Runs each so that its failure undoes it alone. Gives what can be committed; nothing where no transaction is open.
    fn run_each(
        &mut self,
        jobs: Vec<Box<dyn Job>>,
        starved: &mut Vec<Box<dyn Job>>,
    ) -> Option<Vec<Box<dyn Job>>> {
        let mut done = Vec::with_capacity(jobs.len());
        let mut begun = self.begin();
        for mut job in jobs {
            if let Err(fault) = &begun {
                settle(vec![job], &Err(fault.clone()), starved);
                continue;
            }
            Counters::add(&self.counters.jobs, 1);
            let ran = job.run_in_savepoint(&self.connection, &mut self.known, self.clock.now());
            done.push(job);
            if let Err(fault) = ran {
                Counters::add(&self.counters.failed_jobs, 1);
                // SQLite may give up the whole transaction (no room, no memory): then nothing so far is kept.
                if self.connection.is_autocommit() {
                    settle(std::mem::take(&mut done), &Err(fault), starved);
                    begun = self.begin();
                }
            }
        }
        begun.is_ok().then_some(done)
    }

    /// Before anybody is told of the commit: a refusal at an edge is worth more than a word about it.
    fn hand_over(&mut self) {
        match self.known.take_fresh() {
            Some(none) if none.is_empty() => {}
            fresh => self.hand.over(fresh.unwrap_or_default()),
        }
    }

    fn begin(&mut self) -> Result<()> {
        self.known.begin();
        run(&self.connection, "BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<()> {
        let started = self.clock.boot();
        let committed = run(&self.connection, "COMMIT");
        let spent = self.clock.boot().since(started);
        Counters::add(&self.counters.batches, 1);
        Counters::add(&self.counters.commit_ms, spent.as_ms());
        if committed.is_ok() {
            self.hand_over();
        } else {
            Counters::add(&self.counters.failed_commits, 1);
            self.known.forget_ends();
            if !self.connection.is_autocommit() {
                // If this fails too, the next BEGIN does, and everybody is told.
                let _ = run(&self.connection, "ROLLBACK");
            }
        }
        committed
    }
}

/// Everything that waits now, up to the bounds.
fn gather((mut bytes, first): Waiting, queue: &Receiver<Waiting>) -> Vec<Box<dyn Job>> {
    let mut jobs = vec![first];
    while jobs.len() < BATCH && bytes < BATCH_BYTES {
        let Ok((more, job)) = queue.try_recv() else {
            break;
        };
        bytes = bytes.saturating_add(more);
        jobs.push(job);
    }
    jobs
}

/// Answers all but the urgent ones that found no room.
fn settle(jobs: Vec<Box<dyn Job>>, batch: &Result<()>, starved: &mut Vec<Box<dyn Job>>) {
    let (again, done): (Vec<_>, Vec<_>) = jobs
        .into_iter()
        .partition(|job| job.is_urgent() && job.found_no_room(batch));
    answer_all(done, batch);
    starved.extend(again);
}

fn answer_all(jobs: Vec<Box<dyn Job>>, batch: &Result<()>) {
    for mut job in jobs {
        job.answer(batch.clone());
    }
}

/// Moves the write-ahead log into the data file.
fn checkpoint(connection: &Connection) -> Result<()> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

#[cfg(test)]
mod tests;
