//! Users: add, find, list, disable, enable, give a password.

use domain::Host;
use domain::id::{Id, User as UserKind};
use domain::password::WeakPassword;
use domain::user::User;
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, AddUser, ChangePassword, Disabling, PasswordChange, UserAddition};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::form::Form;
use super::revocations::{ReceiptView, WAIT_HINT};
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;
use crate::flows::password_policy::judge;
use crate::revoke::Level;

const NAME_MOST: usize = 128;
const EMAIL_MOST: usize = 254;

/// A user as administrators see one. Never a password or its hash.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    /// Row id; `sub` of everything issued for this user.
    pub id: String,
    /// Sign-in name.
    pub name: String,
    /// E-mail, if known.
    pub email: Option<String>,
    /// Whether this user may administer the installation.
    pub admin: bool,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether the password has to be replaced at the next sign-in.
    pub must_change_password: bool,
    /// May not sign in.
    pub disabled: bool,
    /// Since when, RFC 3339.
    pub disabled_at: Option<String>,
    /// When the row was made, RFC 3339.
    pub created_at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            admin: user.admin,
            has_password: user.password.is_some(),
            must_change_password: user.must_change_password,
            disabled: user.disabled_at.is_some(),
            disabled_at: user.disabled_at.map(rfc3339),
            created_at: rfc3339(user.created_at),
        }
    }
}

/// A user with what was tried in their name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserDetail {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// Wrong passwords in a row from unknown places.
    pub failed_attempts: u32,
    /// When the last one was given, RFC 3339.
    pub last_failed_at: Option<String>,
    /// Whether passwords from unknown places are not heard; `unlock` ends it.
    pub locked: bool,
}

/// A user after a change, with the receipt of what was revoked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserChange {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// Nothing where it was so before.
    pub receipt: Option<ReceiptView>,
}

/// One user in detail.
///
/// # Errors
/// Unknown; a fault.
pub async fn detail(authority: &Authority, id_or_name: &str) -> Result<UserDetail, Refusal> {
    let user = find(authority, id_or_name).await?;
    let failures = authority.store.failures(user.id).await?;
    Ok(UserDetail {
        user: UserView::from(&user),
        failed_attempts: failures.count,
        last_failed_at: (failures.count > 0).then(|| rfc3339(failures.last_at)),
        locked: failures.locked_at.is_some() || failures.count >= authority.config.login.lockout.after,
    })
}

/// Lets attempts be heard again.
///
/// # Errors
/// Unknown; a fault.
pub async fn unlock(authority: &Authority, id_or_name: &str, actor: Actor) -> Result<UserDetail, Refusal> {
    let id = find(authority, id_or_name).await?.id;
    if authority.store.unlock_user(id, actor).await? == Disabling::Unknown {
        return Err(Refusal::Unknown("user"));
    }
    detail(authority, id_or_name).await
}

struct NewUser {
    name: String,
    email: Option<String>,
    password: Option<Zeroizing<String>>,
    admin: bool,
    must_change: bool,
}

/// Adds a user. Without a password nobody can sign in as this user until one is set.
///
/// # Errors
/// Every problem of the request; the name is taken; a fault.
pub async fn add(
    authority: &Authority,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<UserView, Refusal> {
    let mut form = Form::new(fields);
    let new = read(&mut form);
    if let Some(password) = &new.password {
        let own = [new.name.as_str(), new.email.as_deref().unwrap_or_default()];
        check_password(authority, &mut form, password, &own).await?;
    }
    let new = form.finish(new)?;
    let password = match new.password {
        None => None,
        Some(password) => {
            let entropy = std::sync::Arc::clone(&authority.entropy);
            Some(authority.passwords.hash(password, entropy).await?)
        }
    };
    let now = authority.clock.now();
    let user = User {
        id: Id::generate(now, authority.entropy.as_ref()),
        name: new.name,
        email: new.email,
        tenant: None,
        password,
        credential_version: 1,
        disabled_at: None,
        created_at: now,
        admin: new.admin,
        must_change_password: new.must_change,
    };
    let view = UserView::from(&user);
    match authority.store.add_user(AddUser { user, actor }).await? {
        UserAddition::Added => Ok(view),
        UserAddition::NameTaken => Err(Conflict::NameTaken.into()),
    }
}

/// One user, by id or by name.
///
/// # Errors
/// Unknown; a fault.
pub async fn find(authority: &Authority, id_or_name: &str) -> Result<User, Refusal> {
    let found = match id_or_name.parse::<Id<UserKind>>() {
        Ok(id) => authority.store.user(id).await?,
        Err(_) => authority.store.user_by_name(id_or_name).await?,
    };
    found.ok_or(Refusal::Unknown("user"))
}

/// A page of users, and where the next begins.
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn list(authority: &Authority, query: &str) -> Result<(Vec<UserView>, Option<String>), Refusal> {
    let mut form = Form::of_query(query);
    let after = form.parsed("after", "repeat \"next\" of the page before");
    let limit = form.number("limit", super::PAGE_USUAL, (1, super::PAGE_MOST));
    let (after, limit) = form.finish((after, super::rows(limit)))?;
    let users = authority.store.users(after, limit).await?;
    let next = users
        .last()
        .filter(|_| users.len() == limit)
        .map(|u| u.id.to_string());
    Ok((users.iter().map(UserView::from).collect(), next))
}

/// Disables: everything of theirs is revoked, and the answer waits for the level that the query asks for.
///
/// # Errors
/// A problem of the query; unknown; a fault.
pub async fn disable(
    authority: &Authority,
    id_or_name: &str,
    query: &str,
    actor: Actor,
) -> Result<UserChange, Refusal> {
    let began = authority.clock.boot();
    let mut form = Form::of_query(query);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    form.finish(())?;
    let id = find(authority, id_or_name).await?.id;
    let receipt = match authority.store.disable_user(id, actor).await? {
        Disabling::Unknown => return Err(Refusal::Unknown("user")),
        Disabling::Unchanged => None,
        Disabling::Done(seq) => {
            authority.metrics.revocation(wait.as_str());
            Some(authority.revoker.receipt(seq, wait, began).await.into())
        }
    };
    let user = authority.store.user(id).await?.ok_or(Refusal::Unknown("user"))?;
    Ok(UserChange {
        user: UserView::from(&user),
        receipt,
    })
}

/// Lets a user sign in again. Nothing comes back.
///
/// # Errors
/// Unknown; a fault.
pub async fn enable(authority: &Authority, id_or_name: &str, actor: Actor) -> Result<UserView, Refusal> {
    let id = find(authority, id_or_name).await?.id;
    if authority.store.enable_user(id, actor).await? == Disabling::Unknown {
        return Err(Refusal::Unknown("user"));
    }
    let user = authority.store.user(id).await?.ok_or(Refusal::Unknown("user"))?;
    Ok(UserView::from(&user))
}

/// Sets a password. All sessions of the user end.
///
/// # Errors
/// Every problem of the request; unknown; disabled; changed meanwhile; a fault.
pub async fn set_password(
    authority: &Authority,
    id_or_name: &str,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<UserView, Refusal> {
    let user = find(authority, id_or_name).await?;
    let mut form = Form::new(fields);
    let password = form.secret("password");
    let must_change = form.flag("must_change", false);
    match &password {
        None => form.wrong("password", "is missing", "give the new password"),
        Some(password) => {
            let own = [user.name.as_str(), user.email.as_deref().unwrap_or_default()];
            check_password(authority, &mut form, password, &own).await?;
        }
    }
    let password = form.finish(password)?.unwrap_or_default();
    let entropy = std::sync::Arc::clone(&authority.entropy);
    let intent = ChangePassword {
        user: user.id,
        password: authority.passwords.hash(password, entropy).await?,
        credential_version: user.credential_version,
        must_change,
        keep: None,
        actor,
    };
    match authority.store.change_password(intent).await? {
        PasswordChange::Changed { seq, .. } => authority.revoker.published(seq),
        PasswordChange::Outdated => return Err(Conflict::Outdated.into()),
        PasswordChange::Unknown => return Err(Conflict::UserDisabled.into()),
    }
    let user = authority
        .store
        .user(user.id)
        .await?
        .ok_or(Refusal::Unknown("user"))?;
    Ok(UserView::from(&user))
}

fn read(form: &mut Form) -> NewUser {
    let name = form.required("name", NAME_MOST, "choose a name to sign in with");
    if name.trim() != name {
        form.wrong("name", "begins or ends with white space", "leave it out");
    } else if name.starts_with("user:") || name.starts_with("client:") {
        form.wrong("name", "looks like an id", "choose another beginning");
    } else if matches!(name.as_str(), "." | "..") {
        form.wrong("name", "is made of dots", "choose another name");
    }
    let email = form.text("email", EMAIL_MOST).filter(|e| !e.is_empty());
    if email.as_deref().is_some_and(|e| !is_email(e)) {
        form.wrong("email", "is not an e-mail address", "write local@host.example");
    }
    NewUser {
        name,
        email,
        password: form.secret("password"),
        admin: form.flag("admin", false),
        must_change: form.flag("must_change", false),
    }
}

async fn check_password(
    authority: &Authority,
    form: &mut Form,
    password: &Zeroizing<String>,
    own: &[&str],
) -> Result<(), Refusal> {
    let weak = judge(
        &authority.passwords,
        password,
        authority.config.login.min_password,
        own,
    )
    .await?;
    if let Err(weak) = weak {
        let hint = match weak {
            WeakPassword::TooShort(_) => "several words in a row are easy to remember and hard to guess",
            WeakPassword::TooLong => "use a shorter one",
            WeakPassword::Guessable(_) | WeakPassword::Breached => {
                "use several unrelated words, or a password manager"
            }
        };
        form.wrong("password", weak.to_string(), hint);
    }
    Ok(())
}

/// Simple on purpose: one `@`, a plain local part, a host. Whether it reaches anybody only a mail can tell.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    (1..=64).contains(&local.len())
        && !local.contains(['@', '"', '\\', '<', '>', '(', ')', ',', ';', ':'])
        && !local.chars().any(|c| c.is_whitespace() || c.is_control())
        && host.to_ascii_lowercase().parse::<Host>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_checked_simply() {
        for good in [
            "ada@example.org",
            "a.b+c@sub.example.org",
            "root@localhost",
            "ada@EXAMPLE.org",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@x.org",
            "a@",
            "a b@x.org",
            "a@b@c.org",
            "a@x..org",
            "<a@x.org>",
            "a@x.org, b@y.org",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
