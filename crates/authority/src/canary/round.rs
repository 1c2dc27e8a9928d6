//! One round: make a credential, see that each edge accepts it, revoke it, and ask until each refuses.

use std::sync::Arc;
use std::time::Duration;

use domain::access_token::{ACCESS_TOKEN_TYPE, AccessClaims, Audience};
use domain::event::Event;
use domain::feed::{CANARY_AUDIENCE, CANARY_CLIENT, CANARY_ID, CanarySeen, EdgeName, LeaseTerms};
use domain::revocation::Target;
use domain::{ClientId, Seq, Span, Subject};
use store::intent::{Actor, Revoke};
use tokio::task::JoinSet;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Sung, whole_ms};
use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::oauth::signing;
use crate::revoke::Level;

/// How long an edge may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pauses between questions: the first is this long, each further one twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How long a canary lives, unless it is revoked: longer than any round.
const LIFE: Span = Span::from_mins(5);

/// The revocation of a round.
#[derive(Debug, Clone, Copy)]
struct Revoked {
    seq: Seq,
    at: Instant,
    /// From then on nobody may accept.
    bound: Duration,
}

impl Authority {
    /// One round. Nothing is revoked where no edge has a lease and accepts the canary first: an idle log does not grow.
    ///
    /// # Errors
    /// The store's fault, or that of a key.
    pub async fn sing(self: &Arc<Self>) -> Result<(), Fault> {
        let token = Arc::new(self.canary_token().await?);
        let mut asking = JoinSet::new();
        for (edge, _) in self.revoker.live_edges() {
            let (own, token) = (Arc::clone(self), Arc::clone(&token));
            asking.spawn(async move {
                let seen = own.canary.ask(&edge, &token, PATIENCE).await;
                (edge, seen)
            });
        }
        let first = asking.join_all().await;
        let revoked = if first.iter().any(|(_, seen)| accepts(*seen)) {
            Some(self.revoke_canary().await?)
        } else {
            None
        };
        let mut asking = JoinSet::new();
        for (edge, seen) in first {
            let (own, token) = (Arc::clone(self), Arc::clone(&token));
            asking.spawn(async move {
                let sung = match revoked {
                    Some(revoked) if accepts(seen) => own.until_refused(&edge, &token, revoked).await,
                    _ => silence(seen),
                };
                own.canary.fall_silent(&edge);
                (edge, sung)
            });
        }
        let sung = asking.join_all().await;
        self.heard.note(&sung);
        for (edge, sung) in &sung {
            self.heard_at(edge, *sung, revoked).await?;
        }
        Ok(())
    }

    pub(super) async fn canary_token(&self) -> Result<Zeroizing<String>, Fault> {
        let client: ClientId = CANARY_CLIENT
            .parse()
            .map_err(|e: domain::name::InvalidName| Fault::Keys(e.to_string()))?;
        let rs = self.store.head().await?.seq;
        let now = self.clock.now();
        let claims = AccessClaims {
            iss: self.issuer().to_owned(),
            sub: Subject::Client(client.clone()),
            aud: Audience::One(CANARY_AUDIENCE.to_owned()),
            exp: (now + LIFE).as_secs(),
            iat: now.as_secs(),
            jti: CANARY_ID,
            client_id: client,
            scope: String::new(),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            cnf: None,
            sid: None,
            tid: None,
            did: None,
            gid: None,
            rs,
            status: None,
        };
        let json = serde_json::to_vec(&claims).map_err(|e| Fault::Keys(e.to_string()))?;
        let algorithm = signing::access_token_algorithm(self)?;
        Ok(Zeroizing::new(self.keys.sign(
            algorithm,
            ACCESS_TOKEN_TYPE,
            &json,
        )?))
    }

    async fn revoke_canary(&self) -> Result<Revoked, Fault> {
        let longest = self.store.largest_lease().await?.max(self.config.lease.lease);
        let terms = LeaseTerms { lease: longest };
        let intent = Revoke {
            targets: vec![Target::Jti(CANARY_ID)],
            reason: "canary".to_owned(),
            actor: Actor::new("canary"),
            receipt: None,
        };
        match self.revoke(intent, Level::Durable).await? {
            Ok(receipt) => Ok(Revoked {
                seq: receipt.seq,
                at: Instant::now(),
                bound: Duration::from(terms.lease + terms.margin()),
            }),
            // Without a key there is nothing to be in conflict with.
            Err(_) => Err(Fault::Busy),
        }
    }

    /// Asks until the edge refuses. An acceptance counts as late only if the question was put after the bound.
    async fn until_refused(&self, edge: &EdgeName, token: &str, revoked: Revoked) -> Sung {
        let mut pause = FIRST_PAUSE;
        loop {
            let is_late = revoked.at.elapsed() >= revoked.bound;
            let seen = self.canary.ask(edge, token, PATIENCE).await;
            let after = revoked.at.elapsed();
            match seen {
                Some(CanarySeen::Revoked) => return Sung::Refused(after),
                Some(CanarySeen::Accepted) if is_late => return Sung::AcceptedLate(after),
                Some(CanarySeen::Accepted) => {}
                other => return silence(other),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn heard_at(&self, edge: &EdgeName, sung: Sung, revoked: Option<Revoked>) -> Result<(), Fault> {
        self.metrics.canary(edge, sung);
        let (Sung::AcceptedLate(after), Some(revoked)) = (sung, revoked) else {
            return Ok(());
        };
        tracing::error!(%edge, ?after, "the canary was accepted when nobody may: revocation does not hold at this edge");
        let event = Event::CanaryAccepted {
            edge: edge.to_string(),
            after_ms: whole_ms(after),
            bound_ms: whole_ms(revoked.bound),
            seq: revoked.seq,
        };
        Ok(self.store.append_events(vec![event]).await?)
    }
}

/// What it means that an edge does not accept, where it was not told of a revocation yet or cannot know of it.
const fn silence(seen: Option<CanarySeen>) -> Sung {
    match seen {
        None => Sung::Silent,
        Some(CanarySeen::Stale) => Sung::Stale,
        Some(CanarySeen::Accepted | CanarySeen::Revoked | CanarySeen::Other) => Sung::Other,
    }
}

fn accepts(seen: Option<CanarySeen>) -> bool {
    seen == Some(CanarySeen::Accepted)
}
