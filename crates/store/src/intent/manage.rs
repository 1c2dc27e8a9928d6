//! Administration: users, keys, set-up.

use domain::digest::Digest;
use domain::id::{Id, Session as SessionKind, User as UserKind};
use domain::key::KeyId;
use domain::key::{KeyRow, KeyState};
use domain::user::User;
use domain::{Seq, Timestamp};

use super::{Actor, Committed, KeepReceipt};

/// Adds a user.
#[derive(Debug, Clone)]
pub struct AddUser {
    /// The row.
    pub user: User,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAddition {
    /// The user exists.
    Added,
    /// The name is taken (compared without regard to case).
    NameTaken,
}

/// Sets a password. The credential version grows; sessions end except the one named, which gets a new secret.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// Whose.
    pub user: Id<UserKind>,
    /// PHC string of the new password.
    pub password: String,
    /// The version that the caller saw: a change in between is refused.
    pub credential_version: u32,
    /// Whether it opens nothing but its own replacement: one that somebody else chose.
    pub must_change: bool,
    /// The session that made the change, with the digest of its new secret: it lives on.
    pub keep: Option<(Id<SessionKind>, Digest)>,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChange {
    /// Changed; position of the last log entry, and the kept session's generation.
    Changed {
        /// Last entry.
        seq: Seq,
        /// Generation of the kept session's new secret.
        generation: Option<u32>,
    },
    /// Somebody else changed it first.
    Outdated,
    /// No such user, or disabled.
    Unknown,
}

/// What became of disabling, enabling or removing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disabling {
    /// Done; position of the revocation.
    Done(Seq),
    /// It was so already.
    Unchanged,
    /// No such row.
    Unknown,
}

/// The one-time set-up code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupCode {
    /// Digest of the code.
    pub digest: Digest,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// What became of a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// The administrator exists; the code is spent.
    Done,
    /// Wrong, spent or expired code. Five wrong ones spend it.
    Refused,
    /// The user name is taken; the code stays good.
    NameTaken,
}

/// A step of a key's life, applied only from the state that the plan saw.
#[derive(Debug, Clone)]
pub enum KeyStep {
    /// Adds an announced key; refused where one is announced already.
    Announce(KeyRow),
    /// `next` goes from announced to signing, `retire` from signing to retiring.
    Promote {
        /// The key that takes over.
        next: KeyId,
        /// The key that retires.
        retire: Option<KeyId>,
        /// Why: `schedule`, `command`, `emergency`.
        cause: &'static str,
    },
    /// The private part is wiped.
    Remove(KeyId),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// Applied.
    Done,
    /// A key was not in the state that the plan saw; plan again.
    Outdated(Option<KeyState>),
}

/// An emergency: a key is bad. One intent, since half of it helps nobody: the reserve takes over, the key leaves the key
/// set with its private part wiped, and everything that it made is revoked.
#[derive(Debug, Clone)]
pub struct RetireKey {
    /// The bad key, whatever its state.
    pub key: KeyId,
    /// Why, in the administrator's words.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// The receipt that is kept.
    pub receipt: Option<KeepReceipt>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRetirement {
    /// In the log, durable. A key that was removed before is revoked again.
    Retired(Committed),
    /// No such key.
    Unknown,
}
