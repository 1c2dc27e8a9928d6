//! The product's own link to its authority, watched: when it says that an entry is applied, and which grant was the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
use edge::NetworkLink;
use edge::link::{AuthorityLink, LinkError};

use super::board::Board;
use crate::world;

/// One edge's link.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) link: NetworkLink,
    pub(super) number: usize,
    pub(super) board: Arc<Board>,
    /// The edge's clock when it asked for the last lease that it was given, in milliseconds.
    pub(super) asked_at_ms: AtomicU64,
}

#[async_trait]
impl AuthorityLink for Watched {
    fn begin(&self, edge: &EdgeName, start: Id<Incarnation>) {
        self.link.begin(edge, start);
    }

    async fn canary(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        self.link.canary(edge, answer, wait).await
    }

    async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), LinkError> {
        // The edge says so once its map holds it, and not before: the stamp is a little late, never early.
        self.board
            .holds(self.number, frontier.as_u64(), world::boot_time());
        self.link.acknowledge(edge, incarnation, frontier).await
    }

    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError> {
        let asked_at = renewal.t0.as_ms();
        let reply = self.link.renew(renewal).await?;
        if matches!(reply, RenewalReply::Granted(_)) {
            self.asked_at_ms.fetch_max(asked_at, Ordering::SeqCst);
        }
        Ok(reply)
    }

    async fn snapshot(&self) -> Result<Snapshot, LinkError> {
        self.link.snapshot().await
    }

    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError> {
        self.link.entries_after(after, wait).await
    }

    async fn keys(&self, edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        self.link.keys(edge, known, wait).await
    }

    async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, LinkError> {
        self.link.session(id, purpose).await
    }

    async fn record_activity(
        &self,
        batch: Vec<(Id<Session>, Timestamp)>,
        answering: Option<u64>,
    ) -> Result<(), LinkError> {
        self.link.record_activity(batch, answering).await
    }

    async fn activity_wanted(&self) -> u64 {
        self.link.activity_wanted().await
    }

    async fn word_on(&self, position: Position) -> Result<Word, LinkError> {
        self.link.word_on(position).await
    }

    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError> {
        self.link.redeem_host_code(code, flow, host).await
    }
}
