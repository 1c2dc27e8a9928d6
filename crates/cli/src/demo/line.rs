//! The line between one edge of the demo and the authority, with a switch in it: what a cut cable does, done to calls.

use std::sync::Arc;

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
use edge::link::{AuthorityLink, LinkError};
use tokio::sync::watch;

/// The switch. Whoever draws the page and whoever carries calls share it.
#[derive(Debug)]
pub(crate) struct Line(watch::Sender<bool>);

impl Line {
    /// A line that carries.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(true)))
    }

    /// Whether it carries.
    pub(crate) fn is_connected(&self) -> bool {
        *self.0.borrow()
    }

    /// Cuts it, or joins it again.
    pub(crate) fn switch(&self, connected: bool) {
        self.0.send_replace(connected);
    }

    /// Carries one call. It is lost if the line is cut, or is being cut before the answer is back; whether it had reached the
    /// authority, the edge cannot know.
    async fn carry<T>(&self, call: impl Future<Output = Result<T, LinkError>>) -> Result<T, LinkError> {
        let mut connected = self.0.subscribe();
        tokio::select! {
            biased;
            _ = connected.wait_for(|connected| !*connected) => Err(LinkError("the demo's switch cut its line".into())),
            answer = call => answer,
        }
    }
}

/// A link with a switch in it.
#[derive(Debug)]
pub(crate) struct Switched {
    /// What answers while the line carries.
    pub(crate) link: Arc<dyn AuthorityLink>,
    /// The switch.
    pub(crate) line: Arc<Line>,
}

#[async_trait]
impl AuthorityLink for Switched {
    fn begin(&self, edge: &EdgeName, start: Id<Incarnation>) {
        self.link.begin(edge, start);
    }

    async fn snapshot(&self) -> Result<Snapshot, LinkError> {
        self.line.carry(self.link.snapshot()).await
    }

    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError> {
        self.line.carry(self.link.entries_after(after, wait)).await
    }

    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError> {
        self.line.carry(self.link.renew(renewal)).await
    }

    async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), LinkError> {
        let call = self.link.acknowledge(edge, incarnation, frontier);
        self.line.carry(call).await
    }

    async fn keys(&self, edge: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        self.line.carry(self.link.keys(edge, known, wait)).await
    }

    async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, LinkError> {
        self.line.carry(self.link.session(id, purpose)).await
    }

    async fn record_activity(
        &self,
        batch: Vec<(Id<Session>, Timestamp)>,
        answering: Option<u64>,
    ) -> Result<(), LinkError> {
        self.line.carry(self.link.record_activity(batch, answering)).await
    }

    async fn activity_wanted(&self) -> u64 {
        self.link.activity_wanted().await
    }

    async fn canary(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Result<Option<CanaryCheck>, LinkError> {
        self.line.carry(self.link.canary(edge, answer, wait)).await
    }

    async fn word_on(&self, position: Position) -> Result<Word, LinkError> {
        self.line.carry(self.link.word_on(position)).await
    }

    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError> {
        let call = self.link.redeem_host_code(code, flow, host);
        self.line.carry(call).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cut_line_loses_what_is_under_way_and_what_comes_after() {
        let line = Line::new();
        assert_eq!(line.carry(async { Ok(1) }).await, Ok(1));
        let (under_way, ()) = tokio::join!(line.carry(std::future::pending::<Result<(), _>>()), async {
            line.switch(false);
        });
        assert!(under_way.is_err());
        assert!(line.carry(async { Ok(()) }).await.is_err(), "nothing passes");
        line.switch(true);
        assert_eq!(line.carry(async { Ok(2) }).await, Ok(2), "and heals");
    }
}
