//! Users.

use crate::id::{Id, User as UserKind};
use crate::name::TenantId;
use crate::time::Timestamp;

/// A person who may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Row id; the `sub` of everything issued for this user.
    pub id: Id<UserKind>,
    /// Sign-in name, unique without regard to case (stored case-folded in `name_key` by the store).
    pub name: String,
    /// E-mail, if known. Never in access tokens.
    pub email: Option<String>,
    /// Tenant, where there are tenants.
    pub tenant: Option<TenantId>,
    /// PHC string of the password, if one is set.
    pub password: Option<String>,
    /// Grows with every change of a credential: a login that verified an older one cannot finish.
    pub credential_version: u32,
    /// May not sign in while set.
    pub disabled_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// Whether this user may administer the installation.
    pub admin: bool,
    /// Whether the password opens nothing but its own replacement.
    pub must_change_password: bool,
}

impl User {
    /// The form under which a name is unique: trimmed, lower case.
    #[must_use]
    pub fn name_key(name: &str) -> String {
        name.trim().to_lowercase()
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("credential_version", &self.credential_version)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}
