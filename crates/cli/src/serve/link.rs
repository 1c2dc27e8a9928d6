//! The link between an edge and its authority where both live in one process: calls in place of a network.

use async_trait::async_trait;
use authority::Gateway;
use domain::cookie::Purpose;
use domain::feed::{
    CanaryAnswer, CanaryCheck, EdgeName, HostJoin, KeyBundle, Renewal, RenewalReply, SessionAnswer, Snapshot,
};
use domain::id::{Id, Incarnation, Session};
use domain::revocation::{LogEntry, Position};
use domain::secret::{FlowSecret, HostCode, Secret};
use domain::{Host, Seq, Span, Timestamp};
use edge::link::{AuthorityLink, LinkError};

/// An authority in the same process.
#[derive(Debug, Clone)]
pub(crate) struct InProcess(Gateway);

impl InProcess {
    pub(crate) const fn new(gateway: Gateway) -> Self {
        Self(gateway)
    }
}

/// The edge learns that the answer is missing; the cause is in the authority's own log.
fn unavailable(fault: authority::Fault) -> LinkError {
    LinkError(fault.to_string())
}

#[async_trait]
impl AuthorityLink for InProcess {
    async fn snapshot(&self) -> Result<Snapshot, LinkError> {
        self.0.snapshot().await.map_err(unavailable)
    }

    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError> {
        self.0
            .entries_after(after, wait)
            .await
            .map(Some)
            .map_err(unavailable)
    }

    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError> {
        self.0.renew(&renewal).await.map_err(unavailable)
    }

    async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), LinkError> {
        self.0.acknowledge(edge, incarnation, frontier);
        Ok(())
    }

    async fn keys(&self, edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        Ok(self.0.keys(edge, known, wait).await)
    }

    async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, LinkError> {
        self.0.session(id, purpose).await.map_err(unavailable)
    }

    async fn record_activity(
        &self,
        batch: Vec<(Id<Session>, Timestamp)>,
        _answering: Option<u64>,
    ) -> Result<(), LinkError> {
        self.0.record_activity(batch).await.map_err(unavailable)
    }

    async fn canary(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        Ok(self.0.canary(edge, answer, wait).await)
    }

    async fn is_revoked(&self, position: Position) -> Result<bool, LinkError> {
        self.0.is_revoked(position).await.map_err(unavailable)
    }

    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError> {
        self.0
            .redeem_host_code(&code, &flow, host)
            .await
            .map_err(unavailable)
    }
}
