//! A route: which requests it covers, and what they need.

use domain::feed::StalenessPolicy;
use domain::{Assurance, Span};
use http::Method;

use crate::forwarding::JudgedRequest;

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CredentialKind {
    /// The session cookie.
    Session,
    /// A bearer access token.
    Bearer,
    /// A token bound to a key (RFC 9449). Not offered yet: refused where a route accepts it.
    Dpop,
}

/// Which hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// Every host.
    Any,
    /// This one, without its port.
    Exact(String),
    /// Every name below: `.example.org` for `*.example.org`.
    Below(String),
}

/// Which paths, in the shared reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPattern {
    /// This one.
    Exact(String),
    /// `/x/*`: `/x` itself and everything below it, kept without the last slash. Empty for `/*`.
    Below(String),
}

/// What one `[[route]]` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// A name for events, metrics and receipts.
    pub name: String,
    /// Hosts.
    pub host: HostPattern,
    /// Paths.
    pub path: PathPattern,
    /// Methods; empty: all.
    pub methods: Vec<Method>,
    /// Kinds of credential that count. All others are as if they were not there.
    pub accept: Vec<CredentialKind>,
    /// Whom a token must be for.
    pub audience: String,
    /// Scopes that a token must have, all of them.
    pub scopes: Vec<String>,
    /// Least assurance.
    pub assurance: Option<Assurance>,
    /// Longest time since the subject authenticated.
    pub max_age: Option<Span>,
    /// Whether unsafe methods with a session need proof against CSRF.
    pub csrf: bool,
    /// How stale the edge may be.
    pub staleness: StalenessPolicy,
    /// Where the built-in proxy sends it: `http://host:port`.
    pub upstream: Option<String>,
    /// Whether the upstream gets a signed token that says who it is, beside the plain headers.
    pub identity: bool,
    /// Let through without any credential, and without any identity.
    pub public: bool,
}

impl Route {
    /// The route of the quick start: every host and path, session or bearer token, tokens for the issuer itself.
    #[must_use]
    pub fn any(issuer: &str) -> Self {
        Self {
            name: "default".to_owned(),
            host: HostPattern::Any,
            path: PathPattern::Below(String::new()),
            methods: Vec::new(),
            accept: vec![CredentialKind::Session, CredentialKind::Bearer],
            audience: issuer.to_owned(),
            scopes: Vec::new(),
            assurance: None,
            max_age: None,
            csrf: true,
            staleness: StalenessPolicy::default(),
            upstream: None,
            identity: true,
            public: false,
        }
    }

    /// Whether a kind of credential counts here.
    #[must_use]
    pub fn accepts(&self, kind: CredentialKind) -> bool {
        !self.public && self.accept.contains(&kind)
    }

    /// Whether it covers a request.
    #[must_use]
    pub fn covers(&self, request: &JudgedRequest<'_>) -> bool {
        self.host.covers(request.authority().host())
            && self.path.covers(request.path())
            && (self.methods.is_empty() || self.methods.contains(request.method()))
    }
}

impl CredentialKind {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
        }
    }

    /// From the configuration's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Session, Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

impl HostPattern {
    /// Whether it covers a host in lower case.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(name) => name == host,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        }
    }
}

impl PathPattern {
    /// Whether it covers a path in the shared reading.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Exact(whole) => whole == path,
            // Upstreams rarely tell `/x` from `/x/`: both belong to `/x/*`.
            Self::Below(start) => path
                .strip_prefix(start.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_paths_match_whole_labels_and_segments() {
        let below = HostPattern::Below(".example.org".into());
        assert!(below.covers("a.example.org") && below.covers("b.a.example.org"));
        assert!(
            !below.covers("example.org") && !below.covers("evilexample.org") && !below.covers(".example.org")
        );
        assert!(!HostPattern::Exact("a".into()).covers("a.b") && HostPattern::Any.covers("x"));
        let admin = PathPattern::Below("/admin".into());
        assert!(admin.covers("/admin") && admin.covers("/admin/") && admin.covers("/admin/x"));
        assert!(!admin.covers("/administrator") && !admin.covers("/x/admin"));
        assert!(
            PathPattern::Below(String::new()).covers("/") && PathPattern::Exact("/x".into()).covers("/x")
        );
        assert!(!PathPattern::Exact("/x".into()).covers("/x/"));
    }
}
