//! What many credentials have in common is kept once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use domain::Subject;
use domain::access_token::Audience;
use domain::name::{ClientId, TenantId};
use domain::revocation::Position;
use jose::KeyId;

/// Different values of one kind that are shared. Beyond, each credential has its own.
const MOST: usize = 1024;

/// Names and lists.
#[derive(Default)]
pub(crate) struct Commons {
    tenants: Shared<TenantId>,
    clients: Shared<ClientId>,
    keys: Shared<KeyId>,
    audiences: Shared<Arc<Audience>>,
    scopes: Shared<Arc<str>>,
}

struct Shared<T>(Mutex<HashSet<T>>);

impl Commons {
    /// The same position, with names that others have too.
    pub(crate) fn position(&self, position: Position) -> Position {
        Position {
            subject: match position.subject {
                Subject::Client(client) => Subject::Client(self.clients.one(client)),
                user @ Subject::User(_) => user,
            },
            tenant: position.tenant.map(|tenant| self.tenants.one(tenant)),
            client: position.client.map(|client| self.clients.one(client)),
            key: position.key.map(|key| self.keys.one(key)),
            ..position
        }
    }

    /// The same audience.
    pub(crate) fn audience(&self, audience: Audience) -> Arc<Audience> {
        self.audiences.one(Arc::new(audience))
    }

    /// The same scope.
    pub(crate) fn scope(&self, scope: &str) -> Arc<str> {
        self.scopes.one(scope.into())
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    fn one(&self, value: T) -> T {
        let Ok(mut kept) = self.0.lock() else { return value };
        if let Some(same) = kept.get(&value) {
            return same.clone();
        }
        if kept.len() < MOST {
            kept.insert(value.clone());
        }
        value
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_and_their_number_is_bounded() {
        let commons = Commons::default();
        let first = commons.scope("read");
        assert!(Arc::ptr_eq(&first, &commons.scope("read")));
        for number in 0..2 * MOST {
            assert_eq!(*commons.scope(&number.to_string()), *number.to_string());
        }
        assert_eq!(commons.scopes.0.lock().unwrap().len(), MOST);
        assert!(Arc::ptr_eq(&first, &commons.scope("read")));
    }
}
