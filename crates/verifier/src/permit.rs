//! Permission as a value: identity headers are written from nothing else.

use std::sync::Arc;

use domain::feed::LeaseView;
use domain::{Assurance, BootTime, Seq, Span, Timestamp};
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
    pub(crate) at: Timestamp,
    /// Until when the authority's word carries it, where that let the request through.
    pub(crate) word_ends_at: Option<BootTime>,
}

const SUBJECT: HeaderName = HeaderName::from_static("symbolon-subject");
const SESSION: HeaderName = HeaderName::from_static("symbolon-session");
const CLIENT: HeaderName = HeaderName::from_static("symbolon-client");
const SCOPE: HeaderName = HeaderName::from_static("symbolon-scope");
const ASSURANCE: HeaderName = HeaderName::from_static("symbolon-assurance");
pub(crate) const STALENESS: HeaderName = HeaderName::from_static("symbolon-staleness");
pub(crate) const FRONTIER: HeaderName = HeaderName::from_static("symbolon-frontier");

impl Permit {
    pub(crate) fn public(route: Arc<Route>, view: LeaseView, at: Timestamp) -> Self {
        Self {
            route,
            holder: None,
            staleness: view.staleness.unwrap_or_default(),
            frontier: view.frontier,
            beyond_lease: false,
            at,
            word_ends_at: None,
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

    /// When it was given.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Writes who it is. Whatever was there under these names is replaced or removed.
    pub fn write_identity(&self, headers: &mut HeaderMap) {
        let holder = self.holder.as_ref();
        let position = holder.map(Holder::position);
        let session = position.and_then(|at| at.session);
        let fixed = |text: &str| HeaderValue::from_str(text).ok();
        for (name, value) in [
            (SUBJECT, position.and_then(|at| fixed(&at.subject.to_string()))),
            (SESSION, session.and_then(|id| fixed(&id.to_string()))),
            (
                CLIENT,
                holder.and_then(Holder::client).and_then(|id| fixed(id.as_str())),
            ),
            (SCOPE, holder.and_then(Holder::scope).and_then(fixed)),
            (
                ASSURANCE,
                holder
                    .and_then(Holder::assurance)
                    .map(Assurance::as_str)
                    .map(HeaderValue::from_static),
            ),
        ] {
            match value {
                Some(value) => headers.insert(name, value),
                None => headers.remove(name),
            };
        }
        if self.holder.is_some() {
            headers.insert(STALENESS, HeaderValue::from(self.staleness.as_ms()));
            headers.insert(FRONTIER, HeaderValue::from(self.frontier.as_u64()));
        }
    }
}
