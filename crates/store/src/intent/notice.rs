//! Whom to tell that a session ended: kept until it was told, or for a day.

use domain::id::{Id, Session as SessionKind};
use domain::{ClientId, Span, Subject, Timestamp};

/// How long somebody is tried to be told.
pub const NOTICE_LIFE: Span = Span::from_days(1);
/// Most notices of one client that wait: beyond it an end is committed all the same, and the client is not told of it.
pub const MAX_NOTICES: u64 = 10_000;

/// A client that has to be told that a session, or its own grant in it, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number: never used twice, and the same each time it is tried.
    pub number: u64,
    /// Who is told.
    pub client: ClientId,
    /// Whose session it was.
    pub subject: Subject,
    /// Which.
    pub session: Id<SessionKind>,
    /// When it ended.
    pub at: Timestamp,
    /// When to try next.
    pub due_at: Timestamp,
    /// How often it was tried in vain.
    pub tries: u32,
}

/// Very many sessions of a client may have ended by one revocation: they are looked for bit by bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutScan {
    /// Whose.
    pub client: ClientId,
    /// When the newest of such revocations was.
    pub since: Timestamp,
    /// The last session that was looked at.
    pub after: Option<Id<SessionKind>>,
    /// Whether there was another one meanwhile: once more from the beginning.
    pub again: bool,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeStep {
    /// It was told, or there is nobody to tell any more.
    Done,
    /// In vain: once more at this time.
    Again {
        /// When.
        due_at: Timestamp,
    },
    /// In vain for too long: given up, with an event.
    GivenUp,
}
