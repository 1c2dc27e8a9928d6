//! One write, as the engine sees it.

use domain::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::stopped;
use crate::error::StoreError;
use crate::sqlite::codec::{Result, Values};
use crate::sqlite::known::Known;
use crate::sqlite::rows::SqliteRows;

/// One write: run until it counts, answered once.
pub(super) trait Job: Send {
    /// Runs it. After a failure the transaction holds what it did so far.
    fn run(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()>;
    /// Runs it so that a failure undoes it alone.
    fn run_in_savepoint(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()>;
    /// Tells the caller. A batch that failed overrides what the job itself achieved.
    fn answer(&mut self, batch: Result<()>);
    /// Whether it may use the reserve.
    fn is_urgent(&self) -> bool;
    /// Whether it found no room, by itself or with its batch.
    fn found_no_room(&self, batch: &Result<()>) -> bool;
}

pub(super) struct Task<T, F> {
    work: F,
    is_urgent: bool,
    outcome: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Task<T, F> {
    pub(super) fn new(work: F, is_urgent: bool, reply: oneshot::Sender<Result<T>>) -> Self {
        Self {
            work,
            is_urgent,
            outcome: None,
            reply: Some(reply),
        }
    }

    fn ran(&mut self, outcome: Result<T>) -> Result<()> {
        let told = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        self.outcome = Some(outcome);
        told
    }
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&mut SqliteRows<'_>, Timestamp) -> Result<T> + Send,
{
    fn run(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()> {
        let outcome = (self.work)(&mut SqliteRows::of_writer(connection, known), now);
        self.ran(outcome)
    }

    fn run_in_savepoint(&mut self, connection: &Connection, known: &mut Known, now: Timestamp) -> Result<()> {
        let outcome = in_savepoint(connection, known, |rows| (self.work)(rows, now));
        self.ran(outcome)
    }

    fn answer(&mut self, batch: Result<()>) {
        let told = match (self.outcome.take(), batch) {
            (Some(own), batch) => own.and_then(|value| batch.map(|()| value)),
            // It was never run: the batch says why.
            (None, batch) => Err(batch.err().unwrap_or_else(stopped)),
        };
        if let Some(reply) = self.reply.take() {
            // A caller that went away needs no answer.
            let _ = reply.send(told);
        }
    }

    fn is_urgent(&self) -> bool {
        self.is_urgent
    }

    fn found_no_room(&self, batch: &Result<()>) -> bool {
        let own = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        [own, batch.as_ref().err()].contains(&Some(&StoreError::Full))
    }
}

/// Runs one job so that its failure undoes it alone. If even that cannot be done, the transaction is given up.
fn in_savepoint<T>(
    connection: &Connection,
    known: &mut Known,
    work: impl FnOnce(&mut SqliteRows<'_>) -> Result<T>,
) -> Result<T> {
    if let Err(fault) = run(connection, "SAVEPOINT job") {
        // Out of memory may have undone the whole transaction, and with it what the ends were remembered of.
        known.forget_ends();
        return Err(fault);
    }
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

pub(super) fn run(connection: &Connection, sql: &str) -> Result<()> {
    Values::default().run(connection, sql).map(|_| ())
}
