//! The writer: one thread that gathers what waits, runs it in one transaction, commits once, and only then answers.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::{Clock, Seq, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::codec::{Result, Values};
use super::counters::Counters;
use super::known::Known;
use super::rows::{SqliteRows, log};
use crate::error::StoreError;

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
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        counters: Arc<Counters>,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let engine = Engine {
            connection,
            known: Known::default(),
            clock,
            counters: Arc::clone(&counters),
        };
        let thread = std::thread::Builder::new()
            .name("symbolon-store".to_owned())
            .spawn(move || engine.run(&receiver))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            counters,
        })
    }

    /// Runs `work` in a transaction and returns once that is durable. Whoever stops waiting does not stop the work.
    pub(super) async fn write<T, F>(&self, bytes: usize, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task {
            work: Some(work),
            outcome: None,
            reply: Some(reply),
        };
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

/// One write: run once, answered once.
trait Job: Send {
    fn run(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()>;
    /// Tells the caller. A batch that failed overrides what the job itself achieved.
    fn answer(&mut self, batch: Result<()>);
}

struct Task<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send,
{
    fn run(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()> {
        let work = self.work.take().ok_or_else(stopped)?;
        let outcome = in_savepoint(connection, known, |rows| work(rows, now));
        let told = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        self.outcome = Some(outcome);
        told
    }

    fn answer(&mut self, batch: Result<()>) {
        let own = self.outcome.take().unwrap_or_else(|| Err(stopped()));
        if let Some(reply) = self.reply.take() {
            // A caller that went away needs no answer.
            let _ = reply.send(own.and_then(|value| batch.map(|()| value)));
        }
    }
}

struct Engine {
    connection: Connection,
    known: Known,
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
}

impl Engine {
    fn run(mut self, queue: &Receiver<Waiting>) -> Option<Seq> {
        self.known.prepare(&self.connection);
        while let Ok(first) = queue.recv() {
            self.commit_together(gather(first, queue));
        }
        // A failure leaves the log file beside the data: it is read at the next start.
        let _ = checkpoint(&self.connection);
        log::head(&self.connection).ok().map(|head| head.seq)
    }

    fn commit_together(&mut self, jobs: Vec<Box<dyn Job>>) {
        let mut done = Vec::with_capacity(jobs.len());
        let mut begun = self.begin();
        for mut job in jobs {
            if let Err(fault) = &begun {
                answer_all(vec![job], &Err(fault.clone()));
                continue;
            }
            Counters::add(&self.counters.jobs, 1);
            let ran = job.run(&self.connection, &mut self.known, self.clock.now());
            done.push(job);
            if let Err(fault) = ran {
                Counters::add(&self.counters.failed_jobs, 1);
                // SQLite may give up the whole transaction (no room, no memory): then nothing so far is kept.
                if self.connection.is_autocommit() {
                    answer_all(std::mem::take(&mut done), &Err(fault));
                    begun = self.begin();
                }
            }
        }
        if begun.is_ok() {
            let committed = self.commit();
            answer_all(done, &committed);
        }
    }

    fn begin(&self) -> Result<()> {
        run(&self.connection, "BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<()> {
        let started = self.clock.boot();
        let committed = run(&self.connection, "COMMIT");
        let spent = self.clock.boot().since(started);
        Counters::add(&self.counters.batches, 1);
        Counters::add(&self.counters.commit_ms, spent.as_ms());
        if committed.is_err() {
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

/// Runs one job so that its failure undoes it alone. If even that cannot be done, the transaction is given up.
fn in_savepoint<T>(
    connection: &Connection,
    known: &mut Known,
    work: impl FnOnce(&mut SqliteRows<'_>) -> Result<T>,
) -> Result<T> {
    run(connection, "SAVEPOINT job")?;
    let worked = work(&mut SqliteRows::of_writer(connection, known));
    let kept = worked.and_then(|value| run(connection, "RELEASE job").map(|()| value));
    if kept.is_err() {
        known.forget_ends();
    }
    if kept.is_err() && !connection.is_autocommit() {
        let undone = run(connection, "ROLLBACK TO job").and_then(|()| run(connection, "RELEASE job"));
        if undone.is_err() && !connection.is_autocommit() {
            let _ = run(connection, "ROLLBACK");
        }
    }
    kept
}

fn answer_all(jobs: Vec<Box<dyn Job>>, batch: &Result<()>) {
    for mut job in jobs {
        job.answer(batch.clone());
    }
}

fn run(connection: &Connection, sql: &str) -> Result<()> {
    Values::default().run(connection, sql).map(|_| ())
}

/// Moves the write-ahead log into the data file.
fn checkpoint(connection: &Connection) -> Result<()> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

#[cfg(test)]
mod tests;
