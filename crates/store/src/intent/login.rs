//! A login's last step.

use std::fmt;

use domain::Seq;
use domain::digest::Digest;
use domain::id::{Id, Session as SessionKind};
use domain::lockout::Place;
use domain::session::{Overflow, Session};

/// Makes a session, unless something happened since the login began.
#[derive(Clone)]
pub struct CreateSession {
    /// The session, complete: id, `rs` read before the evidence, generation 1, times by the caller's clock.
    pub session: Session,
    /// Digest of the secret at the authority's host.
    pub secret: Digest,
    /// The user's credential version when the evidence was examined; nothing for subjects that are not users.
    pub credential_version: Option<u32>,
    /// The same password hashed anew, where the kept hash was made with other parameters. The credential stays the same.
    pub rehashed: Option<String>,
    /// Where the attempt was counted as a failure: that is taken back.
    pub counted: Option<Place>,
    /// A session of the same browser that this login replaces: ended in the same transaction (fixation).
    pub replaces: Option<Id<SessionKind>>,
    /// Most live sessions of the subject.
    pub cap: u32,
    /// What happens beyond.
    pub overflow: Overflow,
}

/// Without the hash.
impl fmt::Debug for CreateSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateSession")
            .field("session", &self.session)
            .field("credential_version", &self.credential_version)
            .field("counted", &self.counted)
            .field("replaces", &self.replaces)
            .finish_non_exhaustive()
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionCreation {
    /// It lives. Those that it displaced are ended.
    Created {
        /// Sessions ended by the cap.
        displaced: Vec<Id<SessionKind>>,
        /// Head of the log after the commit.
        head: Seq,
    },
    /// The password changed, or another credential, since the evidence was examined.
    CredentialChanged,
    /// The user is disabled or gone.
    Disabled,
    /// A revocation that covers it was committed since the login began.
    Revoked,
    /// The subject has as many sessions as it may.
    CapReached,
}
