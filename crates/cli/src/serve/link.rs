//! The link between an edge and its authority where both live in one process: calls in place of a network.

use std::sync::OnceLock;

use async_trait::async_trait;
use authority::Gateway;
use domain::cookie::Purpose;
use domain::feed::{
    CanaryAnswer, CanaryCheck, EdgeName, EdgeStart, HostJoin, KeyBundle, Renewal, RenewalReply,
    SessionAnswer, Snapshot, Word,
};
use domain::id::{Id, Incarnation, Session};
use domain::revocation::{LogEntry, Position};
use domain::secret::{FlowSecret, HostCode, Secret};
use domain::{Host, Seq, Span, Timestamp};
use edge::link::{AuthorityLink, LinkError};

/// An authority in the same process, and which start of which edge speaks to it.
#[derive(Debug)]
pub(crate) struct InProcess(Gateway, OnceLock<EdgeStart>);

impl InProcess {
    pub(crate) const fn new(gateway: Gateway) -> Self {
        Self(gateway, OnceLock::new())
    }

    fn start(&self) -> Result<&EdgeStart, LinkError> {
        self.1
            .get()
            .ok_or_else(|| LinkError("the edge has not begun".into()))
    }
}

/// The edge learns that the answer is missing; the cause is in the authority's own log.
fn unavailable(fault: authority::Fault) -> LinkError {
    LinkError(fault.to_string())
}

#[async_trait]
impl AuthorityLink for InProcess {
    fn begin(&self, edge: &EdgeName, start: Id<Incarnation>) {
        let edge = edge.clone();
        let start = self.1.get_or_init(|| EdgeStart {
            edge,
            incarnation: start,
        });
        self.0.begin(start);
    }

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
        let heard = self.0.acknowledge(edge, incarnation, frontier);
        heard.await.map_err(unavailable)
    }

    async fn keys(&self, _edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        Ok(self.0.keys(self.start()?, known, wait).await)
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

    async fn word_on(&self, position: Position) -> Result<Word, LinkError> {
        let word = self.0.word_on(self.start()?, position);
        word.await.map_err(unavailable)
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
