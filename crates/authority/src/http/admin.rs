//! The admin API: `/admin/v1/..` and `/metrics` on the admin port. Every request, even for what does not exist, needs an
//! administrator's token first, and every operation one scope of it. What changes something leaves an event.

mod access;
mod admin_tokens;
pub(crate) mod body;
mod client_secrets;
mod clients;
mod edges;
mod events;
mod keys;
mod openapi;
mod operations;
mod problem;
mod revocations;
mod sessions;
mod system;
mod users;

pub use access::AdminTokens;
pub use openapi::document;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::Method;
use prometheus_client::registry::Registry;

use crate::authority::Authority;
use crate::flows::admin::backup::Backup;

/// Adds metrics of somebody else, such as an edge, to each answer of `/metrics`.
pub type MetricsSource = Arc<dyn Fn(&mut Registry) + Send + Sync>;

/// What the admin API is given.
#[derive(Clone)]
pub struct AdminParts {
    tokens: AdminTokens,
    backup: Option<Arc<dyn Backup>>,
    metrics: Vec<MetricsSource>,
}

/// What handlers share.
#[derive(Clone)]
struct Admin {
    authority: Arc<Authority>,
    parts: Arc<AdminParts>,
    needs: Arc<HashMap<(Method, &'static str), operations::Needs>>,
}

impl Admin {
    fn new(authority: Arc<Authority>, parts: AdminParts, operations: &[operations::Operation]) -> Self {
        let needs = operations.iter().map(|o| ((o.method.clone(), o.path), o.needs()));
        Self {
            authority,
            parts: Arc::new(parts),
            needs: Arc::new(needs.collect()),
        }
    }

    /// As the `Allow` header lists them (RFC 9110 section 10.2.1).
    fn methods_of(&self, path: &str) -> String {
        let of_path = self.needs.keys().filter(|(_, p)| *p == path);
        let mut methods: Vec<&str> = of_path.map(|(method, _)| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.join(", ")
    }
}

impl AdminParts {
    /// With these tokens, and nothing that is optional.
    #[must_use]
    pub const fn new(tokens: AdminTokens) -> Self {
        Self {
            tokens,
            backup: None,
            metrics: Vec::new(),
        }
    }

    /// With a store that can copy itself.
    #[must_use]
    pub fn with_backup(self, store: Arc<dyn Backup>) -> Self {
        Self {
            backup: Some(store),
            ..self
        }
    }

    /// With metrics of somebody else.
    #[must_use]
    pub fn with_metrics(mut self, source: MetricsSource) -> Self {
        self.metrics.push(source);
        self
    }
}

impl From<AdminTokens> for AdminParts {
    fn from(tokens: AdminTokens) -> Self {
        Self::new(tokens)
    }
}

impl fmt::Debug for AdminParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminParts")
            .field("tokens", &self.tokens)
            .field("backup", &self.backup)
            .field("metrics", &self.metrics.len())
            .finish()
    }
}

/// The admin API.
pub fn admin(authority: Arc<Authority>, parts: impl Into<AdminParts>) -> Router {
    let operations = operations::all();
    authority.metrics.administers(operations.iter().map(|o| o.action));
    let state = Admin::new(authority, parts.into(), &operations);
    let routes = operations
        .into_iter()
        .fold(Router::new(), |router, o| router.route(o.path, o.handler));
    routes
        .fallback(problem::no_such_path)
        // Outermost: not even which paths exist is told without a token.
        .layer(from_fn_with_state(state.clone(), access::admit))
        .with_state(state)
}

#[cfg(test)]
mod tests;
