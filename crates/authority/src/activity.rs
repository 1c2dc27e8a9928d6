//! Before a session is taken for idle, the edges are asked: they report activity in batches, so the record may be
//! seconds behind (credentials.md, "Idle").

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Face, Liveness, Session};

use crate::authority::Authority;
use crate::error::Fault;

/// How long edges may take to answer; one that does not has reported within its usual few seconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// Edges that can be asked to report at once what they have seen.
#[async_trait]
pub trait ActivitySource: Send + Sync + std::fmt::Debug {
    /// Returns when all that answer have reported.
    async fn collect(&self);
}

/// Where the authority asks; nowhere until an edge is there.
#[derive(Debug, Default)]
pub(crate) struct Asked(OnceLock<Arc<dyn ActivitySource>>);

impl Authority {
    /// From now on these edges are asked before a session is taken for idle. The first call counts.
    pub fn ask_before_idle(&self, source: Arc<dyn ActivitySource>) {
        let _ = self.asked.0.set(source);
    }

    /// A session with its face at a host; read again after the edges were asked, where it looks idle.
    pub(crate) async fn known_session(
        &self,
        id: Id<SessionKind>,
        purpose: &Purpose,
    ) -> Result<Option<(Session, Option<Face>)>, Fault> {
        let found = self.store.session(id, purpose).await?;
        let now = self.clock.now();
        let idle = found
            .as_ref()
            .is_some_and(|(session, _)| session.liveness(now) == Liveness::Idle);
        if !idle {
            return Ok(found);
        }
        let here = async {
            if let Some(source) = self.asked.0.get() {
                source.collect().await;
            }
        };
        let everybody = async { tokio::join!(here, self.rounds.collect()) };
        if tokio::time::timeout(PATIENCE, everybody).await.is_err() {
            tracing::warn!("an edge did not report its activity in time");
        }
        Ok(self.store.session(id, purpose).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::session::Origin;
    use domain::{Clock, Reason, Span, Timestamp};
    use store::Store;
    use store::intent::Activity;

    use crate::flows::login::{Login, LoginRequest, login};
    use crate::flows::session::{Presence, current};
    use crate::testing::{PASSWORD, add_user, authority};

    #[derive(Debug)]
    struct Edge {
        store: Arc<dyn Store>,
        saw: (Id<SessionKind>, Timestamp),
    }

    #[async_trait]
    impl ActivitySource for Edge {
        async fn collect(&self) {
            let (session, at) = self.saw;
            self.store
                .record_activity(vec![Activity { session, at }])
                .await
                .unwrap();
        }
    }

    /// Two seconds past the recorded idle end; an edge may have seen the session one second before it.
    async fn presence(edge_saw_it: bool) -> Presence {
        let (authority, clock) = authority().await;
        add_user(&authority, "ada").await;
        let request = LoginRequest {
            username: "ada".into(),
            password: PASSWORD.to_owned().into(),
            address: None,
            origin: Origin::default(),
            presented: None,
            device: None,
        };
        let Login::SignedIn(signed) = login(&authority, request).await.unwrap() else {
            panic!("not signed in")
        };
        let left = signed.view.idle_expires_at.since(clock.now());
        clock.advance(left.saturating_sub(Span::from_secs(1)));
        if edge_saw_it {
            let (store, saw) = (Arc::clone(&authority.store), (signed.view.session, clock.now()));
            authority.ask_before_idle(Arc::new(Edge { store, saw }));
        }
        clock.advance(Span::from_secs(3));
        current(&authority, Some(&signed.cookie)).await.unwrap()
    }

    #[tokio::test]
    async fn activity_that_an_edge_still_holds_keeps_a_session_alive() {
        assert!(matches!(presence(false).await, Presence::Invalid(Reason::Idle)));
        assert!(matches!(presence(true).await, Presence::Live(_)));
    }
}
