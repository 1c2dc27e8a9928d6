//! The readers: a few threads with a read-only connection each. Every read sees one committed state.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::codec::{Result, Values};
use super::counters::Counters;
use super::engine::stopped;
use crate::error::StoreError;

/// How many reads run at once, and how many may wait.
pub(super) const READERS: usize = 3;
const QUEUE: usize = 4096;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The handle of the reader threads.
#[derive(Debug)]
pub(super) struct Readers {
    queue: Mutex<Option<SyncSender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

impl Readers {
    pub(super) fn start(connections: Vec<Connection>, counters: Arc<Counters>) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::new();
        for connection in connections {
            let receiver = Arc::clone(&receiver);
            let builder = std::thread::Builder::new().name("symbolon-read".to_owned());
            threads.push(builder.spawn(move || serve(&connection, &receiver))?);
        }
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            threads: Mutex::new(threads),
            counters,
        })
    }

    /// Runs `work` on a snapshot of what is committed.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Box::new(move |connection| {
            // A caller that went away needs no answer.
            let _ = reply.send(on_snapshot(connection, work));
        }))?;
        answer.await.map_err(|_| stopped())?
    }

    /// Lets everything that waits be read, then stops.
    pub(super) fn stop(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            let _ = thread.join();
        }
    }

    fn enqueue(&self, job: Job) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().ok_or_else(stopped)?.try_send(job) {
            Ok(()) => {
                Counters::add(&self.counters.reads, 1);
                Ok(())
            }
            Err(TrySendError::Full(_)) => {
                Counters::add(&self.counters.refused_jobs, 1);
                Err(StoreError::Unavailable("too many reads wait".to_owned()))
            }
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

fn serve(connection: &Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: one thread waits at the queue, the others for their turn.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(connection),
            Err(_) => return,
        }
    }
}

fn on_snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    Values::default().run(connection, "BEGIN")?;
    let found = work(connection);
    // Nothing was written: how a read ends makes no difference to what was read.
    let _ = Values::default().run(connection, "ROLLBACK");
    found
}
