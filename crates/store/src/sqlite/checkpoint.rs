//! Checkpoints: what is in the write-ahead log goes back into the data file on a thread of its own, beside the commits.
//! By SQLite's own rule the writer would do it after every thousandth page, and everybody would wait.
//!
//! The log starts again from its beginning only when all of it was moved and nobody is writing. Under a load that never
//! pauses there is always a rest, so a log that has grown long is moved by the writer after all: then little is left to do.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::codec::Result;

/// When to move pages, by how many the log has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// After so many more, the thread.
    pub(super) due: i32,
    /// From so many on, the writer.
    pub(super) late: i32,
}

/// SQLite's own rule for the one, and half of `journal_size_limit` for the other (32 MiB of pages of 4 KiB).
pub(super) const PACE: Pace = Pace {
    due: 1000,
    late: 8192,
};

/// The thread. It ends with [`Checkpoints::stop`].
#[derive(Debug)]
pub(super) struct Checkpoints(Option<JoinHandle<()>>);

impl Checkpoints {
    /// Follows the commits of `writer`; `own` is another connection to the same file.
    pub(super) fn follow(writer: &mut Connection, own: Connection, pace: Pace) -> Result<Self> {
        // One that waits is enough: it moves everything that is there when it begins.
        let (ask, asked) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("symbolon-checkpoint".to_owned())
            .spawn(move || move_whenever(&asked, &own))
            .map_err(|error| super::StoreError::Unavailable(error.to_string()))?;
        let mut asked_at = 0;
        writer.wal_hook(Some(move |log: &mut Wal, pages: i32| {
            if pages < asked_at {
                asked_at = 0;
            }
            if pages >= pace.late {
                // Whatever hinders it now does so at the next commit too, or has gone.
                let _ = log.checkpoint();
            } else if pages - asked_at >= pace.due {
                asked_at = pages;
                let _ = ask.try_send(());
            }
            Ok(())
        }))?;
        Ok(Self(Some(thread)))
    }

    /// Waits until the last pass has ended. Then nothing but the writer has the log in hand.
    pub(super) fn stop(&mut self, writer: &mut Connection) {
        // With the hook goes the sender, and with that the thread.
        let _ = writer.wal_hook(None::<fn(&mut Wal, i32) -> rusqlite::Result<()>>);
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

/// A pass that fails is made good by the next: until then the pages are in the log, which is as durable.
fn move_whenever(asked: &Receiver<()>, own: &Connection) {
    while asked.recv().is_ok() {
        let _ = own.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

#[cfg(test)]
mod tests;
