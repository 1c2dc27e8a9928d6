//! A new password in place of one that somebody else chose: without it there is no session.

use std::fmt;

use domain::Subject;
use domain::password::WeakPassword;
use domain::user::User;
use store::intent::{Actor, ChangePassword, PasswordChange};
use zeroize::Zeroizing;

use super::login::{Evidence, Examined, Login, LoginRequest, admit, examine, tally};
use super::password_policy;
use crate::authority::Authority;
use crate::error::Fault;

/// What was typed: the login with the password that was given, and the one that shall take its place.
pub struct Replacement {
    /// Name, given password, and where from.
    pub login: LoginRequest,
    /// The new password.
    pub new: Zeroizing<String>,
}

/// Without the passwords.
impl fmt::Debug for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replacement")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// What became of it.
#[derive(Debug)]
pub enum Replaced {
    /// As a login ends.
    Login(Login),
    /// The new password will not do.
    Weak(WeakPassword),
    /// The new one is the given one.
    Same,
}

/// Sets the new password and signs in. Refused, as a wrong password is, for users who need not change theirs: they do so
/// within a session.
///
/// # Errors
/// The store's fault, or no place to hash.
pub async fn replace_password(authority: &Authority, request: Replacement) -> Result<Replaced, Fault> {
    // Before anything is judged, which takes one of the places where passwords are hashed.
    let address = request.login.address;
    if let Err(many) = authority.attempts.count_network(address, authority.clock.boot()) {
        let limited = Ok(Login::Limited {
            retry_after_s: many.retry_after_s,
        });
        tally(authority, &limited, address);
        return Ok(Replaced::Login(limited?));
    }
    let name = request.login.username.clone();
    let least = authority.config.login.min_password;
    if let Err(weak) = password_policy::judge(&authority.passwords, &request.new, least, &[&name]).await? {
        return Ok(Replaced::Weak(weak));
    }
    if request.new == request.login.password {
        return Ok(Replaced::Same);
    }
    let outcome = replace(authority, request).await;
    tally(authority, &outcome, address);
    Ok(Replaced::Login(outcome?))
}

async fn replace(authority: &Authority, request: Replacement) -> Result<Login, Fault> {
    let presented = request.login.presented.clone();
    let evidence = match examine(authority, request.login).await? {
        Examined::Fits(evidence) if evidence.user.must_change_password => evidence,
        Examined::Fits(_) | Examined::Refused => return Ok(Login::Refused),
        Examined::Limited { retry_after_s } => return Ok(Login::Limited { retry_after_s }),
    };
    let entropy = std::sync::Arc::clone(&authority.entropy);
    let user = &evidence.user;
    let intent = ChangePassword {
        user: user.id,
        password: authority.passwords.hash(request.new, entropy).await?,
        credential_version: user.credential_version,
        must_change: false,
        keep: None,
        actor: Actor::new(&Subject::User(user.id).to_string()),
    };
    match authority.store.change_password(intent).await? {
        PasswordChange::Changed { seq, .. } => authority.revoker.published(seq),
        PasswordChange::Outdated => return Ok(Login::Overtaken),
        PasswordChange::Unknown => return Ok(Login::Refused),
    }
    // The change took back what was counted. A revocation since the evidence was looked at still covers this login.
    let evidence = Evidence {
        user: User {
            credential_version: user.credential_version.saturating_add(1),
            ..user.clone()
        },
        place: None,
        rehashed: None,
        device: None,
        ..*evidence
    };
    admit(authority, evidence, presented.as_deref()).await
}

#[cfg(test)]
mod tests;
