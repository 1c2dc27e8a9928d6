//! The authority's answer about a session, taken into memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use domain::Reason;
use domain::feed::SessionAnswer;
use domain::session::Liveness;

use super::Checker;
use crate::facts::{Facts, Holder, Kind, SessionFacts, whole_seconds};
use crate::memory::Key;
use crate::outcome::ColdSession;
use crate::refusal::Refusal;

impl Checker {
    /// Takes the authority's answer about a session whose cookie was cold. The cookie's secret must be the session's;
    /// the next check judges revocation.
    ///
    /// # Errors
    /// The session is gone, over, or has another secret.
    pub fn remember_session(&self, cold: &ColdSession, answer: Option<SessionAnswer>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let Some(SessionAnswer { session, face }) = answer else {
            return Err(Refusal::new(Reason::Revoked, "the session is gone"));
        };
        if session.id != cold.id || face.session != cold.id || face.purpose != cold.purpose {
            return Err(Refusal::new(
                Reason::Unavailable,
                "the authority answered about another session",
            ));
        }
        let grace = face
            .previous
            .filter(|(digest, until)| *digest == cold.digest && now < *until);
        let ends_at = if face.digest == cold.digest && face.generation == cold.generation {
            session.expires_at
        } else if let Some((_, until)) = grace.filter(|_| cold.generation <= face.generation) {
            until.min(session.expires_at)
        } else if cold.generation < face.generation {
            return Err(Refusal::new(Reason::Revoked, "the session has a newer secret"));
        } else {
            return Err(Refusal::new(
                Reason::Malformed,
                "the cookie's secret is not the session's",
            ));
        };
        match session.liveness(now) {
            Liveness::Expired => return Err(Reason::Expired.into()),
            Liveness::Idle => return Err(Reason::Idle.into()),
            Liveness::Live => {}
        }
        let mut position = session.position();
        position.generation = Some(cold.generation);
        position.key = Some(cold.key.clone());
        let facts = Facts {
            position: self.memory.commons.position(position),
            ends_at,
            number: self.memory.number(),
            epoch: AtomicU32::new(cold.epoch),
            authenticated_s: whole_seconds(session.authenticated_at.as_secs()),
            kind: Kind::Session(SessionFacts {
                cookie: cold.cookie,
                assurance: session.assurance,
                csrf: cold.csrf.clone(),
                idle_s: whole_seconds(session.idle.as_secs()),
                active: AtomicU64::new(session.active_at.as_ms().saturating_mul(2)),
            }),
        };
        self.memory
            .insert(Key::Cookie(cold.cookie), Holder(Arc::new(facts)), now);
        Ok(())
    }
}
