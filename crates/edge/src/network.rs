//! The authority in another process: one HTTP/2 connection under TLS 1.3 with a certificate of each side. It may be late,
//! cut, or silent; what is believed of revocation comes from grants and entries alone. docs/FEED.md has the bytes.

mod connection;
mod dial;
mod entries;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::cookie::Purpose;
use domain::feed::wire::{Kind, MAX_ACTIVITY, Reply, Request};
use domain::feed::{
    CanaryAnswer, CanaryCheck, CanaryWanted, EdgeCredential, EdgeName, FeedHead, HostJoin, KeyBundle,
    Renewal, RenewalReply, SessionAnswer, Snapshot, Word,
};
use domain::id::{Id, Incarnation, Session};
use domain::revocation::{LogEntry, Position};
use domain::secret::{FlowSecret, HostCode, Secret};
use domain::{Clock, Digest, Entropy, Host, Seq, Span, Timestamp};
use tokio::sync::watch;

use crate::link::{AuthorityLink, LinkError};
use connection::Connections;
use entries::Followed;
use words::Applied;

use std::sync::Arc;

/// How long an answer may take that waits for nothing.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a snapshot may take.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(60);

/// The credential cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the edge credential cannot be used: {0}")]
pub struct UnusableCredential(String);

/// The way to an authority.
#[derive(Debug)]
pub struct NetworkLink {
    edge: EdgeName,
    connections: Connections,
    followed: Followed,
    applied: Applied,
    snapshots: Mutex<Known>,
    /// The last number under which the authority wanted to know of activity.
    asked: watch::Sender<u64>,
    heard: tokio::sync::Mutex<watch::Receiver<u64>>,
}

/// Snapshots by name, with the position of each.
#[derive(Debug, Default)]
struct Known {
    /// Given out, and perhaps applied.
    given: Option<(Digest, FeedHead)>,
    /// Applied for certain: what was acknowledged lies at or behind it.
    applied: Option<(Digest, FeedHead)>,
}

impl NetworkLink {
    /// A link for the holder of a credential, with its routes that go on accepting for a while after its lease. Connects
    /// when it is first asked.
    ///
    /// # Errors
    /// [`UnusableCredential`].
    pub fn new(
        credential: &EdgeCredential,
        exceptions: Vec<(String, Span)>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, UnusableCredential> {
        let dialer = dial::Dialer::new(credential, clock)?;
        let asked = watch::Sender::new(0);
        Ok(Self {
            edge: credential.edge.clone(),
            connections: Connections::new(dialer, credential.edge.clone(), exceptions, entropy),
            followed: Followed::default(),
            applied: Applied::default(),
            snapshots: Mutex::default(),
            heard: tokio::sync::Mutex::new(asked.subscribe()),
            asked,
        })
    }

    /// Whose credential it is.
    #[must_use]
    pub const fn edge(&self) -> &EdgeName {
        &self.edge
    }

    /// Tells the authority which routes have a written exception now; it has heard when this returns.
    ///
    /// # Errors
    /// It was not heard: receipts may go on naming those from before.
    pub async fn declare_exceptions(&self, exceptions: Vec<(String, Span)>) -> Result<(), LinkError> {
        self.connections.declare(exceptions).await
    }

    async fn ask(&self, request: Request, patience: Duration) -> Result<Reply, LinkError> {
        let most = match request {
            Request::SnapshotWanted { .. } => Kind::Snapshot.most(),
            _ => Kind::Entries.most(),
        };
        self.connections.ask(&request, (most, patience)).await
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuthorityLink for NetworkLink {
    fn begin(&self, _edge: &EdgeName, start: Id<Incarnation>) {
        self.connections.begin(start);
    }

    async fn snapshot(&self) -> Result<Snapshot, LinkError> {
        let applied = self.known().applied;
        let have = applied.map(|(name, _)| name);
        match self
            .ask(Request::SnapshotWanted { have }, SNAPSHOT_PATIENCE)
            .await?
        {
            Reply::Snapshot(sealed) => {
                let name = sealed.name();
                let opened = tokio::task::spawn_blocking(move || sealed.open()).await;
                let snapshot = opened
                    .map_err(|error| LinkError(error.to_string()))?
                    .map_err(|error| LinkError(error.to_string()))?;
                self.known().given = Some((name, snapshot.head));
                Ok(snapshot)
            }
            Reply::SnapshotSame(same) => match applied {
                // The map has all of its marks already: none goes out of a map.
                Some((name, head)) if name == same => Ok(Snapshot {
                    head,
                    marks: Vec::new(),
                }),
                _ => Err(unexpected()),
            },
            _ => Err(unexpected()),
        }
    }

    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError> {
        if wait == Span::from_ms(0) {
            return match self.ask(Request::EntriesWanted { after }, PATIENCE).await? {
                Reply::Entries(entries) => Ok(Some(entries)),
                _ => Err(unexpected()),
            };
        }
        let ways = (&self.connections, &self.applied);
        let next = self.followed.after(ways, after, &self.asked);
        match tokio::time::timeout(wait.into(), next).await {
            Ok(next) => next,
            Err(_) => Ok(Some(Vec::new())),
        }
    }

    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError> {
        let t0 = renewal.t0;
        match self.ask(Request::Renew(renewal), PATIENCE).await? {
            // A grant for another question would be counted from another time.
            Reply::Granted(grant) if grant.t0 == t0 => Ok(RenewalReply::Granted(grant)),
            Reply::Resynchronise => Ok(RenewalReply::Resynchronise),
            _ => Err(unexpected()),
        }
    }

    async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), LinkError> {
        self.known().acknowledged(frontier);
        // Whatever else has arrived is applied first: a refusal somewhere is worth more than a word about one.
        tokio::task::yield_now().await;
        if self.applied.upto(frontier) {
            return Ok(());
        }
        let request = Request::Acknowledge {
            edge: edge.clone(),
            incarnation,
            frontier,
        };
        done(self.ask(request, PATIENCE).await?)
    }

    async fn keys(&self, edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        let request = Request::KeysWanted {
            edge: edge.clone(),
            known,
            wait,
        };
        match self.ask(request, PATIENCE + Duration::from(wait)).await? {
            Reply::Keys(bundle) => Ok(bundle),
            _ => Err(unexpected()),
        }
    }

    async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, LinkError> {
        let request = Request::SessionWanted {
            id,
            purpose: purpose.clone(),
        };
        match self.ask(request, PATIENCE).await? {
            // Another session's record would be remembered under this one's name.
            Reply::Session(Some(found))
                if found.session.id != id || found.face.session != id || found.face.purpose != *purpose =>
            {
                Err(unexpected())
            }
            Reply::Session(found) => Ok(found.map(|answer| *answer)),
            _ => Err(unexpected()),
        }
    }

    async fn record_activity(
        &self,
        batch: Vec<(Id<Session>, Timestamp)>,
        answering: Option<u64>,
    ) -> Result<(), LinkError> {
        let mut parts: Vec<_> = batch.chunks(MAX_ACTIVITY).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let last = parts.len() - 1;
        for (index, seen) in parts.into_iter().enumerate() {
            // The question is answered once all of it is told.
            let round = answering.filter(|_| index == last);
            done(self.ask(Request::Activity { round, seen }, PATIENCE).await?)?;
        }
        Ok(())
    }

    async fn activity_wanted(&self) -> u64 {
        let mut heard = self.heard.lock().await;
        // The sender lives as long as this link.
        let _ = heard.changed().await;
        *heard.borrow_and_update()
    }

    async fn canary(
        &self,
        _edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        let wanted = CanaryWanted {
            answer,
            wait_ms: wait.as_ms(),
        };
        self.connections
            .canary(&wanted, PATIENCE + Duration::from(wait))
            .await
    }

    async fn word_on(&self, position: Position) -> Result<Word, LinkError> {
        match self.ask(Request::IsRevoked(Box::new(position)), PATIENCE).await? {
            Reply::Revoked(word) => Ok(word),
            _ => Err(unexpected()),
        }
    }

    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError> {
        match self
            .ask(Request::RedeemHostCode { code, flow, host }, PATIENCE)
            .await?
        {
            Reply::HostJoin(join) => Ok(join),
            _ => Err(unexpected()),
        }
    }
}

impl Known {
    /// The log is applied up to here: so is a snapshot that was taken no later.
    fn acknowledged(&mut self, frontier: Seq) {
        let applied =
            |(_, head): &(Digest, FeedHead)| head.seq.epoch() == frontier.epoch() && head.seq <= frontier;
        if let Some(given) = self.given.take_if(|given| applied(given)) {
            self.applied = Some(given);
        }
    }
}

fn done(reply: Reply) -> Result<(), LinkError> {
    match reply {
        Reply::Done => Ok(()),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> LinkError {
    LinkError("the answer is for another question".into())
}
