//! What an edge says on its stream: one `follow`, then how far it has applied the log, for as long as the stream lives. None
//! of it is answered; a word that is wrong ends the stream.

use std::sync::Arc;

use domain::feed::wire::{FrameBuffer, HEADER_LEN, Kind, RefusalWord, Request, Version, WireError};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::connection::Peer;
use super::{Shared, answer};

/// No frame that belongs here is longer.
const LONGEST: usize = HEADER_LEN + Kind::Acknowledge.most();

/// The frames of one request, as they come. Holds one of them and what came with it.
pub(super) struct Words {
    body: Incoming,
    buffer: FrameBuffer,
    /// Bytes in the buffer.
    held: usize,
}

impl Words {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            buffer: FrameBuffer::default(),
            held: 0,
        }
    }

    /// The next one, and its version. Nothing: the edge says no more.
    ///
    /// # Errors
    /// What came is no request, or longer than those that belong here.
    pub(super) async fn next(&mut self) -> Result<Option<(Version, Request)>, WireError> {
        loop {
            let taken = self.buffer.take(|frame| {
                let length = HEADER_LEN + frame.message.len();
                Ok((length, frame.version, Request::decode(frame)?))
            });
            if let Some((length, version, request)) = taken? {
                self.held = self.held.saturating_sub(length);
                return Ok(Some((version, request)));
            }
            // What is held is the beginning of one frame.
            if self.held >= LONGEST {
                return Err(WireError::TooLong);
            }
            let Some(Ok(part)) = self.body.frame().await else {
                return Ok(None);
            };
            if let Some(bytes) = part.data_ref() {
                self.held += bytes.len();
                self.buffer.push(bytes);
            }
        }
    }
}

/// Hears until the edge says no more: nothing; or a word that is wrong: why.
pub(super) async fn hear(shared: Arc<Shared>, peer: Arc<Peer>, mut words: Words) -> Option<RefusalWord> {
    loop {
        let heard = match words.next().await {
            Ok(Some((version, request))) => acknowledged(&shared, &peer, version, request).await,
            Ok(None) => return None,
            Err(error) => {
                tracing::warn!(edge = %peer.edge, %error, "an edge says on its stream what is no request");
                Err(RefusalWord::Malformed)
            }
        };
        if let Err(word) = heard {
            return Some(word);
        }
    }
}

/// One word, judged as if it were a request of its own.
async fn acknowledged(
    shared: &Shared,
    peer: &Peer,
    version: Version,
    request: Request,
) -> Result<(), RefusalWord> {
    if !matches!(request, Request::Acknowledge { .. }) {
        return Err(RefusalWord::Malformed);
    }
    answer::judge(shared, peer, version, &request)?;
    answer::reply(shared, peer, request, version).await.map(drop)
}
