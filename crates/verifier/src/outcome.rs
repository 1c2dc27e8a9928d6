//! What a check comes to.

use domain::cookie::Purpose;
use domain::csrf::CsrfKey;
use domain::feed::Word;
use domain::id::{Id, Session};
use domain::revocation::Position;
use domain::{BootTime, Digest, Reason, Seq, Span};
use zeroize::Zeroizing;

use crate::memory::CookieName;
use crate::permit::Permit;
use crate::refusal::Refusal;

/// Let through, refused, or a question that only the authority can answer.
#[derive(Debug)]
pub enum Outcome {
    /// Let through.
    Permit(Permit),
    /// Refused for good.
    Refuse(Refusal),
    /// Refused for now: the edge has not heard from its authority for too long.
    Stale {
        /// By how much.
        by: Span,
    },
    /// The cookie is ours, but its session is not in memory, or seems idle: ask for the session, call
    /// [`crate::Checker::remember_session`], and check again.
    NeedsSession(Box<ColdSession>),
    /// The credential is newer than the map: pull the log up to there and check again. Above the head it is forged.
    Behind(Seq),
    /// The route wants the authority's word: ask, in a reading that starts now, and check with the [`Confirmed`].
    NeedsAuthority(Box<Question>),
}

/// An unsealed cookie whose session has to be asked for.
pub struct ColdSession {
    pub(crate) id: Id<Session>,
    pub(crate) purpose: Purpose,
    pub(crate) digest: Digest,
    pub(crate) generation: u32,
    pub(crate) key: jose::KeyId,
    pub(crate) csrf: Zeroizing<[u8; CsrfKey::TOKEN_LEN]>,
    pub(crate) cookie: CookieName,
    pub(crate) epoch: u32,
}

/// A position that the authority is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    position: Position,
    asked_at: BootTime,
}

/// The authority knew of no revocation of this position, in a reading that began after the check did. Good for one
/// check, and for what that lets through, until its time is over; never kept.
#[derive(Debug)]
pub struct Confirmed {
    pub(crate) position: Position,
    pub(crate) asked_at: BootTime,
    /// Until then revocations wait for this edge.
    pub(crate) ends_at: BootTime,
}

impl Confirmed {
    /// Whether it is a word on this, and its time is not over: a process may have slept since it asked.
    pub(crate) fn is_on(&self, position: &Position, now: BootTime) -> bool {
        self.position == *position && now < self.ends_at
    }
}

impl ColdSession {
    /// The session to ask for.
    #[must_use]
    pub const fn id(&self) -> Id<Session> {
        self.id
    }

    /// At which host.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

impl std::fmt::Debug for ColdSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColdSession({}, {})", self.id, self.purpose.label())
    }
}

impl Question {
    pub(crate) const fn new(position: Position, asked_at: BootTime) -> Self {
        Self { position, asked_at }
    }

    /// What to ask about.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Reason::Revoked`].
    pub fn answered(self, word: Word) -> Result<Confirmed, Refusal> {
        if word.revoked {
            return Err(Refusal::new(
                Reason::Revoked,
                "the authority knows of a revocation",
            ));
        }
        Ok(Confirmed {
            position: self.position,
            asked_at: self.asked_at,
            ends_at: self.asked_at + word.carries,
        })
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}
