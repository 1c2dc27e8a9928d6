//! Changing one's own password: whoever knew the old one loses everything that it gave.

use std::net::IpAddr;

use domain::password::WeakPassword;
use domain::secret::Secret;
use domain::session::Session;
use store::intent::{Actor, ChangePassword, PasswordChange};
use zeroize::Zeroizing;

use super::password_policy;
use super::session::{Live, Signed, sign};
use super::step_up::{Examined, examine};
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
    let user = match examine(authority, live, request.current, request.address).await? {
        Examined::Fits(user) => user,
        Examined::Refused => return Ok(Change::Refused),
        Examined::Limited { retry_after_s } => return Ok(Change::Limited { retry_after_s }),
    };
    let least = authority.config.login.min_password;
    if let Err(weak) =
        password_policy::judge(&authority.passwords, &request.new, least, &[&user.name]).await?
    {
        return Ok(Change::Weak(weak));
    }
    let old = live.session();
    let hash = authority
        .passwords
        .hash(request.new, std::sync::Arc::clone(&authority.entropy))
        .await?;
    let secret = Secret::generate(authority.entropy.as_ref());
    let intent = ChangePassword {
        user: user.id,
        password: hash,
        credential_version: user.credential_version,
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
    Ok(Change::Done(Box::new(sign(authority, &renewed, secret)?)))
}
