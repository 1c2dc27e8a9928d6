//! `symbolon config check --against`: where a configuration breaks what a topology's requirements ask for.

use advisor::emit::{Limits, Promise, RoutePromise};
use domain::setting::Problem;
use domain::{Assurance, Span};
use http::Method;
use verifier::{CredentialKind, HostPattern, PathPattern, Route};

use crate::config::{Checked, RawEdges};

/// Everything that is less than promised; each with the key and the remedy. A configuration with faults of its own is
/// judged first: here it has none.
pub(crate) fn broken(checked: &Checked, promise: &Promise) -> Vec<Problem> {
    let raw = checked.table.clone().try_into::<authority::RawConfig>();
    let Some(authority) = raw.ok().and_then(|raw| raw.check().ok()) else {
        return Vec::new();
    };
    let raw = checked.table.clone().try_into::<RawEdges>();
    let Some(edge) = raw.ok().and_then(|raw| raw.check(&authority).ok()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    limits(&mut found, &authority, &promise.limits);
    for promised in &promise.routes {
        routes(
            &mut found,
            edge.routes.as_slice().iter().map(AsRef::as_ref),
            promised,
            authority.lease.lease,
        );
    }
    found
}

fn limits(found: &mut Vec<Problem>, config: &authority::Config, promised: &Limits) {
    if config.issuer != promised.issuer {
        found.push(Problem::new(
            "server.issuer",
            format!("is {}, and the topology's is {}", config.issuer, promised.issuer),
            "write the same in both",
        ));
    }
    let levels = [
        ("aal1", config.session.aal1),
        ("aal2", config.session.aal2),
        ("aal3", config.session.aal3),
    ];
    for (level, timeouts) in levels {
        longer(
            found,
            &format!("session.idle_{level}"),
            timeouts.idle,
            promised.idle,
        );
        longer(
            found,
            &format!("session.absolute_{level}"),
            timeouts.absolute,
            promised.absolute,
        );
    }
    longer(
        found,
        "token.access_life",
        config.token.access_life,
        promised.self_contained_life,
    );
    for origin in promised
        .applications
        .iter()
        .filter(|origin| !config.applications.contains(origin))
    {
        found.push(Problem::new(
            "session.applications",
            format!("{origin} is not listed: nobody can sign in there"),
            format!("add \"{origin}\""),
        ));
    }
}

fn longer(found: &mut Vec<Problem>, path: &str, span: Span, promised: Option<Span>) {
    if let Some(promised) = promised.filter(|promised| span > *promised) {
        found.push(Problem::new(
            path,
            format!("is {span}, where the requirements allow {promised}"),
            format!("write \"{promised}\" or less"),
        ));
    }
}

/// Every route that may decide a request of the promised place is held to the promise.
fn routes<'a>(
    found: &mut Vec<Problem>,
    configured: impl Iterator<Item = &'a Route>,
    promised: &RoutePromise,
    lease: Span,
) {
    let mut covered = false;
    for route in configured.filter(|route| meets(route, promised)) {
        covered = true;
        for (key, message, hint) in route_faults(route, promised, lease) {
            let place = format!("route \"{}\"", route.name);
            let message = format!("{place}: {message} ({} needs more)", promised.name);
            let problem = Problem::new(format!("route.{key}"), message, hint);
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
    }
    if !covered {
        let host = promised.host.as_deref().unwrap_or("*");
        found.push(Problem::new(
            "route",
            format!(
                "no route is for {host}{}: requests of {} are refused",
                promised.path, promised.name
            ),
            "add a [[route]] for it; `symbolon advise --emit` writes one",
        ));
    }
}

/// Key, what is wrong, and the remedy.
type Fault = (&'static str, String, String);

fn route_faults(route: &Route, promised: &RoutePromise, lease: Span) -> Vec<Fault> {
    if route.public {
        let hint = "take public = true away, or narrow the route".to_owned();
        return vec![("public", "lets everybody through".to_owned(), hint)];
    }
    let mut faults = credential_faults(route, promised);
    let staleness = route
        .staleness
        .max_staleness
        .map_or(lease, |span| span.min(lease));
    if staleness > promised.max_staleness {
        faults.push((
            "max_staleness",
            format!("an edge may be {staleness} behind"),
            format!("write max_staleness = \"{}\"", promised.max_staleness),
        ));
    }
    let for_reads_only = route.staleness.read_only && promised.except_reads;
    let allowed = promised.beyond_lease.unwrap_or_default();
    if let Some(beyond) = route
        .staleness
        .beyond_lease
        .filter(|beyond| *beyond > allowed && !for_reads_only)
    {
        let hint = match promised.beyond_lease {
            Some(allowed) => format!("write beyond_lease = \"{allowed}\" or less"),
            None => "take beyond_lease away".to_owned(),
        };
        faults.push(("beyond_lease", format!("goes on {beyond} beyond the lease"), hint));
    } else if promised.read_only && route.staleness.beyond_lease.is_some() && !reads_only(route) {
        let hint = "write read_only = true".to_owned();
        faults.push((
            "read_only",
            "goes on beyond the lease with every method".to_owned(),
            hint,
        ));
    }
    faults
}

fn credential_faults(route: &Route, promised: &RoutePromise) -> Vec<Fault> {
    let mut faults = Vec::new();
    let stranger = |kind: &&CredentialKind| !promised.accept.contains(&kind.as_str());
    for kind in route.accept.iter().filter(stranger) {
        let hint = format!("write accept = {:?}", promised.accept);
        faults.push(("accept", format!("accepts {}", kind.as_str()), hint));
    }
    if !route.csrf && route.accepts(CredentialKind::Session) {
        let hint = "take csrf = false away".to_owned();
        faults.push(("csrf", "asks for no proof against CSRF".to_owned(), hint));
    }
    let level = promised.assurance.and_then(|text| text.parse::<Assurance>().ok());
    if let Some(level) = level.filter(|level| route.assurance.is_none_or(|own| own < *level)) {
        let hint = format!("write assurance = \"{level}\"");
        faults.push(("assurance", format!("is open below {level}"), hint));
    }
    if let Some(age) = promised
        .max_age
        .filter(|age| route.max_age.is_none_or(|own| own > *age))
    {
        let hint = format!("write max_age = \"{age}\"");
        faults.push((
            "max_age",
            format!("is open to who signed in longer ago than {age}"),
            hint,
        ));
    }
    if let Some(audience) = promised
        .audience
        .as_deref()
        .filter(|audience| route.audience != *audience)
    {
        let hint = format!("write audience = \"{audience}\"");
        faults.push(("audience", format!("takes tokens for {}", route.audience), hint));
    }
    faults
}

fn reads_only(route: &Route) -> bool {
    route.staleness.read_only || (!route.methods.is_empty() && route.methods.iter().all(is_read))
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// Whether some request is both the route's and of the promised place.
fn meets(route: &Route, promised: &RoutePromise) -> bool {
    let host = match (&promised.host, &route.host) {
        (None, _) | (_, HostPattern::Any) => true,
        (Some(host), pattern) => pattern.covers(host),
    };
    let methods = route.methods.is_empty()
        || route.methods.iter().any(|method| {
            let named = promised.methods.is_empty() || promised.methods.contains(&method.as_str());
            named && !(promised.except_reads && is_read(method))
        });
    host && methods && paths_meet(&route.path, &promised.path)
}

fn paths_meet(pattern: &PathPattern, promised: &str) -> bool {
    let inside = |path: &str, start: &str| {
        path.strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match (pattern, promised.strip_suffix("/*")) {
        (PathPattern::Exact(one), None) => one == promised,
        (PathPattern::Exact(one), Some(start)) => inside(one, start),
        (PathPattern::Below(start), None) => inside(promised, start),
        (PathPattern::Below(one), Some(other)) => inside(one, other) || inside(other, one),
    }
}

#[cfg(test)]
mod tests;
