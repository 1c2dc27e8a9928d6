//! The memory that the bodies of running requests take, of one listener.
//!
//! Whoever reads a form keeps its pieces until the last one is there, and HTTP/2 lets a peer begin many at once. What is
//! alive is counted, piece by piece, until it is dropped. When it becomes too much, the connection that has the most goes:
//! a body that is passed on as it arrives has next to nothing here, and nor has a form of a few hundred bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;

/// What a piece costs besides its bytes: a peer that sends one byte at a time pays for that too.
const PIECE: usize = 192;

/// All of a listener's.
#[derive(Debug)]
pub(crate) struct Bodies {
    most: usize,
    held: AtomicUsize,
    crowded: Notify,
}

/// One connection's.
#[derive(Debug)]
pub(crate) struct Share {
    all: Arc<Bodies>,
    held: AtomicUsize,
}

/// There is no room for another piece. The peer may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bodies of running requests take all the memory that they may")]
pub(crate) struct NoRoom;

impl Bodies {
    /// So many bytes.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: AtomicUsize::new(0),
            crowded: Notify::new(),
        })
    }

    /// A new connection's share: nothing yet.
    pub(crate) fn share(self: &Arc<Self>) -> Arc<Share> {
        Arc::new(Share {
            all: Arc::clone(self),
            held: AtomicUsize::new(0),
        })
    }

    /// Returns when somebody has to go.
    pub(crate) async fn crowded(&self) {
        while self.held.load(Ordering::SeqCst) <= self.most {
            self.crowded.notified().await;
        }
    }
}

impl Share {
    /// What this connection has.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// The same bytes, counted until the last reference to them is dropped.
    ///
    /// # Errors
    /// [`NoRoom`] a quarter above the bound: until then, whoever has the most is asked to go.
    pub(crate) fn hold(self: &Arc<Self>, bytes: Bytes) -> Result<Bytes, NoRoom> {
        let cost = bytes.len() + PIECE;
        let piece = Piece {
            bytes,
            cost,
            share: Arc::clone(self),
        };
        self.held.fetch_add(cost, Ordering::SeqCst);
        let held = self.all.held.fetch_add(cost, Ordering::SeqCst) + cost;
        if held <= self.all.most {
            return Ok(Bytes::from_owner(piece));
        }
        self.all.crowded.notify_one();
        if held <= self.all.most + self.all.most / 4 {
            return Ok(Bytes::from_owner(piece));
        }
        Err(NoRoom)
    }
}

struct Piece {
    bytes: Bytes,
    cost: usize,
    share: Arc<Share>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.share.held.fetch_sub(self.cost, Ordering::SeqCst);
        self.share.all.held.fetch_sub(self.cost, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_alive_is_counted_and_what_is_dropped_given_back() {
        let all = Bodies::new(10_000);
        let (one, two) = (all.share(), all.share());
        let big = one.hold(Bytes::from(vec![1; 6000])).unwrap();
        let slice = big.slice(10..20);
        drop(big);
        assert_eq!(one.held(), 6000 + PIECE, "a part keeps the whole");
        assert_eq!(&slice[..], &[1; 10]);
        let small = two.hold(Bytes::from_static(b"x")).unwrap();
        assert_eq!((one.held(), two.held()), (6000 + PIECE, 1 + PIECE));
        let more = two.hold(Bytes::from(vec![2; 5000])).unwrap();
        all.crowded().await;
        assert_eq!(two.hold(Bytes::from(vec![3; 3000])), Err(NoRoom));
        drop((slice, small, more));
        assert_eq!((one.held(), two.held()), (0, 0));
        assert_eq!(all.held.load(Ordering::SeqCst), 0, "what was refused as well");
    }
}
