//! The stream of entries: opened once, read as they are committed, opened anew where it does not fit what was applied. How
//! far that is goes the other way on it.

use std::sync::Arc;

use domain::Seq;
use domain::feed::EdgeStart;
use domain::feed::wire::{FrameBuffer, Reply, Request};
use domain::revocation::LogEntry;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{Mutex, watch};

use super::connection::{Connection, Connections, failed, refused};
use super::unexpected;
use super::words::{Applied, Listening};
use crate::link::LinkError;

/// The stream that is open, if one is.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<Option<Stream>>);

#[derive(Debug)]
struct Stream {
    connection: Arc<Connection>,
    body: Incoming,
    buffer: FrameBuffer,
    /// Nothing where the authority hears no words on it.
    _listening: Option<Listening>,
}

impl Followed {
    /// The next entries after a position. Whoever stops waiting loses nothing. `asked` is told of questions about activity.
    pub(super) async fn after(
        &self,
        (connections, applied): (&Connections, &Applied),
        after: Seq,
        asked: &watch::Sender<u64>,
    ) -> Result<Option<Vec<LogEntry>>, LinkError> {
        let mut open = self.0.lock().await;
        let connection = connections.current().await?;
        // A stream of a connection that is not in use any more ends with it.
        open.take_if(|stream| !Arc::ptr_eq(&stream.connection, &connection));
        let mut fresh = open.is_none();
        loop {
            let stream = match open.as_mut() {
                Some(stream) => stream,
                None => {
                    let own = connections.start()?;
                    open.insert(Stream::open(&connection, (own, applied), after).await?)
                }
            };
            match stream.next().await {
                Ok(Reply::Entries(mut entries)) => {
                    // Others may have fetched some of them meanwhile.
                    entries.retain(|entry| entry.seq > after);
                    let fits = entries
                        .first()
                        .is_none_or(|first| after.next() == Some(first.seq));
                    match (entries.is_empty(), fits || fresh) {
                        (true, _) => {}
                        (false, true) => return Ok(Some(entries)),
                        (false, false) => {
                            *open = None;
                            fresh = true;
                        }
                    }
                }
                Ok(Reply::ReportActivity(question)) => {
                    asked.send_replace(question);
                }
                Ok(Reply::Resynchronise) => {
                    *open = None;
                    return Ok(None);
                }
                Ok(Reply::Refused(word, theirs)) => {
                    *open = None;
                    return Err(refused(word, theirs));
                }
                Ok(_) => {
                    *open = None;
                    return Err(unexpected());
                }
                Err(error) => {
                    *open = None;
                    return Err(error);
                }
            }
        }
    }
}

impl Stream {
    async fn open(
        connection: &Arc<Connection>,
        (own, applied): (EdgeStart, &Applied),
        after: Seq,
    ) -> Result<Self, LinkError> {
        let (words, listening) = applied.words(own, after, connection.version)?;
        let heard = connection.follow(words).await?;
        applied.by_request(heard.is_none());
        let (body, listening) = match heard {
            Some(body) => (body, Some(listening)),
            None => (connection.begin(&Request::Follow { after }).await?, None),
        };
        Ok(Self {
            connection: Arc::clone(connection),
            body,
            buffer: FrameBuffer::default(),
            _listening: listening,
        })
    }

    /// The next frame, as soon as all of it is here.
    async fn next(&mut self) -> Result<Reply, LinkError> {
        let version = self.connection.version;
        loop {
            let taken = self.buffer.take(|frame| Reply::decode(frame, version));
            if let Some(reply) = taken.map_err(|error| failed(&error))? {
                return Ok(reply);
            }
            let part = self.body.frame().await;
            let part = part.ok_or_else(|| LinkError("the stream of entries ended".into()))?;
            let part = part.map_err(|error| failed(&error))?;
            if let Some(bytes) = part.data_ref() {
                self.buffer.push(bytes);
            }
        }
    }
}
