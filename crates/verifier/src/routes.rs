//! The list of routes: as written, as checked, and which one covers a request.

use std::sync::Arc;

use domain::access_token::MAX_LIFE;
use domain::feed::{LeaseTerms, OnStale, StalenessPolicy};
use domain::setting::{Problem, Problems};
use domain::{Assurance, Host, Span};
use http::Method;
use serde::Deserialize;

use crate::forwarding::JudgedRequest;
use crate::route::{CredentialKind, HostPattern, PathPattern, Route};

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
            .map(|(i, r)| Arc::new(read(&mut problems, i, r, &issuer)))
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

fn read(p: &mut Problems, index: usize, raw: &RawRoute, issuer: &Issuer) -> Route {
    let at = |key: &str| format!("route[{index}].{key}");
    let public = raw.public.unwrap_or(false);
    let accept = accept(p, &at("accept"), raw);
    if accept.contains(&CredentialKind::Session) && !raw.scopes.is_empty() && !public {
        p.add(
            &at("scopes"),
            "a session has no scope",
            "split the route: one for tokens with scopes, one for sessions",
        );
    }
    let day = Span::from_days(1);
    let age = (Span::from_secs(1), Span::from_days(365));
    let max_age = raw
        .max_age
        .as_deref()
        .map(|t| p.span(&at("max_age"), Some(t), day, age));
    let assurance = raw
        .assurance
        .as_deref()
        .and_then(|text| match text.parse::<Assurance>() {
            Ok(level) => Some(level),
            Err(error) => {
                p.add(&at("assurance"), error.to_string(), "write aal1, aal2 or aal3");
                None
            }
        });
    Route {
        name: raw.name.clone().unwrap_or_else(|| format!("route-{}", index + 1)),
        host: host(p, &at("match.host"), raw.matching.host.as_deref()),
        path: path(p, &at("match.path"), raw.matching.path.as_deref()),
        methods: methods(p, &at("match.methods"), &raw.matching.methods),
        accept,
        audience: raw.audience.clone().unwrap_or_else(|| issuer.url.clone()),
        scopes: raw.scopes.clone(),
        assurance,
        max_age,
        csrf: raw.csrf.unwrap_or(true),
        staleness: staleness(p, index, raw),
        upstream: upstream(p, &at("upstream"), raw.upstream.as_deref()),
        public,
    }
}

fn accept(p: &mut Problems, path: &str, raw: &RawRoute) -> Vec<CredentialKind> {
    let Some(words) = &raw.accept else {
        return vec![CredentialKind::Session, CredentialKind::Bearer];
    };
    if words.is_empty() && raw.public != Some(true) {
        p.add(
            path,
            "no kind of credential is accepted",
            "name session or bearer, or write public = true",
        );
    }
    let mut kinds = Vec::new();
    for word in words {
        match CredentialKind::parse(word) {
            Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
            Some(_) => {}
            None => p.add(
                path,
                format!("\"{word}\" is not a kind of credential"),
                "write session, bearer or dpop",
            ),
        }
    }
    kinds
}

fn host(p: &mut Problems, path: &str, text: Option<&str>) -> HostPattern {
    let Some(text) = text.filter(|t| *t != "*") else {
        return HostPattern::Any;
    };
    let (name, below) = text.strip_prefix("*.").map_or((text, false), |rest| (rest, true));
    if name.parse::<Host>().is_err() {
        p.add(
            path,
            format!("\"{text}\" is not a host"),
            "write a lower-case host without a port, or *.example.org",
        );
    }
    if below {
        HostPattern::Below(format!(".{name}"))
    } else {
        HostPattern::Exact(name.to_owned())
    }
}

fn path(p: &mut Problems, at: &str, text: Option<&str>) -> PathPattern {
    let text = text.unwrap_or("/*");
    let (plain, below) = text.strip_suffix("/*").map_or((text, false), |rest| (rest, true));
    let read = if below && plain.is_empty() {
        Ok("".into())
    } else {
        crate::path::normalise(plain)
    };
    // A pattern in another reading than the requests' would never match, and would protect nothing.
    if plain.contains('*') || !read.is_ok_and(|same| same == plain) {
        p.add(
            at,
            format!("\"{text}\" is not a path"),
            "write \"/x\" for one path or \"/x/*\" for all below, unencoded",
        );
    }
    if below {
        PathPattern::Below(plain.to_owned())
    } else {
        PathPattern::Exact(plain.to_owned())
    }
}

fn methods(p: &mut Problems, path: &str, words: &[String]) -> Vec<Method> {
    let mut list = Vec::new();
    for word in words {
        match Method::from_bytes(word.as_bytes()) {
            Ok(method) if word.bytes().all(|b| b.is_ascii_uppercase()) => list.push(method),
            _ => p.add(
                path,
                format!("\"{word}\" is not a method"),
                "write it in capitals: GET",
            ),
        }
    }
    list
}

fn staleness(p: &mut Problems, index: usize, raw: &RawRoute) -> StalenessPolicy {
    let at = |key: &str| format!("route[{index}].{key}");
    let bounds = (Span::from_ms(150), LeaseTerms::MAX);
    let most = raw
        .max_staleness
        .as_deref()
        .map(|t| p.span(&at("max_staleness"), Some(t), LeaseTerms::MAX, bounds));
    let bounds = (Span::from_secs(1), MAX_LIFE);
    let beyond = raw
        .beyond_lease
        .as_deref()
        .map(|t| p.span(&at("beyond_lease"), Some(t), bounds.0, bounds));
    let on_stale = match raw.on_stale.as_deref() {
        None | Some("refuse") => OnStale::Refuse,
        Some("ask") => OnStale::Ask,
        Some(other) => {
            p.add(
                &at("on_stale"),
                format!("\"{other}\" is not a choice"),
                "write refuse or ask",
            );
            OnStale::Refuse
        }
    };
    if raw.read_only == Some(true) && beyond.is_none() {
        p.add(
            &at("read_only"),
            "there is no exception to narrow",
            "read_only belongs to beyond_lease",
        );
    }
    StalenessPolicy {
        max_staleness: most,
        on_stale,
        beyond_lease: beyond,
        read_only: raw.read_only.unwrap_or(false),
    }
}

fn upstream(p: &mut Problems, path: &str, text: Option<&str>) -> Option<String> {
    let text = text?;
    let authority = text
        .strip_prefix("http://")
        .map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    let sound = authority.is_some_and(|a| crate::RequestAuthority::parse(a, false).is_some());
    if !sound {
        p.add(
            path,
            format!("\"{text}\" is not an upstream"),
            "write http://host:port, without a path",
        );
    }
    authority.filter(|_| sound).map(str::to_owned)
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
