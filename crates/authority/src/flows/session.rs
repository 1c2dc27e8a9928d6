//! Who is here: the session behind a cookie of the authority's host, and its end.

use std::fmt;

use domain::cookie::{Purpose, SealedPayload, SealingKeyId};
use domain::csrf::CsrfKey;
use domain::id::Id;
use domain::key::KeyId;
use domain::revocation::Position;
use domain::secret::{Secret, SessionSecret};
use domain::session::{Face, Liveness, Session};
use domain::{Assurance, Reason, Span, Subject, Timestamp};
use store::intent::{Activity, Actor, EndSession, Ending};

use crate::authority::Authority;
use crate::error::Fault;

/// What a request's cookie comes to.
#[derive(Debug)]
pub enum Presence {
    /// No cookie.
    None,
    /// A session that lives.
    Live(Box<Live>),
    /// A cookie that is worth nothing, and why.
    Invalid(Reason),
}

/// A session that lives, seen through a cookie that was verified.
#[derive(Debug)]
pub struct Live {
    session: Session,
    csrf: CsrfKey,
}

/// A session that was just given a secret: what the browser gets of it.
pub struct Signed {
    /// The value of the session cookie.
    pub cookie: String,
    /// The session, as its own subject sees it.
    pub view: SessionView,
    /// The value of the device cookie, after a sign-in.
    pub device: Option<String>,
}

/// What a first-party application learns of its session.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id; names it, opens nothing.
    pub session: Id<domain::id::Session>,
    /// Whose.
    pub subject: Subject,
    /// How strongly the subject was authenticated.
    pub assurance: Assurance,
    /// For the header `X-CSRF-Token`.
    pub csrf_token: String,
    /// When it ends if it stays unused.
    pub idle_expires_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Judges a cookie: seal, record, secret, generation, both ends, revocation, in this order. Whatever this server did
/// not make is refused and never adopted.
///
/// # Errors
/// The store's fault: then nobody is here.
pub async fn current(authority: &Authority, cookie: Option<&str>) -> Result<Presence, Fault> {
    let Some(cookie) = cookie else {
        return Ok(Presence::None);
    };
    let Ok((payload, key)) = authority.keys.unseal(cookie, &Purpose::Authority) else {
        return Ok(Presence::Invalid(Reason::Malformed));
    };
    let found = authority
        .known_session(payload.session, &Purpose::Authority)
        .await?;
    let Some((session, Some(face))) = found else {
        return Ok(Presence::Invalid(Reason::Expired));
    };
    let now = authority.clock.now();
    if let Some(reason) = refusal(&payload, &session, &face, now) {
        return Ok(Presence::Invalid(reason));
    }
    if authority
        .store
        .is_revoked(position(&session, &payload, key))
        .await?
    {
        return Ok(Presence::Invalid(Reason::Revoked));
    }
    record_activity(authority, &session, now).await?;
    let csrf = CsrfKey::derive(&payload.secret);
    Ok(Presence::Live(Box::new(Live { session, csrf })))
}

/// Ends the session; its grants with it, except those with `offline_access`.
///
/// # Errors
/// The store's fault: then the session lives on, and the browser keeps its cookie.
pub async fn logout(authority: &Authority, live: &Live) -> Result<(), Fault> {
    end(authority, live, live.session.id, false).await.map(|_| ())
}

/// Ends a session in the name of its subject, where asked for with its grants with `offline_access`. `false`: it was
/// over before.
pub(super) async fn end(
    authority: &Authority,
    live: &Live,
    session: Id<domain::id::Session>,
    offline_too: bool,
) -> Result<bool, Fault> {
    let intent = EndSession {
        session,
        offline_too,
        cause: "logout",
        actor: Actor::new(&live.session.subject.to_string()),
    };
    match authority.store.end_session(intent).await? {
        Ending::Ended(seq) => {
            authority.revoker.published(seq);
            authority.metrics.session("ended");
            Ok(true)
        }
        Ending::Unknown => Ok(false),
    }
}

/// Seals a new secret of a session for the browser at the authority's host.
pub(super) fn sign(
    authority: &Authority,
    session: &Session,
    secret: Secret<SessionSecret>,
) -> Result<Signed, Fault> {
    let csrf = CsrfKey::derive(&secret);
    let payload = SealedPayload {
        session: session.id,
        secret,
        generation: session.generation,
    };
    Ok(Signed {
        cookie: authority.keys.seal(&payload, &Purpose::Authority)?,
        view: view(session, &csrf),
        device: None,
    })
}

impl Live {
    /// The record.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The token that proves that our own page sent a request.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        self.csrf.token()
    }

    /// Whether a presented token is this session's. Constant time.
    #[must_use]
    pub fn accepts_csrf(&self, presented: &str) -> bool {
        self.csrf.accepts(presented)
    }

    /// As its subject sees it.
    #[must_use]
    pub fn view(&self) -> SessionView {
        view(&self.session, &self.csrf)
    }
}

/// Without the cookie, which is the session.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

/// Without the CSRF token.
impl fmt::Debug for SessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionView")
            .field("session", &self.session)
            .field("assurance", &self.assurance)
            .finish_non_exhaustive()
    }
}

fn view(session: &Session, csrf: &CsrfKey) -> SessionView {
    SessionView {
        session: session.id,
        subject: session.subject.clone(),
        assurance: session.assurance,
        csrf_token: csrf.token(),
        idle_expires_at: session.idle_expires_at(),
        expires_at: session.expires_at,
    }
}

/// Everything that can be said without the log.
fn refusal(payload: &SealedPayload, session: &Session, face: &Face, now: Timestamp) -> Option<Reason> {
    let graced = face
        .previous
        .is_some_and(|(digest, until)| now < until && payload.secret.matches(&digest));
    let fits = payload.secret.matches(&face.digest) | graced;
    // A secret that was replaced is dead as a revoked one is; its entry is in the log.
    if !fits || payload.generation != face.generation || payload.generation != session.generation {
        return Some(Reason::Revoked);
    }
    match session.liveness(now) {
        Liveness::Live => None,
        Liveness::Idle => Some(Reason::Idle),
        Liveness::Expired => Some(Reason::Expired),
    }
}

/// The session's position as this very cookie stands in the log: its own generation, and the key that sealed it.
fn position(session: &Session, payload: &SealedPayload, key: SealingKeyId) -> Position {
    Position {
        generation: Some(payload.generation),
        key: KeyId::new(&key.to_string()).ok(),
        ..session.position()
    }
}

/// At most once a minute, and several times within a short idle limit, or the active would be taken for idle.
async fn record_activity(authority: &Authority, session: &Session, now: Timestamp) -> Result<(), Fault> {
    let every = Span::from_mins(1).min(Span::from_ms(session.idle.as_ms() / 4));
    if now.since(session.active_at) < every {
        return Ok(());
    }
    let seen = Activity {
        session: session.id,
        at: now,
    };
    Ok(authority.store.record_activity(vec![seen]).await?)
}
