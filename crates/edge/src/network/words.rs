//! What an edge says on its stream, for as long as that is open: where it follows from, then how far it has applied the log.
//! Only the last position waits to be sent: it says all that those before it did.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::Seq;
use domain::feed::EdgeStart;
use domain::feed::wire::{Request, Version};
use hyper::body::{Body, Frame};
use tokio::sync::{oneshot, watch};

use super::connection::failed;
use crate::link::LinkError;

/// How far the log is applied: told on the stream that is open, and on each that comes after it.
#[derive(Debug, Default)]
pub(super) struct Applied {
    upto: watch::Sender<Seq>,
    /// The authority is older than such streams: it hears each word in a request of its own.
    by_request: AtomicBool,
}

/// The body of the request that opens a stream.
pub(super) struct Words(Pin<Box<dyn Future<Output = Coming> + Send>>);

/// A frame, and what is said after it.
type Coming = Option<(Bytes, Saying)>;

/// Held by whoever reads the stream: without them nothing more is said on it.
pub(super) type Listening = oneshot::Sender<Infallible>;

struct Saying {
    own: EdgeStart,
    version: Version,
    upto: watch::Receiver<Seq>,
    listening: oneshot::Receiver<Infallible>,
}

impl Applied {
    /// So far. `false`: it has to be told in a request.
    pub(super) fn upto(&self, frontier: Seq) -> bool {
        self.upto.send_replace(frontier);
        !self.by_request.load(Ordering::Acquire)
    }

    /// What was just learned of the authority.
    pub(super) fn by_request(&self, by_request: bool) {
        self.by_request.store(by_request, Ordering::Release);
    }

    /// What is said on a new stream. How far the log is applied is said again: it may not have arrived on an earlier one.
    pub(super) fn words(
        &self,
        own: EdgeStart,
        after: Seq,
        version: Version,
    ) -> Result<(Words, Listening), LinkError> {
        let follow = Request::Follow { after }.encode(version);
        let follow = follow.map_err(|error| failed(&error))?;
        let (held, listening) = oneshot::channel();
        let mut saying = Saying {
            own,
            version,
            upto: self.upto.subscribe(),
            listening,
        };
        saying.upto.mark_changed();
        let first = std::future::ready(Some((follow.into(), saying)));
        Ok((Words(Box::pin(first)), held))
    }
}

impl Saying {
    /// The next word. Nothing: nobody reads the stream any more.
    async fn next(mut self) -> Coming {
        tokio::select! {
            changed = self.upto.changed() => changed.ok()?,
            _ = &mut self.listening => return None,
        }
        let word = Request::Acknowledge {
            edge: self.own.edge.clone(),
            incarnation: self.own.incarnation,
            frontier: *self.upto.borrow_and_update(),
        };
        let frame = word.encode(self.version).ok()?;
        Some((frame.into(), self))
    }
}

impl Body for Words {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.as_mut().poll(context).map(|next| {
            let (bytes, saying) = next?;
            self.0 = Box::pin(saying.next());
            Some(Ok(Frame::data(bytes)))
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::feed::wire;
    use domain::id::Id;
    use http_body_util::BodyExt;

    use super::*;

    fn own() -> EdgeStart {
        EdgeStart {
            edge: "fra-1".parse().unwrap(),
            incarnation: Id::from_bytes([1; 16]),
        }
    }

    fn at(n: u64) -> Seq {
        Seq::from_u64(n).unwrap()
    }

    async fn next(words: &mut Words) -> Option<Request> {
        let bytes = words.frame().await?.unwrap().into_data().unwrap();
        Some(Request::decode(wire::Frame::parse(&bytes).unwrap()).unwrap())
    }

    async fn frontier(words: &mut Words) -> Seq {
        match next(words).await {
            Some(Request::Acknowledge {
                edge,
                incarnation,
                frontier,
            }) => {
                assert_eq!(EdgeStart { edge, incarnation }, own());
                frontier
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_stream_says_the_last_position_alone_and_a_new_one_says_it_again() {
        let applied = Applied::default();
        assert!(applied.upto(at(3)));
        let (mut words, listening) = applied.words(own(), at(2), Version::V1).unwrap();
        assert!(matches!(next(&mut words).await, Some(Request::Follow { after }) if after == at(2)));
        assert_eq!(frontier(&mut words).await, at(3));
        for n in 4..1000 {
            applied.upto(at(n));
        }
        assert_eq!(frontier(&mut words).await, at(999), "nothing is queued");
        drop(listening);
        assert!(next(&mut words).await.is_none(), "nobody reads it");
        let (mut words, _listening) = applied.words(own(), at(999), Version::V1).unwrap();
        next(&mut words).await.unwrap();
        assert_eq!(frontier(&mut words).await, at(999));
        drop(applied);
        assert!(next(&mut words).await.is_none(), "the edge is gone");
    }
}
