//! The one connection that is in use: made by whoever needs it first, shared, replaced when it is dead.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domain::feed::wire::{Frame, HEADER_LEN, Hello, RefusalWord, Reply, Request, Version, Versions};
use domain::feed::{CanaryCheck, CanaryWanted, EdgeName, EdgeStart, MAX_CANARY};
use domain::id::{Id, Incarnation};
use domain::{Entropy, Span};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::dial::{Dialer, Outgoing, Sender};
use super::words::Words;
use super::{PATIENCE, unexpected};
use crate::link::LinkError;
use crate::tasks::pause_after;

const ADDRESS: &str = "https://authority.symbolon.internal/feed";
const FOLLOW: &str = "https://authority.symbolon.internal/follow";
const CANARY: &str = "https://authority.symbolon.internal/canary";
/// No answer to a greeting is longer.
const GREETING: usize = 1024;

/// A connection on which the authority has been greeted.
#[derive(Debug)]
pub(super) struct Connection {
    sender: Sender,
    pub(super) version: Version,
    /// An answer did not come in time: nobody begins anything on it any more.
    suspect: AtomicBool,
}

/// The way to one authority.
#[derive(Debug)]
pub(super) struct Connections {
    dialer: Dialer,
    edge: EdgeName,
    /// Which start of the edge this is; nothing is said before it has begun.
    start: OnceLock<Id<Incarnation>>,
    exceptions: Mutex<Vec<(String, Span)>>,
    held: tokio::sync::Mutex<Held>,
    entropy: Arc<dyn Entropy>,
}

#[derive(Debug, Default)]
struct Held {
    connection: Option<Arc<Connection>>,
    failures: u32,
    /// Before then nobody tries again.
    not_before: Option<Instant>,
}

impl Connection {
    fn is_good(&self) -> bool {
        !self.sender.is_closed() && !self.suspect.load(Ordering::Acquire)
    }

    /// Sends a request; the answer's body follows.
    pub(super) async fn begin(&self, request: &Request) -> Result<Incoming, LinkError> {
        let frame = request.encode(self.version).map_err(|error| failed(&error))?;
        let answer = self.send(ADDRESS, whole(frame)).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            other => Err(LinkError(format!("the authority answers {other}"))),
        }
    }

    /// Opens a stream; what the authority says on it follows. Nothing: it is older than such streams.
    pub(super) async fn follow(&self, words: Words) -> Result<Option<Incoming>, LinkError> {
        let answer = self.send(FOLLOW, Either::Right(words)).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(answer.into_body())),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(LinkError(format!("the authority answers {other}"))),
        }
    }

    async fn send(&self, to: &'static str, body: Outgoing) -> Result<http::Response<Incoming>, LinkError> {
        let request = http::Request::builder().method(Method::POST).uri(to);
        let request = request.body(body).map_err(|error| failed(&error))?;
        let answer = self.sender.clone().send_request(request).await;
        answer.map_err(|error| failed(&error))
    }

    /// The canary's next question. It goes beside the frames: an authority that keeps no canary, or is older, has none.
    async fn canary(&self, wanted: &CanaryWanted) -> Result<Option<CanaryCheck>, LinkError> {
        let wanted = serde_json::to_vec(wanted).map_err(|error| failed(&error))?;
        let answer = self.send(CANARY, whole(wanted)).await?;
        match answer.status() {
            StatusCode::OK => {
                let body = Limited::new(answer.into_body(), MAX_CANARY).collect().await;
                let bytes = body.map_err(|error| failed(&*error))?.to_bytes();
                serde_json::from_slice(&bytes)
                    .map(Some)
                    .map_err(|error| failed(&error))
            }
            StatusCode::NO_CONTENT => Ok(None),
            other => Err(LinkError(format!("the authority has no canary: {other}"))),
        }
    }

    /// Sends a request and reads the one frame of its answer.
    async fn exchange(&self, request: &Request, most: usize) -> Result<Reply, LinkError> {
        let body = Limited::new(self.begin(request).await?, HEADER_LEN + most);
        let body = body.collect().await.map_err(|error| failed(&*error))?;
        let bytes = body.to_bytes();
        let frame = Frame::parse(&bytes).and_then(|frame| Reply::decode(frame, self.version));
        match frame.map_err(|error| failed(&error))? {
            Reply::Refused(word, theirs) => Err(refused(word, theirs)),
            reply => Ok(reply),
        }
    }
}

impl Connections {
    pub(super) fn new(
        dialer: Dialer,
        edge: EdgeName,
        exceptions: Vec<(String, Span)>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            dialer,
            edge,
            start: OnceLock::new(),
            exceptions: Mutex::new(exceptions),
            held: tokio::sync::Mutex::default(),
            entropy,
        }
    }

    /// The edge begins.
    pub(super) fn begin(&self, start: Id<Incarnation>) {
        // Whoever comes second is no start of this edge.
        let _ = self.start.set(start);
    }

    /// Asks, with the longest answer and the longest time for it.
    pub(super) async fn ask(
        &self,
        request: &Request,
        (most, patience): (usize, Duration),
    ) -> Result<Reply, LinkError> {
        let connection = self.current().await?;
        match tokio::time::timeout(patience, connection.exchange(request, most)).await {
            Ok(answered) => answered,
            Err(_) => {
                // Dead, or as good as dead: the next one who asks opens another.
                connection.suspect.store(true, Ordering::Release);
                Err(LinkError("the authority does not answer in time".into()))
            }
        }
    }

    /// Asks for the canary's next question, within a time. Whether it comes says nothing of the connection.
    pub(super) async fn canary(
        &self,
        wanted: &CanaryWanted,
        patience: Duration,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        let connection = self.current().await?;
        match tokio::time::timeout(patience, connection.canary(wanted)).await {
            Ok(answered) => answered,
            Err(_) => Err(LinkError("the canary does not ask in time".into())),
        }
    }

    /// The connection in use, or a new one. One opens it, the others wait for that; after a failure nobody tries for a
    /// while, which grows.
    pub(super) async fn current(&self) -> Result<Arc<Connection>, LinkError> {
        let mut held = self.held.lock().await;
        if let Some(connection) = held.connection.as_ref().filter(|own| own.is_good()) {
            return Ok(Arc::clone(connection));
        }
        held.connection = None;
        if held.not_before.is_some_and(|then| Instant::now() < then) {
            return Err(LinkError(
                "there is no connection, and the next try is not due".into(),
            ));
        }
        match self.open().await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                tracing::info!(edge = %self.edge, "connected to the authority");
                *held = Held {
                    connection: Some(Arc::clone(&connection)),
                    ..Held::default()
                };
                Ok(connection)
            }
            Err(error) => {
                held.failures += 1;
                let pause = pause_after(held.failures, self.entropy.as_ref());
                held.not_before = Some(Instant::now() + pause);
                tracing::warn!(edge = %self.edge, %error, "no connection to the authority");
                Err(error)
            }
        }
    }

    /// Says what the exceptions are from now on: on this connection, and on each that follows.
    pub(super) async fn declare(&self, exceptions: Vec<(String, Span)>) -> Result<(), LinkError> {
        *self.exceptions.lock().unwrap_or_else(PoisonError::into_inner) = exceptions;
        let (hello, most) = (self.hello()?, (GREETING, PATIENCE));
        match self.ask(&hello, most).await? {
            Reply::Welcome(_) => Ok(()),
            _ => Err(unexpected()),
        }
    }

    async fn open(&self) -> Result<Connection, LinkError> {
        let hello = self.hello()?;
        let connection = Connection {
            sender: self.dialer.dial().await?,
            version: Version::GREETING,
            suspect: AtomicBool::new(false),
        };
        let greeted = tokio::time::timeout(PATIENCE, connection.exchange(&hello, GREETING)).await;
        let greeted = greeted.map_err(|_| LinkError("the authority does not greet in time".into()))?;
        match greeted? {
            Reply::Welcome(version) if Versions::OURS.has(version) => Ok(Connection {
                version,
                ..connection
            }),
            Reply::Welcome(version) => Err(LinkError(format!(
                "the authority chose version {}, which this edge does not speak",
                version.number()
            ))),
            _ => Err(unexpected()),
        }
    }

    /// Who speaks.
    pub(super) fn start(&self) -> Result<EdgeStart, LinkError> {
        let start = self.start.get();
        Ok(EdgeStart {
            edge: self.edge.clone(),
            incarnation: *start.ok_or_else(|| LinkError("the edge has not begun".into()))?,
        })
    }

    fn hello(&self) -> Result<Request, LinkError> {
        let EdgeStart { edge, incarnation } = self.start()?;
        let exceptions = self.exceptions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Request::Hello(Hello {
            versions: Versions::OURS,
            edge,
            start: incarnation,
            exceptions: exceptions.clone(),
        }))
    }
}

fn whole(body: Vec<u8>) -> Outgoing {
    Either::Left(Full::new(body.into()))
}

/// What went wrong, with its causes: that TLS refused is the innermost.
pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> LinkError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    LinkError(text)
}

/// A clear word for whoever reads the log.
pub(super) fn refused(word: RefusalWord, theirs: Versions) -> LinkError {
    let ours = Versions::OURS;
    LinkError(match word {
        RefusalWord::Version => format!(
            "the authority speaks versions {} to {} of the feed, this edge {} to {}: update the older of the two",
            theirs.oldest.number(),
            theirs.newest.number(),
            ours.oldest.number(),
            ours.newest.number()
        ),
        RefusalWord::Edge => "the credential is not that of this edge, or was revoked".to_owned(),
        RefusalWord::TooLarge => "there are more watermarks than a snapshot may hold".to_owned(),
        RefusalWord::Malformed | RefusalWord::Unavailable => {
            format!("the authority refuses: {}", word.as_str())
        }
    })
}
