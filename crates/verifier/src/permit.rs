//! Permission as a value: identity headers are written from nothing else.

use std::sync::Arc;

use domain::feed::LeaseView;
use domain::{Seq, Span};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::facts::Holder;
use crate::route::Route;

/// A request may pass. Made only by a check.
#[derive(Debug, Clone)]
#[must_use = "a permit is what forwarding takes"]
pub struct Permit {
    pub(crate) route: Arc<Route>,
    pub(crate) holder: Option<Holder>,
    pub(crate) staleness: Span,
    pub(crate) frontier: Seq,
    pub(crate) beyond_lease: bool,
}

const SUBJECT: HeaderName = HeaderName::from_static("symbolon-subject");
const SESSION: HeaderName = HeaderName::from_static("symbolon-session");
const CLIENT: HeaderName = HeaderName::from_static("symbolon-client");
const SCOPE: HeaderName = HeaderName::from_static("symbolon-scope");
const ASSURANCE: HeaderName = HeaderName::from_static("symbolon-assurance");
const STALENESS: HeaderName = HeaderName::from_static("symbolon-staleness");
const FRONTIER: HeaderName = HeaderName::from_static("symbolon-frontier");

impl Permit {
    pub(crate) fn public(route: Arc<Route>, view: LeaseView) -> Self {
        Self {
            route,
            holder: None,
            staleness: view.staleness.unwrap_or_default(),
            frontier: view.frontier,
            beyond_lease: false,
        }
    }

    /// The route that let it through.
    #[must_use]
    pub const fn route(&self) -> &Arc<Route> {
        &self.route
    }

    /// Whose request it is; nobody's on a public route.
    #[must_use]
    pub const fn holder(&self) -> Option<&Holder> {
        self.holder.as_ref()
    }

    /// How far the map may have been behind.
    #[must_use]
    pub const fn staleness(&self) -> Span {
        self.staleness
    }

    /// What the map held.
    #[must_use]
    pub const fn frontier(&self) -> Seq {
        self.frontier
    }

    /// Whether it was let through by the route's written exception, after the lease.
    #[must_use]
    pub const fn is_beyond_lease(&self) -> bool {
        self.beyond_lease
    }

    /// Writes who it is. Whatever was there under these names is replaced or removed.
    pub fn write_identity(&self, headers: &mut HeaderMap) {
        let known = self.holder.as_ref().map(Holder::headers);
        for (name, value) in [
            (SUBJECT, known.and_then(|k| k.subject.as_ref())),
            (SESSION, known.and_then(|k| k.session.as_ref())),
            (CLIENT, known.and_then(|k| k.client.as_ref())),
            (SCOPE, known.and_then(|k| k.scope.as_ref())),
            (ASSURANCE, known.and_then(|k| k.assurance.as_ref())),
        ] {
            match value {
                Some(value) => headers.insert(name, value.clone()),
                None => headers.remove(name),
            };
        }
        if self.holder.is_some() {
            headers.insert(STALENESS, HeaderValue::from(self.staleness.as_ms()));
            headers.insert(FRONTIER, HeaderValue::from(self.frontier.as_u64()));
        }
    }
}
