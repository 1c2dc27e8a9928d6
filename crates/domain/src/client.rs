//! OAuth clients (RFC 6749 section 2).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::name::{ClientId, TenantId};
use crate::time::{Span, Timestamp};

mod secret;

pub use secret::{LONGEST_OVERLAP, MOST_SECRETS, RegisteredSecret, SecretRemoval, USUAL_OVERLAP};

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// A name for the consent page.
    pub name: String,
    /// Tenant, where there are tenants.
    pub tenant: Option<TenantId>,
    /// Whether it keeps no secret. A fact of its own: a confidential client that has lost its secrets is not public.
    pub public: bool,
    /// Its secrets, oldest first; more than one while one is being replaced, none for a public client.
    pub secrets: Vec<RegisteredSecret>,
    /// Grants it may use.
    pub grants: BTreeSet<GrantType>,
    /// Redirect URIs, compared as exact strings (RFC 9700 section 2.1); the port of a loopback address may vary.
    pub redirect_uris: Vec<String>,
    /// Audiences it may ask tokens for; the first is the default.
    pub audiences: Vec<String>,
    /// Scopes it may ask for.
    pub scopes: BTreeSet<String>,
    /// Whether users are asked for consent.
    pub consent: bool,
    /// Life of its access tokens: at most 15 minutes.
    pub access_token_life: Span,
    /// Life of a refresh token family.
    pub refresh: RefreshPolicy,
    /// Where it is told that sessions end; nothing: nowhere.
    pub logout: Option<BackchannelLogout>,
    /// When the row was made.
    pub created_at: Timestamp,
}

/// Where a client is told that a session ended (OpenID Connect Back-Channel Logout 1.0 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackchannelLogout {
    /// `backchannel_logout_uri`.
    pub uri: String,
    /// `backchannel_logout_session_required`: it knows sessions by `sid` alone. We always send it.
    pub session_required: bool,
}

/// Per-client refresh policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// Absolute life of a family.
    pub absolute: Span,
    /// How long a family may stay unused.
    pub idle: Span,
    /// How long a retry of the previous token gets the same successor.
    pub retry_window: Span,
    /// Whether each use rotates. Public clients always rotate.
    pub rotate: bool,
}

impl Default for RefreshPolicy {
    fn default() -> Self {
        Self {
            absolute: Span::from_days(30),
            idle: Span::from_days(14),
            retry_window: Span::from_secs(10),
            rotate: true,
        }
    }
}

/// A grant type (RFC 6749 section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantType {
    /// `authorization_code`
    AuthorizationCode,
    /// `refresh_token`
    RefreshToken,
    /// `client_credentials`
    ClientCredentials,
}

impl GrantType {
    /// Every grant type on offer.
    pub const ALL: [Self; 3] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
    ];

    /// The registered word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not a grant type on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown grant type: expected authorization_code, refresh_token or client_credentials")]
pub struct UnknownGrantType;

impl FromStr for GrantType {
    type Err = UnknownGrantType;
    fn from_str(text: &str) -> Result<Self, UnknownGrantType> {
        Self::ALL
            .into_iter()
            .find(|g| g.as_str() == text)
            .ok_or(UnknownGrantType)
    }
}

impl Client {
    /// A client without a secret.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.public
    }
}
