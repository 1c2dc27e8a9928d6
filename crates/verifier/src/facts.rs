//! What is known of a credential once it was verified. Says nothing about revocation, route or time.
//!
//! An edge remembers many: what a million of them have in common is kept once ([`crate::memory`]), and what is only
//! needed to tell an upstream who it is is made of this when it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::access_token::{Audience, has_scope};
use domain::csrf::CsrfKey;
use domain::id::{Id, Session as SessionKind};
use domain::name::ClientId;
use domain::revocation::Position;
use domain::{Assurance, Seq, Span, Timestamp};
use zeroize::Zeroizing;

use crate::memory::CookieName;

/// A verified credential.
pub struct Facts {
    /// What a revocation could name in it.
    pub(crate) position: Position,
    /// The absolute end; of a session with a replaced secret, the end of its grace.
    pub(crate) ends_at: Timestamp,
    pub(crate) number: u64,
    /// Under which keys and routes it was verified.
    pub(crate) epoch: AtomicU32,
    /// In whole seconds; 0 where that was not said.
    pub(crate) authenticated_s: u32,
    pub(crate) kind: Kind,
}

/// What it is.
#[derive(Debug)]
pub enum Kind {
    /// A session as its cookie at one host shows it.
    Session(SessionFacts),
    /// A bearer token.
    Token(TokenFacts),
}

/// A session.
pub struct SessionFacts {
    pub(crate) cookie: CookieName,
    pub(crate) assurance: Assurance,
    pub(crate) csrf: Zeroizing<[u8; CsrfKey::TOKEN_LEN]>,
    pub(crate) idle_s: u32,
    /// Last activity in milliseconds, doubled; one more while it was not reported.
    pub(crate) active: AtomicU64,
}

/// An access token.
pub struct TokenFacts {
    pub(crate) text: Zeroizing<Box<[u8]>>,
    pub(crate) issued_s: u64,
    pub(crate) audience: Arc<Audience>,
    pub(crate) scope: Arc<str>,
    pub(crate) assurance: Option<Assurance>,
}

/// Whose credential it is. Clones share what is known.
#[derive(Debug, Clone)]
pub struct Holder(pub(crate) Arc<Facts>);

/// Whole seconds, rounded down; what does not fit is as late as can be.
pub(crate) fn whole_seconds(seconds: u64) -> u32 {
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

impl Holder {
    /// What a revocation could name in it.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.0.position
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// When it ends, used or not.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.0.ends_at
    }

    /// A number that no other credential in this process has: a key for what is made once per credential.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The client that a token was issued to.
    #[must_use]
    pub fn client(&self) -> Option<&ClientId> {
        self.position().client.as_ref()
    }

    /// A token's scope; nothing where it has none.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        match self.kind() {
            Kind::Session(_) => None,
            Kind::Token(token) => Some(&*token.scope).filter(|scope| !scope.is_empty()),
        }
    }

    /// Assurance of the last authentication.
    #[must_use]
    pub fn assurance(&self) -> Option<Assurance> {
        match self.kind() {
            Kind::Session(session) => Some(session.assurance),
            Kind::Token(token) => token.assurance,
        }
    }

    pub(crate) fn rs(&self) -> Seq {
        self.position().rs
    }

    pub(crate) fn authenticated_at(&self) -> Option<Timestamp> {
        let seconds = self.0.authenticated_s;
        (seconds > 0).then(|| Timestamp::from_secs(seconds.into()))
    }
}

impl Facts {
    /// Activity of a session that was not reported yet; it counts as reported from now on.
    pub(crate) fn take_activity(&self) -> Option<(Id<SessionKind>, Timestamp)> {
        match &self.kind {
            Kind::Session(session) => self.position.session.zip(session.take_activity()),
            Kind::Token(_) => None,
        }
    }

    /// When it was last used as far as memory knows: the one that is pushed out first was used longest ago.
    pub(crate) fn last_used(&self) -> Timestamp {
        match &self.kind {
            Kind::Session(session) => session.active_at(),
            Kind::Token(token) => Timestamp::from_secs(token.issued_s),
        }
    }
}

impl SessionFacts {
    /// The token for `X-CSRF-Token`: shown to the session's own pages alone.
    #[must_use]
    pub fn csrf_token(&self) -> Zeroizing<String> {
        Zeroizing::new(jose::base64url::encode(self.csrf.as_ref()))
    }

    /// When it was last used, as far as this edge knows.
    #[must_use]
    pub fn active_at(&self) -> Timestamp {
        Timestamp::from_ms(self.active.load(Ordering::Acquire) / 2)
    }

    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        now >= self.active_at() + Span::from_secs(self.idle_s.into())
    }

    pub(crate) fn touch(&self, now: Timestamp) {
        let reported = now.as_ms().saturating_mul(2);
        // Most uses fall into a millisecond that is noted already.
        if self.active.load(Ordering::Acquire) < reported {
            self.active
                .fetch_max(reported.saturating_add(1), Ordering::AcqRel);
        }
    }

    fn take_activity(&self) -> Option<Timestamp> {
        let active = self.active.load(Ordering::Acquire);
        let is_news = active % 2 == 1;
        is_news.then(|| {
            // Used again meanwhile: that later use is told the next time.
            let reported = active.saturating_sub(1);
            let _ = self
                .active
                .compare_exchange(active, reported, Ordering::AcqRel, Ordering::Acquire);
            Timestamp::from_ms(active / 2)
        })
    }
}

impl TokenFacts {
    pub(crate) fn is_for(&self, audience: &str) -> bool {
        self.audience.contains(audience)
    }

    pub(crate) fn has_scope(&self, wanted: &str) -> bool {
        has_scope(&self.scope, wanted)
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts")
            .field("subject", &self.position.subject)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SessionFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionFacts(..)")
    }
}

impl std::fmt::Debug for TokenFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenFacts(..)")
    }
}
