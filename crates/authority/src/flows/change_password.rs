//! Changing one's own password: whoever knew the old one loses everything that it gave.

use std::net::IpAddr;

use domain::Subject;
use domain::password::WeakPassword;
use domain::secret::Secret;
use domain::session::Session;
use domain::user::User;
use store::intent::{Actor, ChangePassword, PasswordChange};
use zeroize::Zeroizing;

use super::session::{Live, Signed, sign};
use super::step_up::{Examined, examine};
use super::{device, password_policy};
use crate::authority::Authority;
use crate::error::Fault;

/// What the subject typed.
#[derive(Debug)]
pub struct NewPassword {
    /// The present password.
    pub current: Zeroizing<String>,
    /// The one that shall take its place.
    pub new: Zeroizing<String>,
    /// The peer's address, for the limits.
    pub address: Option<IpAddr>,
}

/// What became of it.
#[derive(Debug)]
pub enum Change {
    /// Changed: this session has a new secret, all others have ended.
    Done(Box<Signed>),
    /// The present password is another.
    Refused,
    /// The new one is the present one.
    Same,
    /// The new one will not do.
    Weak(WeakPassword),
    /// Too many attempts.
    Limited {
        /// When to come back.
        retry_after_s: u64,
    },
    /// The password or the session changed in the meantime.
    Overtaken,
}

/// Changes the password of the session's user.
///
/// # Errors
/// The store's fault, or no place to hash.
pub async fn change_password(
    authority: &Authority,
    live: &Live,
    request: NewPassword,
) -> Result<Change, Fault> {
    let old = live.session();
    let name = name_of(authority, &old.subject).await?;
    let least = authority.config.login.min_password;
    // The new one first: whoever is told to choose better has not used up an attempt with the present one.
    if let Err(weak) = password_policy::judge(&authority.passwords, &request.new, least, &[&name]).await? {
        return Ok(Change::Weak(weak));
    }
    if request.new == request.current {
        return Ok(Change::Same);
    }
    let user = match examine(authority, live, request.current, request.address).await? {
        Examined::Fits(user) => user,
        Examined::Refused => return Ok(Change::Refused),
        Examined::Limited { retry_after_s } => return Ok(Change::Limited { retry_after_s }),
    };
    let hash = authority
        .passwords
        .hash(request.new, std::sync::Arc::clone(&authority.entropy))
        .await?;
    let secret = Secret::generate(authority.entropy.as_ref());
    let intent = ChangePassword {
        user: user.id,
        password: hash,
        credential_version: user.credential_version,
        must_change: false,
        keep: Some((old.id, secret.digest())),
        actor: Actor::new(&old.subject.to_string()),
    };
    let PasswordChange::Changed {
        seq,
        generation: Some(generation),
    } = authority.store.change_password(intent).await?
    else {
        return Ok(Change::Overtaken);
    };
    authority.revoker.published(seq);
    authority.metrics.session("renewed");
    let renewed = Session {
        generation,
        ..old.clone()
    };
    let mut signed = sign(authority, &renewed, secret)?;
    // Browsers that signed in with the old password are unknown from now on; this one is not.
    let user = User {
        credential_version: user.credential_version.saturating_add(1),
        ..*user
    };
    signed.device = Some(device::remember(authority, &user, None, seq)?);
    Ok(Change::Done(Box::new(signed)))
}

async fn name_of(authority: &Authority, subject: &Subject) -> Result<String, Fault> {
    let Subject::User(id) = subject else {
        return Ok(String::new());
    };
    Ok(authority
        .store
        .user(*id)
        .await?
        .map(|user| user.name)
        .unwrap_or_default())
}
