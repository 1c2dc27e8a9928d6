//! The stream of one edge: frames as they come, taken as fast as the edge takes them. At most one waits for it here.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::Seq;
use domain::feed::wire::{MAX_ENTRIES, Reply, Version};
use hyper::body::{Body, Frame};
use tokio::sync::{mpsc, watch};

use super::Shared;
use super::tail::{self, Next};

/// The body of the answer to `follow`.
pub(super) struct Streamed(mpsc::Receiver<Bytes>);

impl Body for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|next| next.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Begins to stream what follows a position.
pub(super) fn follow(shared: &Arc<Shared>, connection: u64, after: Seq, version: Version) -> Streamed {
    let (sink, frames) = mpsc::channel(1);
    let stream = Stream {
        shared: Arc::clone(shared),
        sink,
        version,
    };
    let questions = shared.authority.rounds.begin(connection);
    tokio::spawn(async move {
        // Ends when the edge does not listen any more, or is told to take a snapshot.
        let _ = stream.run(after, questions).await;
        stream.shared.authority.rounds.end(connection);
    });
    Streamed(frames)
}

struct Stream {
    shared: Arc<Shared>,
    sink: mpsc::Sender<Bytes>,
    version: Version,
}

/// Nobody listens.
struct Left;

impl Stream {
    async fn run(&self, mut at: Seq, mut questions: watch::Receiver<u64>) -> Result<(), Left> {
        let mut end = self.shared.tail.subscribe();
        loop {
            // Growth from here on is a change, whatever is found now.
            end.borrow_and_update();
            match self.shared.tail.after(at) {
                Next::Batch(batch) => {
                    at = batch.upto;
                    self.send(batch.frame).await?;
                    continue;
                }
                Next::InStore => {
                    at = self.catch_up(at).await?;
                    continue;
                }
                Next::Snapshot => return self.reply(&Reply::Resynchronise).await,
                Next::Nothing => {}
            }
            tokio::select! {
                changed = end.changed() => changed.map_err(|_| Left)?,
                changed = questions.changed() => {
                    changed.map_err(|_| Left)?;
                    let round = *questions.borrow_and_update();
                    self.reply(&Reply::ReportActivity(round)).await?;
                }
                () = self.sink.closed() => return Err(Left),
            }
        }
    }

    /// One batch from the store. Where it cannot be read, the stream ends, and the edge asks again.
    async fn catch_up(&self, at: Seq) -> Result<Seq, Left> {
        let read = self.shared.authority.store.entries_after(at, MAX_ENTRIES).await;
        let batch = tail::batch(at, read.map_err(|_| Left)?, self.version).ok_or(Left)?;
        self.send(batch.frame).await?;
        Ok(batch.upto)
    }

    async fn reply(&self, reply: &Reply) -> Result<(), Left> {
        let frame = reply.encode(self.version).map_err(|_| Left)?;
        self.send(frame.into()).await
    }

    async fn send(&self, frame: Bytes) -> Result<(), Left> {
        self.sink.send(frame).await.map_err(|_| Left)
    }
}
