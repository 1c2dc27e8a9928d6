//! Password login. One answer and one duration for every way in which a name and a password do not fit.

use std::fmt;
use std::net::IpAddr;

use domain::id::{Device, Id};
use domain::lockout::Place;
use domain::secret::Secret;
use domain::session::{Origin, Session};
use domain::user::User;
use domain::{Assurance, Seq, Subject};
use store::intent::{CreateSession, SessionCreation};
use zeroize::Zeroizing;

use super::device;
use super::session::{Presence, Signed, current, sign};
use super::trial::{Trial, trial};
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
    /// The device cookie that came with it: a browser that signed in before is heard while others are not.
    pub device: Option<String>,
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
    /// The password fits, and opens nothing but its own replacement (see `new_password`).
    MustChange,
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
    tally(authority, &outcome, address);
    outcome
}

/// Counts an outcome.
pub(super) fn tally(authority: &Authority, outcome: &Result<Login, Fault>, address: Option<IpAddr>) {
    // An aggregate by network, not an event: garbage cannot fill the disk. No name is kept.
    match outcome {
        Ok(Login::Refused) => authority.refusals.count("invalid_credentials", "login", address),
        Ok(Login::Limited { .. }) => authority.refusals.count("too_many_attempts", "login", address),
        _ => {}
    }
    authority.metrics.login(match outcome {
        Ok(Login::SignedIn(_)) => "ok",
        Ok(Login::Refused) => "refused",
        Ok(Login::MustChange) => "must_change",
        Ok(Login::Limited { .. }) => "limited",
        Ok(Login::CapReached) => "cap_reached",
        Ok(Login::Overtaken) => "revoked",
        Err(Fault::Busy) => "busy",
        Err(_) => "fault",
    });
}

async fn attempt(authority: &Authority, request: LoginRequest) -> Result<Login, Fault> {
    let presented = request.presented.clone();
    let evidence = match examine(authority, request).await? {
        Examined::Fits(evidence) => evidence,
        Examined::Refused => return Ok(Login::Refused),
        Examined::Limited { retry_after_s } => return Ok(Login::Limited { retry_after_s }),
    };
    if evidence.user.must_change_password {
        return Ok(Login::MustChange);
    }
    admit(authority, *evidence, presented.as_deref()).await
}

/// Somebody whose password fits, and what their session is made of.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) user: User,
    /// Read before the first evidence was looked at, so that a revocation from then on covers this login (revocation.md).
    pub(super) rs: Seq,
    pub(super) origin: Origin,
    /// Where the attempt was counted.
    pub(super) place: Option<Place>,
    pub(super) device: Option<Id<Device>>,
    /// The kept hash was made with other parameters: this one is of the same password.
    pub(super) rehashed: Option<String>,
}

/// What a name and a password come to.
#[derive(Debug)]
pub(super) enum Examined {
    Fits(Box<Evidence>),
    Refused,
    Limited { retry_after_s: u64 },
}

/// Looks at name and password. Names that nobody has, and accounts that are not heard, cost the same.
pub(super) async fn examine(authority: &Authority, request: LoginRequest) -> Result<Examined, Fault> {
    if let Err(many) = authority
        .attempts
        .count_network(request.address, authority.clock.boot())
    {
        return Ok(Examined::Limited {
            retry_after_s: many.retry_after_s,
        });
    }
    let name = bounded(&request.username);
    let rs = authority.store.head().await?.seq;
    let user = authority.store.user_by_name(name).await?;
    let device = device::known(authority, user.as_ref(), request.device.as_deref()).await?;
    let from = device.map_or(Place::Elsewhere, Place::Known);
    let trial = trial(authority, name, user.as_ref(), from).await?;
    if let Trial::Limited { retry_after_s } = trial {
        return Ok(Examined::Limited { retry_after_s });
    }
    let password = request.password;
    let fits = verified(authority, user, password.clone()).await?;
    let (Some(user), Trial::Heard(place)) = (fits, trial) else {
        return Ok(Examined::Refused);
    };
    Ok(Examined::Fits(Box::new(Evidence {
        rehashed: rehashed(authority, &user, password).await?,
        user,
        rs,
        origin: request.origin,
        place: Some(place),
        device,
    })))
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

/// A hash by the present parameters, where the kept one was made by others: an old user's login then takes as long as
/// anybody's, and what is kept is as hard to guess.
async fn rehashed(
    authority: &Authority,
    user: &User,
    password: Zeroizing<String>,
) -> Result<Option<String>, Fault> {
    let present = user
        .password
        .as_deref()
        .is_some_and(|kept| authority.passwords.is_present(kept));
    if present {
        return Ok(None);
    }
    let entropy = std::sync::Arc::clone(&authority.entropy);
    match authority.passwords.hash(password, entropy).await {
        Ok(hash) => Ok(Some(hash)),
        // Under load the old hash does for one more time.
        Err(Fault::Busy) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The last step: the session, in place of the one that this browser had.
pub(super) async fn admit(
    authority: &Authority,
    evidence: Evidence,
    presented: Option<&str>,
) -> Result<Login, Fault> {
    let replaces = match current(authority, presented).await? {
        Presence::Live(live) => Some(live.session().id),
        Presence::None | Presence::Invalid(_) => None,
    };
    let session = session_of(authority, &evidence);
    create(authority, evidence, session, replaces).await
}

async fn create(
    authority: &Authority,
    evidence: Evidence,
    session: Session,
    replaces: Option<Id<domain::id::Session>>,
) -> Result<Login, Fault> {
    let secret = Secret::generate(authority.entropy.as_ref());
    let policy = &authority.config.session;
    let intent = CreateSession {
        session: session.clone(),
        secret: secret.digest(),
        credential_version: Some(evidence.user.credential_version),
        rehashed: evidence.rehashed,
        counted: evidence.place,
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
            let mut signed = sign(authority, &session, secret)?;
            let known = device::remember(authority, &evidence.user, evidence.device, session.rs)?;
            signed.device = Some(known);
            Login::SignedIn(Box::new(signed))
        }
        // The credential that was verified is not the user's any more.
        SessionCreation::CredentialChanged | SessionCreation::Disabled => Login::Refused,
        SessionCreation::Revoked => Login::Overtaken,
        SessionCreation::CapReached => Login::CapReached,
    })
}

fn session_of(authority: &Authority, evidence: &Evidence) -> Session {
    let user = &evidence.user;
    let now = authority.clock.now();
    let limits = authority.config.session.timeouts(Assurance::Aal1);
    Session {
        id: Id::generate(now, authority.entropy.as_ref()),
        subject: Subject::User(user.id),
        tenant: user.tenant.clone(),
        device: None,
        rs: evidence.rs,
        generation: 1,
        assurance: Assurance::Aal1,
        amr: vec!["pwd".to_owned()],
        authenticated_at: now,
        created_at: now,
        active_at: now,
        idle: limits.idle,
        expires_at: now + limits.absolute,
        origin: evidence.origin.clone(),
    }
}

/// What is too long to be a name is nobody's: all such names share one count.
fn bounded(name: &str) -> &str {
    if name.len() > LONGEST_NAME { "" } else { name }
}

#[cfg(test)]
mod tests;
