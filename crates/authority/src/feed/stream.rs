//! The stream of one edge: frames as they come, taken as fast as the edge takes them. Nothing is kept for it here: the next
//! frame is looked for once the connection has room for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::Seq;
use domain::feed::wire::{MAX_ENTRIES, RefusalWord, Reply, Version};
use hyper::body::{Body, Frame};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::Peer;
use super::tail::{self, Next};
use super::words::{self, Words};
use super::{Shared, answer};

/// The body of the answer to `follow`.
pub(super) struct Streamed(Pin<Box<dyn Future<Output = Coming> + Send>>);

/// A frame, and the stream as it goes on after it.
type Coming = Option<(Bytes, Stream)>;

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.as_mut().poll(context).map(|next| {
            let (bytes, stream) = next?;
            self.0 = Box::pin(stream.next());
            Some(Ok(Frame::data(bytes)))
        })
    }
}

/// Begins to stream what follows a position, and to hear what the edge says meanwhile.
pub(super) fn follow(
    shared: &Arc<Shared>,
    peer: &Arc<Peer>,
    (after, version): (Seq, Version),
    words: Option<Words>,
) -> Streamed {
    let mut hearing = JoinSet::new();
    if let Some(words) = words {
        // Beside the entries: how far an edge is counts also while it takes none.
        hearing.spawn(words::hear(Arc::clone(shared), Arc::clone(peer), words));
    }
    let stream = Stream {
        end: shared.tail.subscribe(),
        questions: shared.authority.rounds.begin(peer.number),
        shared: Arc::clone(shared),
        connection: peer.number,
        at: Some(after),
        version,
        hearing,
    };
    Streamed(Box::pin(stream.next()))
}

struct Stream {
    shared: Arc<Shared>,
    connection: u64,
    version: Version,
    /// What the edge was sent so far; nothing once it was told to take a snapshot.
    at: Option<Seq>,
    end: watch::Receiver<Seq>,
    questions: watch::Receiver<u64>,
    /// What the edge says, until it says no more or what is wrong. Ends with the stream.
    hearing: JoinSet<Option<RefusalWord>>,
}

impl Stream {
    /// The next frame. Nothing: the stream ends, and the edge asks again.
    async fn next(mut self) -> Coming {
        loop {
            let at = self.at?;
            // Growth from here on is a change, whatever is found now.
            self.end.borrow_and_update();
            let batch = match self.shared.tail.after(at) {
                Next::Batch(batch) => batch,
                Next::InStore => self.read(at).await?,
                Next::Snapshot => {
                    self.at = None;
                    return self.reply(&Reply::Resynchronise);
                }
                Next::Nothing => {
                    tokio::select! {
                        changed = self.end.changed() => changed.ok()?,
                        changed = self.questions.changed() => {
                            changed.ok()?;
                            let round = *self.questions.borrow_and_update();
                            return self.reply(&Reply::ReportActivity(round));
                        }
                        Some(heard) = self.hearing.join_next() => {
                            let Some(word) = heard.ok()? else { continue };
                            self.at = None;
                            return self.reply(&answer::refused(word));
                        }
                    }
                    continue;
                }
            };
            self.at = Some(batch.upto);
            return Some((batch.frame, self));
        }
    }

    /// One batch from the store.
    async fn read(&self, at: Seq) -> Option<tail::Batch> {
        let read = self.shared.authority.store.entries_after(at, MAX_ENTRIES).await;
        tail::batch(at, read.ok()?, self.version)
    }

    fn reply(self, reply: &Reply) -> Coming {
        let frame = reply.encode(self.version).ok()?;
        Some((frame.into(), self))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.authority.rounds.end(self.connection);
    }
}
