//! The claims, and what of them a revocation judges.

use jose::KeyId;
use serde::{Deserialize, Serialize};

use crate::assurance::Assurance;
use crate::id::{Device, Grant, Id, Session, Token};
use crate::name::{ClientId, TenantId};
use crate::revocation::Position;
use crate::seq::Seq;
use crate::subject::Subject;
use crate::time::Span;

/// `typ` of an access token (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The longest life that any setting may give an access token.
pub const MAX_LIFE: Span = Span::from_mins(15);

/// Claims of an access token, as issued and as verified. Times are NumericDate seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Issuer.
    pub iss: String,
    /// `user:..` or `client:..`.
    pub sub: Subject,
    /// For whom.
    pub aud: Audience,
    /// End.
    pub exp: u64,
    /// Issued at.
    pub iat: u64,
    /// Token id.
    pub jti: Id<Token>,
    /// Client.
    pub client_id: ClientId,
    /// Space-separated scope.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// When the subject authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    /// Assurance level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Assurance>,
    /// Authentication methods (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Sender constraint (RFC 7800).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Session; absent with `offline_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Id<Session>>,
    /// Tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<TenantId>,
    /// Device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<Id<Device>>,
    /// Grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<Id<Grant>>,
    /// Log position before authentication began.
    pub rs: Seq,
    /// Where a third party can look whether it is revoked (draft-ietf-oauth-status-list).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusClaim>,
}

/// `status` (draft-ietf-oauth-status-list-21 section 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusClaim {
    /// Its one mechanism of ours.
    pub status_list: StatusListClaim,
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListClaim {
    /// Number of the bit.
    pub idx: u64,
    /// Where the list is.
    pub uri: String,
}

/// `aud`: one text or several (RFC 7519 section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A single audience.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// `cnf` (RFC 9449 section 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// SHA-256 thumbprint of the DPoP key.
    pub jkt: String,
}

impl Audience {
    /// From a list; a single one is written as a text.
    #[must_use]
    pub fn from_list(mut list: Vec<String>) -> Self {
        match (list.len(), list.pop()) {
            (1, Some(one)) => Self::One(one),
            (_, Some(last)) => {
                list.push(last);
                Self::Many(list)
            }
            (_, None) => Self::Many(list),
        }
    }

    /// Whether it names this audience.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.as_slice().iter().any(|a| a == audience)
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl AccessClaims {
    /// What a revocation could name in it. `key` is the one that verified it.
    #[must_use]
    pub fn position(&self, key: KeyId) -> Position {
        Position {
            rs: self.rs,
            subject: self.sub.clone(),
            tenant: self.tid.clone(),
            client: Some(self.client_id.clone()),
            device: self.did,
            grant: self.gid,
            session: self.sid,
            jti: Some(self.jti),
            generation: None,
            key: Some(key),
        }
    }

    /// Whether the space-separated scope holds a token.
    #[must_use]
    pub fn has_scope(&self, wanted: &str) -> bool {
        has_scope(&self.scope, wanted)
    }
}

/// Whether a space-separated scope holds a token.
#[must_use]
pub fn has_scope(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|one| one == wanted)
}
