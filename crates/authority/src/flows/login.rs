//! Password login. One answer and one duration for every way in which a name and a password do not fit.

use std::fmt;
use std::net::IpAddr;

use domain::id::Id;
use domain::secret::Secret;
use domain::session::{Origin, Session};
use domain::user::User;
use domain::{Assurance, Seq, Subject};
use store::intent::{CreateSession, SessionCreation};
use zeroize::Zeroizing;

use super::session::{Presence, Signed, current, sign};
use crate::authority::Authority;
use crate::error::Fault;

/// No user name is longer, in bytes.
const LONGEST_NAME: usize = 512;

/// One attempt.
pub struct LoginRequest {
    /// The name as typed.
    pub username: String,
    /// The password as typed.
    pub password: Zeroizing<String>,
    /// The peer's address, for the limits.
    pub address: Option<IpAddr>,
    /// For the subject to recognise the session by.
    pub origin: Origin,
    /// The session cookie that came with the request: that session ends here (fixation).
    pub presented: Option<String>,
}

/// Without the password and the cookie.
impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequest")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// What became of it.
#[derive(Debug)]
pub enum Login {
    /// A new session, with an id and a secret that nobody had before.
    SignedIn(Box<Signed>),
    /// Name and password do not fit: unknown, wrong, disabled, without password; nobody learns which.
    Refused,
    /// Too many attempts for this account or from this network; nothing was looked at.
    Limited {
        /// When to come back.
        retry_after_s: u64,
    },
    /// The password fits, and the subject has as many sessions as it may.
    CapReached,
    /// Something was revoked while this login was under way; a new one is not affected.
    Overtaken,
}

/// Signs in.
///
/// # Errors
/// The store's fault, or no place to hash: nothing was decided.
pub async fn login(authority: &Authority, request: LoginRequest) -> Result<Login, Fault> {
    let address = request.address;
    let outcome = attempt(authority, request).await;
    // An aggregate by network, not an event: garbage cannot fill the disk. No name is kept.
    match &outcome {
        Ok(Login::Refused) => authority.refusals.count("invalid_credentials", "login", address),
        Ok(Login::Limited { .. }) => authority.refusals.count("too_many_attempts", "login", address),
        _ => {}
    }
    authority.metrics.login(match &outcome {
        Ok(Login::SignedIn(_)) => "ok",
        Ok(Login::Refused) => "refused",
        Ok(Login::Limited { .. }) => "limited",
        Ok(Login::CapReached) => "cap_reached",
        Ok(Login::Overtaken) => "revoked",
        Err(Fault::Busy) => "busy",
        Err(_) => "fault",
    });
    outcome
}

async fn attempt(authority: &Authority, request: LoginRequest) -> Result<Login, Fault> {
    let name = bounded(&request.username);
    if let Err(many) =
        authority
            .attempts
            .count(&User::name_key(name), request.address, authority.clock.boot())
    {
        return Ok(Login::Limited {
            retry_after_s: many.retry_after_s,
        });
    }
    // Before the first evidence is looked at, so that a revocation from now on covers this login (revocation.md, `rs`).
    let rs = authority.store.head().await?.seq;
    let user = authority.store.user_by_name(name).await?;
    let Some(user) = verified(authority, user, request.password).await? else {
        return Ok(Login::Refused);
    };
    let replaces = match current(authority, request.presented.as_deref()).await? {
        Presence::Live(live) => Some(live.session().id),
        Presence::None | Presence::Invalid(_) => None,
    };
    let session = session_of(authority, &user, rs, request.origin);
    create(authority, &user, session, replaces).await
}

/// The user, if the password is theirs and they may sign in. The same work for everybody else.
pub(super) async fn verified(
    authority: &Authority,
    user: Option<User>,
    password: Zeroizing<String>,
) -> Result<Option<User>, Fault> {
    let user = user.filter(|u| u.disabled_at.is_none());
    let kept = user.as_ref().and_then(|u| u.password.as_deref());
    let fits = authority.passwords.verify(password, kept).await?;
    Ok(user.filter(|_| fits))
}

async fn create(
    authority: &Authority,
    user: &User,
    session: Session,
    replaces: Option<Id<domain::id::Session>>,
) -> Result<Login, Fault> {
    let secret = Secret::generate(authority.entropy.as_ref());
    let policy = &authority.config.session;
    let intent = CreateSession {
        session: session.clone(),
        secret: secret.digest(),
        credential_version: Some(user.credential_version),
        replaces,
        cap: policy.cap,
        overflow: policy.overflow,
    };
    Ok(match authority.store.create_session(intent).await? {
        SessionCreation::Created { displaced, head } => {
            authority.revoker.published(head);
            authority.metrics.session("created");
            for _ in displaced.iter().chain(&replaces) {
                authority.metrics.session("ended");
            }
            Login::SignedIn(Box::new(sign(authority, &session, secret)?))
        }
        // The credential that was verified is not the user's any more.
        SessionCreation::CredentialChanged | SessionCreation::Disabled => Login::Refused,
        SessionCreation::Revoked => Login::Overtaken,
        SessionCreation::CapReached => Login::CapReached,
    })
}

fn session_of(authority: &Authority, user: &User, rs: Seq, origin: Origin) -> Session {
    let now = authority.clock.now();
    let limits = authority.config.session.timeouts(Assurance::Aal1);
    Session {
        id: Id::generate(now, authority.entropy.as_ref()),
        subject: Subject::User(user.id),
        tenant: user.tenant.clone(),
        device: None,
        rs,
        generation: 1,
        assurance: Assurance::Aal1,
        amr: vec!["pwd".to_owned()],
        authenticated_at: now,
        created_at: now,
        active_at: now,
        idle: limits.idle,
        expires_at: now + limits.absolute,
        origin,
    }
}

/// What is too long to be a name is nobody's: all such names share one count.
fn bounded(name: &str) -> &str {
    if name.len() > LONGEST_NAME { "" } else { name }
}

#[cfg(test)]
mod tests;
