//! The list of routes: as written, as checked, and which one covers a request.

mod read;

use std::sync::Arc;

use domain::setting::{Problem, Problems};
use domain::{Host, Span};
use serde::Deserialize;

use crate::forwarding::JudgedRequest;
use crate::route::Route;

/// The issuer: `iss` of every token, and the host of the authority's own cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Scheme, host and port, byte for byte as in tokens.
    pub url: String,
    /// Its host.
    pub host: Host,
}

/// `[[route]]` as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct RawRoute {
    pub name: Option<String>,
    #[serde(rename = "match")]
    pub matching: RawMatch,
    pub accept: Option<Vec<String>>,
    pub audience: Option<String>,
    pub scopes: Vec<String>,
    pub assurance: Option<String>,
    pub max_age: Option<String>,
    pub csrf: Option<bool>,
    pub max_staleness: Option<String>,
    pub on_stale: Option<String>,
    pub beyond_lease: Option<String>,
    pub read_only: Option<bool>,
    pub upstream: Option<String>,
    pub identity: Option<bool>,
    pub public: Option<bool>,
}

/// `match` of a route as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct RawMatch {
    pub host: Option<String>,
    pub path: Option<String>,
    pub methods: Vec<String>,
}

/// Routes in the order in which they are tried.
#[derive(Debug, Clone)]
pub struct Routes {
    list: Vec<Arc<Route>>,
    issuer: Issuer,
    /// Without any `[[route]]` every host shares the authority's own cookie.
    quick_start: bool,
}

impl Routes {
    /// The route of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Route>> {
        self.list.iter().find(|route| route.name == name)
    }

    /// From what is configured; nothing configured is the quick start.
    ///
    /// # Errors
    /// Every problem of every route.
    pub fn from_raw(raw: Vec<RawRoute>, issuer: Issuer) -> Result<Self, Vec<Problem>> {
        let quick_start = raw.is_empty();
        let mut problems = Problems::default();
        let mut list: Vec<Arc<Route>> = raw
            .iter()
            .enumerate()
            .map(|(i, r)| Arc::new(read::read(&mut problems, i, r, &issuer)))
            .collect();
        if quick_start {
            list.push(Arc::new(Route::any(&issuer.url)));
        }
        for (index, route) in list.iter().enumerate() {
            if list.iter().take(index).any(|earlier| earlier.name == route.name) {
                let path = format!("route[{index}].name");
                problems.add(
                    &path,
                    format!("\"{}\" names two routes", route.name),
                    "give each route its own name",
                );
            }
        }
        problems.finish(Self {
            list,
            issuer,
            quick_start,
        })
    }

    /// The first route that covers a request.
    #[must_use]
    pub fn find(&self, request: &JudgedRequest<'_>) -> Option<&Arc<Route>> {
        self.list.iter().find(|route| route.covers(request))
    }

    /// All of them, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Arc<Route>] {
        &self.list
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Whether a host's session cookie is the authority's own.
    #[must_use]
    pub fn shares_authority_cookie(&self, host: &str) -> bool {
        self.quick_start || host == self.issuer.host.as_str()
    }

    /// The smallest staleness that any route tolerates: it sets how often an edge renews.
    #[must_use]
    pub fn smallest_max_staleness(&self) -> Option<Span> {
        self.list.iter().filter_map(|r| r.staleness.max_staleness).min()
    }
}

#[cfg(test)]
mod tests;
