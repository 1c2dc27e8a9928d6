//! What is known of a credential once it was verified. Says nothing about revocation, route or time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::access_token::AccessClaims;
use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::revocation::Position;
use domain::session::Session;
use domain::{Assurance, Seq, Timestamp};
use http::HeaderValue;
use zeroize::Zeroizing;

/// A verified access token.
#[derive(Debug)]
pub struct TokenFacts {
    /// Its claims.
    pub claims: AccessClaims,
    /// What a revocation could name in it.
    pub position: Position,
    pub(crate) headers: IdentityHeaders,
    pub(crate) number: u64,
}

/// A session as its cookie at one host shows it.
pub struct SessionFacts {
    /// The record, as the authority told it.
    pub session: Session,
    /// Which cookie.
    pub purpose: Purpose,
    /// With the cookie's generation and its sealing key.
    pub position: Position,
    pub(crate) csrf_token: Zeroizing<String>,
    /// The absolute end, or the end of the grace of a replaced secret.
    pub(crate) ends_at: Timestamp,
    pub(crate) active: AtomicU64,
    pub(crate) reported: AtomicU64,
    pub(crate) headers: IdentityHeaders,
    pub(crate) number: u64,
}

/// Whose credential it is.
#[derive(Debug, Clone)]
pub enum Holder {
    /// A session.
    Session(Arc<SessionFacts>),
    /// A bearer token.
    Token(Arc<TokenFacts>),
}

/// Values for an upstream, made once.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdentityHeaders {
    pub(crate) subject: Option<HeaderValue>,
    pub(crate) session: Option<HeaderValue>,
    pub(crate) client: Option<HeaderValue>,
    pub(crate) scope: Option<HeaderValue>,
    pub(crate) assurance: Option<HeaderValue>,
}

impl TokenFacts {
    pub(crate) fn new(claims: AccessClaims, key: jose::KeyId, number: u64) -> Self {
        let headers = IdentityHeaders {
            subject: value(&claims.sub.to_string()),
            session: claims.sid.and_then(|id| value(&id.to_string())),
            client: value(claims.client_id.as_str()),
            scope: value(&claims.scope).filter(|v| !v.is_empty()),
            assurance: claims.acr.and_then(|a| value(a.as_str())),
        };
        Self {
            position: claims.position(key),
            claims,
            headers,
            number,
        }
    }
}

impl SessionFacts {
    /// The token for `X-CSRF-Token`: shown to the session's own pages alone.
    #[must_use]
    pub fn csrf_token(&self) -> &str {
        &self.csrf_token
    }

    /// When it was last used, as far as this edge knows.
    #[must_use]
    pub fn active_at(&self) -> Timestamp {
        Timestamp::from_ms(self.active.load(Ordering::Acquire))
    }

    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        now >= self.active_at() + self.session.idle
    }

    pub(crate) fn touch(&self, now: Timestamp) {
        self.active.fetch_max(now.as_ms(), Ordering::AcqRel);
    }

    /// Activity that was not reported yet; it counts as reported from now on.
    pub(crate) fn take_activity(&self) -> Option<(Id<SessionKind>, Timestamp)> {
        let active = self.active.load(Ordering::Acquire);
        let before = self.reported.fetch_max(active, Ordering::AcqRel);
        (active > before).then(|| (self.session.id, Timestamp::from_ms(active)))
    }

    pub(crate) fn headers_of(session: &Session) -> IdentityHeaders {
        IdentityHeaders {
            subject: value(&session.subject.to_string()),
            session: value(&session.id.to_string()),
            assurance: value(session.assurance.as_str()),
            ..IdentityHeaders::default()
        }
    }
}

impl std::fmt::Debug for SessionFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionFacts")
            .field("session", &self.session.id)
            .finish_non_exhaustive()
    }
}

impl Holder {
    /// What a revocation could name in it.
    #[must_use]
    pub fn position(&self) -> &Position {
        match self {
            Self::Session(facts) => &facts.position,
            Self::Token(facts) => &facts.position,
        }
    }

    pub(crate) fn rs(&self) -> Seq {
        self.position().rs
    }

    pub(crate) fn assurance(&self) -> Option<Assurance> {
        match self {
            Self::Session(facts) => Some(facts.session.assurance),
            Self::Token(facts) => facts.claims.acr,
        }
    }

    pub(crate) fn authenticated_at(&self) -> Option<Timestamp> {
        match self {
            Self::Session(facts) => Some(facts.session.authenticated_at),
            Self::Token(facts) => facts.claims.auth_time.map(Timestamp::from_secs),
        }
    }

    pub(crate) fn headers(&self) -> &IdentityHeaders {
        match self {
            Self::Session(facts) => &facts.headers,
            Self::Token(facts) => &facts.headers,
        }
    }

    /// A number that no other credential in this process has: a key for what is made once per credential.
    #[must_use]
    pub fn number(&self) -> u64 {
        match self {
            Self::Session(facts) => facts.number,
            Self::Token(facts) => facts.number,
        }
    }
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}
