//! First start: a one-time code, printed on the machine that holds the store, makes the first administrator.

use domain::id::Id;
use domain::password::WeakPassword;
use domain::secret::{Secret, SetupCode};
use domain::session::Origin;
use domain::user::User;
use domain::{Span, Subject};
use store::intent::{Actor, Setup, SetupCode as KeptCode};
use zeroize::Zeroizing;

use super::password_policy;
use crate::authority::Authority;
use crate::error::Fault;

/// How long a code is good.
pub(crate) const LIFE: Span = Span::from_mins(15);
/// Longest user name, in characters.
const LONGEST_NAME: usize = 128;

/// What was typed into the form.
#[derive(Debug)]
pub struct SetupRequest {
    /// The code's text.
    pub code: Zeroizing<String>,
    /// The administrator's name.
    pub username: String,
    /// The administrator's password.
    pub password: Zeroizing<String>,
    /// Where it came from, for the limits.
    pub address: Option<std::net::IpAddr>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupOutcome {
    /// The administrator exists and can sign in.
    Done(Subject),
    /// Wrong, spent or expired code.
    Refused,
    /// The name is taken; the code stays good.
    NameTaken,
    /// No name, or one that is too long or not plain text; the code stays good.
    BadName,
    /// The password will not do; the code stays good.
    Weak(WeakPassword),
    /// Too many attempts.
    Limited {
        /// When to come back.
        retry_after_s: u64,
    },
}

impl Authority {
    /// Makes a set-up code in place of any other: at first start, and when `recover-admin` asks for it. Shown once, to
    /// whoever holds the machine; good for 15 minutes and five tries.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn make_setup_code(&self, actor: Actor) -> Result<Secret<SetupCode>, Fault> {
        let code: Secret<SetupCode> = Secret::generate(self.entropy.as_ref());
        let kept = KeptCode {
            digest: code.digest(),
            expires_at: self.clock.now() + LIFE,
        };
        self.store.put_setup_code(kept, actor).await?;
        Ok(code)
    }
}

/// Makes the administrator. The code alone decides: after `recover-admin` there may be others.
///
/// # Errors
/// The store's fault, or no place to hash.
pub async fn complete_setup(authority: &Authority, request: SetupRequest) -> Result<SetupOutcome, Fault> {
    // A count of its own for each network: nobody can lock the owner out of the form.
    let account = format!("\0setup {}", Origin::new(request.address, "").network);
    if let Err(many) = authority
        .attempts
        .count(&account, request.address, authority.clock.boot())
    {
        return Ok(SetupOutcome::Limited {
            retry_after_s: many.retry_after_s,
        });
    }
    let Ok(code) = Secret::<SetupCode>::parse(request.code.trim()) else {
        return Ok(SetupOutcome::Refused);
    };
    let name = request.username.trim();
    // A name that reads as an id would stand for somebody else at the admin API, which takes either.
    let is_id = name.starts_with("user:") || name.starts_with("client:");
    let plain = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if name.is_empty() || is_id || !plain {
        return Ok(SetupOutcome::BadName);
    }
    let least = authority.config.login.min_password;
    if let Err(weak) = password_policy::judge(&authority.passwords, &request.password, least, &[name]).await?
    {
        return Ok(SetupOutcome::Weak(weak));
    }
    let user = administrator(authority, name, request.password).await?;
    let subject = Subject::User(user.id);
    Ok(match authority.store.complete_setup(code.digest(), user).await? {
        Setup::Done => SetupOutcome::Done(subject),
        Setup::Refused => SetupOutcome::Refused,
        Setup::NameTaken => SetupOutcome::NameTaken,
    })
}

async fn administrator(
    authority: &Authority,
    name: &str,
    password: Zeroizing<String>,
) -> Result<User, Fault> {
    let entropy = std::sync::Arc::clone(&authority.entropy);
    let hash = authority.passwords.hash(password, entropy).await?;
    let now = authority.clock.now();
    Ok(User {
        id: Id::generate(now, authority.entropy.as_ref()),
        name: name.to_owned(),
        email: None,
        tenant: None,
        password: Some(hash),
        credential_version: 1,
        disabled_at: None,
        created_at: now,
        admin: true,
        must_change_password: false,
    })
}

#[cfg(test)]
mod tests;
