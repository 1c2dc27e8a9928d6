//! One `[[route]]` from what is written, noting everything that is wrong with it.

use domain::feed::{CANARY_AUDIENCE, LeaseTerms, OnStale, StalenessPolicy};
use domain::setting::Problems;
use domain::{Assurance, Host, Span};
use http::Method;

use super::{Issuer, RawRoute};
use crate::route::{CredentialKind, HostPattern, PathPattern, Route};

pub(super) fn read(p: &mut Problems, index: usize, raw: &RawRoute, issuer: &Issuer) -> Route {
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
    if raw.audience.as_deref() == Some(CANARY_AUDIENCE) {
        p.add(
            &at("audience"),
            "is the canary's, which opens nothing",
            "write your API's own",
        );
    }
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
        identity: raw.identity.unwrap_or(true),
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
    let bounds = (Span::from_secs(1), StalenessPolicy::LONGEST_EXCEPTION);
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
