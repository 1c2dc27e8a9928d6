//! The kinds of event. One list for code, docs/EVENTS and metrics.

use serde::Serialize;

use super::hashed::HashedId;
use crate::assurance::Assurance;
use crate::name::{ClientId, Host};
use crate::revocation::Class;
use crate::seq::Seq;
use crate::session::Origin;
use crate::subject::Subject;
use crate::time::Timestamp;

macro_rules! events {
    ($($name:ident = $word:literal, $text:literal { $($field:ident : $type:ty),* $(,)? })*) => {
        /// A state change worth keeping. Each variant's meaning and fields are in docs/EVENTS.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "event")]
        #[allow(missing_docs, reason = "the doc comment of a variant is its text; its fields are the domain's words")]
        pub enum Event { $(
            #[doc = $text]
            #[serde(rename = $word)]
            $name { $($field: $type),* },
        )* }

        impl Event {
            /// Every registered kind: its word, its meaning, its fields.
            pub const KINDS: &'static [(&'static str, &'static str, &'static [&'static str])] =
                &[$(($word, $text, &[$(stringify!($field)),*]),)*];

            /// The registered word.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name { .. } => $word,)* }
            }
        }
    };
}

impl Event {
    /// Whose security it tells about: the subject is shown it. Nothing where it is an operator's business alone, or daily
    /// traffic.
    #[must_use]
    pub fn told_to(&self) -> Option<Subject> {
        match self {
            Self::SessionCreated { subject, .. }
            | Self::SessionEnded { subject, .. }
            | Self::SecretRenewed { subject, .. }
            | Self::RefreshReplayed { subject, .. }
            | Self::CodeReplayed { subject, .. }
            | Self::SignedOutEverywhere { subject, .. }
            | Self::UserDisabled { user: subject, .. }
            | Self::UserEnabled { user: subject, .. }
            | Self::PasswordChanged { user: subject, .. }
            | Self::PasswordFailures { user: subject, .. }
            | Self::LockoutBegun { user: subject, .. }
            | Self::LockoutEnded { user: subject, .. } => Some(subject.clone()),
            Self::Revoked {
                class: Class::Subject,
                key: Some(key),
                ..
            } => key.parse().ok(),
            _ => None,
        }
    }
}

events! {
    SessionCreated = "session.created", "A subject signed in: a new session." {
        session: HashedId, subject: Subject, assurance: Assurance, amr: Vec<String>, origin: Origin, seq: Seq,
    }
    SessionEnded = "session.ended", "A session ended." { session: HashedId, subject: Subject, cause: String, seq: Seq }
    SecretRenewed = "session.secret_renewed", "A session got a new secret; the old cookie is dead." {
        session: HashedId, subject: Subject, cause: String, generation: u32, seq: Seq,
    }
    HostJoined = "session.host_joined", "An application host got its own cookie of a session." {
        session: HashedId, subject: Subject, host: Host,
    }
    GrantCreated = "grant.created", "A client got a grant." {
        grant: HashedId, subject: Subject, client: ClientId, scope: String,
    }
    TokenIssued = "token.issued", "An access token was issued." { token: HashedId, subject: Subject, client: ClientId }
    TokenRefreshed = "token.refreshed", "A refresh token was rotated." {
        family: HashedId, client: ClientId, generation: u32, origin: Origin,
    }
    RefreshRetried = "token.refresh_retried", "A used refresh token was presented again inside its window: same successor." {
        family: HashedId, client: ClientId, generation: u32, origin: Origin, foreign: bool,
    }
    RefreshReplayed = "token.refresh_replayed", "A used refresh token was replayed: the grant and its session were revoked." {
        family: HashedId, grant: HashedId, client: ClientId, subject: Subject, origin: Origin, seq: Seq,
    }
    CodeReplayed = "token.code_replayed", "An authorization code was redeemed twice: its grant was revoked." {
        grant: HashedId, client: ClientId, subject: Subject, seq: Seq,
    }
    Revoked = "revocation.committed", "Something was revoked." {
        class: Class, key: Option<String>, cause: String, actor: String, seq: Seq,
    }
    LogoutUntold = "logout.untold", "A client was not told that a session ended: tried for a day (`given_up`), or too many wait (`too_many_wait`). Without a session: those of one revocation that nobody came to within a day." {
        session: Option<HashedId>, client: ClientId, cause: String,
    }
    UserAdded = "user.added", "A user was added." { user: Subject, actor: String }
    UserDisabled = "user.disabled", "A user was disabled: all credentials are dead." { user: Subject, actor: String, seq: Seq }
    UserEnabled = "user.enabled", "A user was enabled again." { user: Subject, actor: String }
    PasswordChanged = "user.password_changed", "A user's password was set or changed." { user: Subject, actor: String, seq: Seq }
    PasswordFailures = "user.password_failures", "A user signed in after wrong passwords were tried for the account." {
        user: Subject, failures: u32, last_at: Timestamp,
    }
    LockoutBegun = "user.lockout_begun", "Too many wrong passwords in a row: attempts from unknown places are not heard." {
        user: Subject, failures: u32,
    }
    LockoutEnded = "user.lockout_ended", "Attempts from unknown places are heard again." {
        user: Subject, failures: u32, cause: String, actor: String,
    }
    SignedOutEverywhere = "user.signed_out_everywhere", "Sessions and grants of a subject were ended together." {
        subject: Subject, kept: Option<HashedId>, sessions: u32, grants: u32, actor: String, seq: Seq,
    }
    ClientAdded = "client.added", "A client was registered." { client: ClientId, actor: String }
    ClientRemoved = "client.removed", "A client was removed: its credentials are dead." { client: ClientId, actor: String, seq: Seq }
    ClientSecretRotated = "client.secret_rotated", "A client got a new secret; those before end at `ends_at`, or have ended where there is none. \
        `seq` is the revocation of its credentials, where that was asked for." {
        client: ClientId, secret: String, ends_at: Option<Timestamp>, actor: String, seq: Option<Seq>,
    }
    ClientSecretRemoved = "client.secret_removed", "One of a client's secrets was removed." {
        client: ClientId, secret: String, actor: String,
    }
    AdminTokenAdded = "admin_token.added", "A lasting token of the admin API was made." {
        token: String, name: String, scopes: Vec<String>, expires_at: Timestamp, actor: String,
    }
    AdminTokenRemoved = "admin_token.removed", "A token of the admin API was removed." { token: String, name: String, actor: String }
    AdminActed = "admin.acted", "A call of the admin API was carried out: written together with what it changed. `outcome` is `done`, \
        `unchanged` (it was so already), `repeated` (an idempotency key) or `begun` (a backup, before its first byte)." {
        actor: String, action: String, target: Option<String>, outcome: String, reason: Option<String>, request: String,
    }
    AdminRefused = "admin.refused", "Calls of the admin API with a good token were refused: the first of a kind at once, all others of \
        its minute as one event. `count` says how many; `request` is the last one." {
        actor: String, action: String, code: String, count: u64, request: String,
    }
    KeyAnnounced = "key.announced", "A key was made and published as the reserve." { key: String, usage: String }
    KeyPromoted = "key.promoted", "A key took over; the one before retires." { key: String, retired: Option<String>, cause: String }
    KeyRemoved = "key.removed", "A retired key's private part was forgotten." { key: String }
    CanaryAccepted = "canary.accepted_late", "An edge accepted the canary after the time by which nobody may: revocation does not hold there." {
        edge: String, after_ms: u64, bound_ms: u64, seq: Seq,
    }
    EpochStarted = "store.epoch_started", "The log started a new epoch, because the store may have gone back in time." { epoch: u32, cause: String }
    SetupCompleted = "setup.completed", "The first administrator was made with the one-time set-up code." { user: Subject }
    SetupCodeMade = "setup.code_made", "A one-time set-up code was made on the machine that holds the store." { actor: String }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_carries_its_word() {
        let event = Event::KeyRemoved { key: "k".into() };
        assert_eq!(event.kind(), "key.removed");
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"event":"key.removed","key":"k"}"#
        );
        let mut words: Vec<_> = Event::KINDS.iter().map(|k| k.0).collect();
        words.dedup();
        assert_eq!(words.len(), Event::KINDS.len());
    }
}
