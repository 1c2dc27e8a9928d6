//! A session's life after login.

use domain::digest::Digest;
use domain::id::{Id, Session as SessionKind};
use domain::{Assurance, Seq, Span, Subject, Timestamp};

use super::Actor;

/// Gives a session a new secret at the authority (generation + 1): at step-up, privilege escalation, password change.
/// All older cookies of the session, at every host, die by class `session_secret`.
#[derive(Debug, Clone)]
pub struct RenewSecret {
    /// The session.
    pub session: Id<SessionKind>,
    /// The generation that the caller verified.
    pub generation: u32,
    /// Digest of the new secret at the authority's host.
    pub secret: Digest,
    /// The assurance and methods now reached, with the time, where a factor was verified.
    pub authenticated: Option<(Assurance, Vec<String>, Timestamp)>,
    /// The user's credential version when that factor was verified.
    pub credential_version: Option<u32>,
    /// New idle limit, where the assurance brings another.
    pub idle: Option<Span>,
    /// Why: `step_up`, `password_change`, `privilege`.
    pub cause: &'static str,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The new secret lives.
    Renewed {
        /// Its generation.
        generation: u32,
        /// Position of the `session_secret` entry.
        seq: Seq,
    },
    /// Somebody else renewed it first.
    Outdated,
    /// The session was revoked, or its user's credential changed.
    Revoked,
    /// Its time is over.
    Expired,
    /// No such session.
    Unknown,
}

/// Ends one session, its grants with it except those with `offline_access`.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// The session.
    pub session: Id<SessionKind>,
    /// Also end grants with `offline_access`.
    pub offline_too: bool,
    /// Why: `logout`, `admin`, `idle`, `cap`, `replaced`.
    pub cause: &'static str,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is over; position of the last entry.
    Ended(Seq),
    /// It was over before, or never was; nothing was written.
    Unknown,
}

/// Ends all of a subject's sessions and grants, those with `offline_access` too.
#[derive(Debug, Clone)]
pub struct EndEverywhere {
    /// Whose.
    pub subject: Subject,
    /// A living session of the subject that stays, with the grants that die with it.
    pub keep: Option<Id<SessionKind>>,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedEverywhere {
    /// All ended; how many were alive until now.
    Done {
        /// Position of the last entry; the head where nothing was left to end.
        seq: Seq,
        /// Sessions.
        sessions: u32,
        /// Grants.
        grants: u32,
    },
    /// The session to keep is not alive; nothing was written.
    Overtaken,
}

/// Activity that an edge or the authority saw. Recorded only forwards and never beyond the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// The session.
    pub session: Id<SessionKind>,
    /// When it was used.
    pub at: Timestamp,
}

/// Which sessions to list. Newest first; ended ones are never listed.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Of one subject.
    pub subject: Option<Subject>,
    /// After this id, for the next page.
    pub after: Option<Id<SessionKind>>,
    /// At most this many; the store caps it at 1000.
    pub limit: usize,
}
