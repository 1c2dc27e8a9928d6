//! Where a credential stands: its `rs` and everything that a revocation could name in it.

use jose::KeyId;

use crate::id::{Device, Grant, Id, Session, Token};
use crate::name::{ClientId, TenantId};
use crate::seq::Seq;
use crate::subject::Subject;

/// What the revocation map judges. Made from a verified token, an unsealed cookie with its record, or a row that a
/// store intent is about to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The log position read before authentication began.
    pub rs: Seq,
    /// `sub`.
    pub subject: Subject,
    /// `tid`.
    pub tenant: Option<TenantId>,
    /// `client_id`.
    pub client: Option<ClientId>,
    /// `did`.
    pub device: Option<Id<Device>>,
    /// `gid`.
    pub grant: Option<Id<Grant>>,
    /// `sid`; absent where the credential outlives the session (`offline_access`).
    pub session: Option<Id<Session>>,
    /// `jti`.
    pub jti: Option<Id<Token>>,
    /// The generation of a cookie's secret.
    pub generation: Option<u32>,
    /// The key that signed or sealed it.
    pub key: Option<KeyId>,
}

impl Position {
    /// A position with subject and `rs` alone; the rest is filled in with struct update.
    #[must_use]
    pub const fn of(subject: Subject, rs: Seq) -> Self {
        Self {
            rs,
            subject,
            tenant: None,
            client: None,
            device: None,
            grant: None,
            session: None,
            jti: None,
            generation: None,
            key: None,
        }
    }
}
