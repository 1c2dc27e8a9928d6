//! The authority's answer about a session, taken into memory.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use domain::Reason;
use domain::feed::SessionAnswer;
use domain::session::Liveness;

use super::Checker;
use crate::facts::{Holder, SessionFacts};
use crate::memory::{Key, host_of};
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
        let active = session.active_at.as_ms();
        let facts = SessionFacts {
            headers: SessionFacts::headers_of(&session),
            purpose: cold.purpose.clone(),
            csrf_token: cold.csrf_token.clone(),
            active: AtomicU64::new(active),
            reported: AtomicU64::new(active),
            number: self.memory.number(),
            position,
            ends_at,
            session,
        };
        let key = Key::Cookie(cold.value.as_bytes(), host_of(&cold.purpose));
        self.memory
            .insert(key, Holder::Session(Arc::new(facts)), (cold.epoch, ends_at), now);
        Ok(())
    }
}
