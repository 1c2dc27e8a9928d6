//! What the authority does for edges. The composition root joins it to `edge::AuthorityLink`; a network feed will too.

use std::sync::Arc;
use std::time::Duration;

use domain::code::challenge_of;
use domain::cookie::{Purpose, SealedPayload};
use domain::feed::{
    CanaryAnswer, CanaryCheck, EdgeName, EdgeStart, HostJoin, KeyBundle, Renewal, RenewalReply,
    SessionAnswer, Snapshot, Word,
};
use domain::id::{Id, Incarnation, Session};
use domain::revocation::{LogEntry, Position};
use domain::secret::{FlowSecret, HostCode, Secret};
use domain::{Host, Seq, Span, Timestamp};
use store::intent::{Activity, HostCodeRedemption, RedeemHostCode};

use crate::authority::Authority;
use crate::error::Fault;

/// How long an append that nobody announced can stay unseen.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Most log entries in one answer.
const BATCH: usize = 4096;
/// Sessions whose activity is written at once: logins and revocations take their turn in between.
const TOLD_AT_ONCE: usize = 256;
/// How often the head is read for one grant: an append that is waited for makes an earlier reading worthless.
const READINGS: usize = 4;

/// The edges' side of an authority.
#[derive(Debug, Clone)]
pub struct Gateway(Arc<Authority>);

impl Gateway {
    /// Serves the edges of this authority.
    #[must_use]
    pub const fn new(authority: Arc<Authority>) -> Self {
        Self(authority)
    }

    /// An edge of this process: its routes that go on accepting for a while after its lease, by their written exception.
    /// Every receipt that such a route escapes names it. From now on its name is nobody else's.
    pub fn declare_exceptions(&self, edge: &EdgeName, routes: Vec<(String, Span)>) {
        self.0.revoker.declare_own(edge, routes);
    }

    /// That edge begins.
    pub fn begin(&self, start: &EdgeStart) {
        self.0.revoker.begin_own(start);
    }

    /// Every watermark at the head.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn snapshot(&self) -> Result<Snapshot, Fault> {
        Ok(self.0.store.snapshot().await?)
    }

    /// Entries after a position; waits for the first. Subscribes before it reads, so no append goes unseen.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn entries_after(&self, after: Seq, wait: Span) -> Result<Vec<LogEntry>, Fault> {
        let mut appended = self.0.revoker.subscribe();
        let mut left = Duration::from(wait);
        loop {
            let entries = self.0.store.entries_after(after, BATCH).await?;
            if !entries.is_empty() || left.is_zero() {
                return Ok(entries);
            }
            // Whoever appended may have gone away before it could say so: the log itself is looked at now and then.
            let rest = left.min(LOOK_EVERY);
            let _ = tokio::time::timeout(rest, appended.changed()).await;
            left = left.saturating_sub(rest);
        }
    }

    /// Grants a lease, if the edge's position is part of this log.
    ///
    /// # Errors
    /// The store's fault: then the edge's lease runs out by itself.
    pub async fn renew(&self, renewal: &Renewal) -> Result<RenewalReply, Fault> {
        let known = self.0.store.digest_at(renewal.frontier).await?;
        for _ in 0..READINGS {
            // This node's own clock before it reads the head: the grant is as old as this, not younger.
            let read_at = self.0.clock.boot();
            let head = self.0.store.head().await?;
            if known != Some(renewal.digest) || renewal.frontier.epoch() != head.seq.epoch() {
                return Ok(RenewalReply::Resynchronise);
            }
            if let Some(grant) = self.0.revoker.grant(renewal, head, read_at) {
                return Ok(RenewalReply::Granted(grant));
            }
        }
        Err(Fault::Busy)
    }

    /// An edge has applied the log up to a position.
    ///
    /// # Errors
    /// The store's fault; the log does not reach so far.
    pub async fn acknowledge(
        &self,
        edge: &EdgeName,
        incarnation: Id<Incarnation>,
        frontier: Seq,
    ) -> Result<(), Fault> {
        let revoker = &self.0.revoker;
        if revoker.acknowledge(edge, incarnation, frontier) {
            return Ok(());
        }
        // It was faster than whoever appended and has yet to say so; or it claims what is not there.
        revoker.published(self.0.store.head().await?.seq);
        if revoker.acknowledge(edge, incarnation, frontier) {
            return Ok(());
        }
        tracing::warn!(%edge, frontier = frontier.as_u64(), "an edge acknowledges what the log does not hold");
        Err(Fault::Busy)
    }

    /// The keys, once they differ from what this start of an edge knows.
    pub async fn keys(&self, start: &EdgeStart, known: Option<u64>, wait: Span) -> KeyBundle {
        // A version above ours was made by another process: it says nothing of these keys.
        if let Some(version) = known.filter(|known| *known <= self.0.keys.version()) {
            self.0.revoker.holds_keys(start, version);
        }
        let mut changed = self.0.keys.subscribe();
        if known == Some(self.0.keys.version()) {
            let _ = tokio::time::timeout(Duration::from(wait), changed.changed()).await;
        }
        self.0.keys.bundle()
    }

    /// A session with its face at a host.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn session(&self, id: Id<Session>, purpose: &Purpose) -> Result<Option<SessionAnswer>, Fault> {
        let found = self.0.known_session(id, purpose).await?;
        Ok(found.and_then(|(session, face)| Some(SessionAnswer { session, face: face? })))
    }

    /// Activity that an edge saw.
    ///
    /// # Errors
    /// The store's fault; the edge keeps the batch.
    pub async fn record_activity(&self, batch: Vec<(Id<Session>, Timestamp)>) -> Result<(), Fault> {
        for part in batch.chunks(TOLD_AT_ONCE) {
            let seen = |(session, at): &(Id<Session>, Timestamp)| Activity {
                session: *session,
                at: *at,
            };
            self.0
                .store
                .record_activity(part.iter().map(seen).collect())
                .await?;
        }
        Ok(())
    }

    /// Takes what the canary's last question came to at an edge, and gives the next one once there is one.
    pub async fn canary(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Option<CanaryCheck> {
        self.0.canary.next(edge, answer, wait).await
    }

    /// Whether the primary knows of a revocation of this position now. What the word lets through may go on for a while at
    /// an edge whose map is behind: so it is on record, as a lease is, before the primary is read.
    ///
    /// # Errors
    /// The store's fault; too many starts of this edge.
    pub async fn word_on(&self, start: &EdgeStart, position: Position) -> Result<Word, Fault> {
        let carries = self.0.revoker.vouch(start).ok_or(Fault::Busy)?;
        Ok(Word {
            revoked: self.0.store.is_revoked(position).await?,
            carries,
        })
    }

    /// Gives a host its own cookie of the session that a one-time code stands for.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn redeem_host_code(
        &self,
        code: &Secret<HostCode>,
        flow: &Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, Fault> {
        let authority = &self.0;
        let secret = Secret::generate(authority.entropy.as_ref());
        let intent = RedeemHostCode {
            digest: code.digest(),
            host: host.clone(),
            challenge: challenge_of(&flow.reveal()),
            secret: secret.digest(),
        };
        let HostCodeRedemption::Joined { session, face } = authority.store.redeem_host_code(intent).await?
        else {
            return Ok(HostJoin::Refused);
        };
        let payload = SealedPayload {
            session: session.id,
            secret,
            generation: face.generation,
        };
        let cookie = authority.keys.seal(&payload, &Purpose::Application(host))?;
        authority.metrics.session("joined");
        Ok(HostJoin::Joined {
            cookie,
            expires_at: session.expires_at,
        })
    }
}
