//! A grant: what a subject allowed a client, or a client is allowed on its own behalf.

use std::collections::BTreeSet;

use crate::assurance::Assurance;
use crate::id::{Device, Grant as GrantKind, Id, Session};
use crate::name::{ClientId, TenantId};
use crate::revocation::Position;
use crate::seq::Seq;
use crate::subject::Subject;
use crate::time::Timestamp;

/// The scope under which a grant outlives its session (OpenID Connect Core section 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// A live grant. Its end is a watermark of class `grant`, never a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Row id: `gid`.
    pub id: Id<GrantKind>,
    /// Who allowed it.
    pub subject: Subject,
    /// To whom.
    pub client: ClientId,
    /// Tenant, where there are tenants.
    pub tenant: Option<TenantId>,
    /// Device of the session, if known.
    pub device: Option<Id<Device>>,
    /// The session it was made in.
    pub session: Option<Id<Session>>,
    /// Inherited from the session's authentication.
    pub rs: Seq,
    /// What was granted; a refresh never widens it.
    pub scope: BTreeSet<String>,
    /// Whom its tokens are for.
    pub audience: Vec<String>,
    /// When the subject authenticated.
    pub authenticated_at: Timestamp,
    /// How strongly, where that was known when the grant was made. A later step-up makes it no stronger.
    pub assurance: Option<Assurance>,
    /// By which methods (RFC 8176), where that was known.
    pub amr: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When everything under it ends.
    pub expires_at: Timestamp,
}

impl Grant {
    /// Whether it outlives its session.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.scope.contains(OFFLINE_ACCESS)
    }

    /// The session that its tokens die with: none for `offline_access`.
    #[must_use]
    pub fn bound_session(&self) -> Option<Id<Session>> {
        self.session.filter(|_| !self.is_offline())
    }

    /// Its position. A grant with `offline_access` is not covered by class `session`.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            tenant: self.tenant.clone(),
            client: Some(self.client.clone()),
            device: self.device,
            grant: Some(self.id),
            session: self.bound_session(),
            ..Position::of(self.subject.clone(), self.rs)
        }
    }
}
