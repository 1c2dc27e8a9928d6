//! What an edge asks of its authority. In one process the composition root answers by calls; over a network, by the feed.

use async_trait::async_trait;
use domain::cookie::Purpose;
use domain::feed::{
    CanaryAnswer, CanaryCheck, EdgeName, HostJoin, KeyBundle, Renewal, RenewalReply, SessionAnswer, Snapshot,
    Word,
};
use domain::id::{Id, Incarnation, Session};
use domain::revocation::{LogEntry, Position};
use domain::secret::{FlowSecret, HostCode, Secret};
use domain::{Host, Seq, Span, Timestamp};

/// The authority cannot answer now. The edge keeps what it has, which only refuses more, and tries again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authority cannot be asked: {0}")]
pub struct LinkError(pub String);

/// The authority, as an edge sees it.
#[async_trait]
pub trait AuthorityLink: Send + Sync + std::fmt::Debug {
    /// The edge begins: everything else on this link is said by this start of it. Called once, before all others.
    fn begin(&self, edge: &EdgeName, start: Id<Incarnation>);
    /// Every watermark at the head: to join, and after a gap.
    async fn snapshot(&self) -> Result<Snapshot, LinkError>;
    /// Entries after a position; waits up to `wait` for the first. Empty: nothing yet. `None`: the edge is too far behind
    /// for entries, and takes a snapshot.
    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError>;
    /// Asks for a lease.
    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError>;
    /// Says that the log is applied up to a position.
    async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), LinkError>;
    /// The keys, once their version differs from `known`, or after `wait`. `known` also confirms to the authority that
    /// this start of the edge holds that version: a key signs only once every live start of every edge has confirmed it.
    async fn keys(&self, edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError>;
    /// A session with its face at a host.
    async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, LinkError>;
    /// Reports activity in a batch; `answering` is what [`AuthorityLink::activity_wanted`] gave.
    async fn record_activity(
        &self,
        batch: Vec<(Id<Session>, Timestamp)>,
        answering: Option<u64>,
    ) -> Result<(), LinkError>;
    /// Returns when the authority wants to know of all activity at once, with the number of its question. In one process
    /// it asks by a call.
    async fn activity_wanted(&self) -> u64 {
        std::future::pending().await
    }
    /// Tells what the canary's last question came to, and waits up to `wait` for the next one; `None`: there is none yet. An
    /// authority that keeps no canary never asks.
    async fn canary(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        let _ = (edge, answer, wait);
        std::future::pending().await
    }
    /// Whether the primary knows of a revocation of this position, in a reading that starts now (`on_stale = "ask"`), and
    /// for how long that is good.
    async fn word_on(&self, position: Position) -> Result<Word, LinkError>;
    /// Redeems a one-time host code for this host's own cookie.
    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError>;
}
