//! What a configuration must keep for the topology's requirements to hold: written by `--emit`, and held against a
//! configuration by `config check --against`.

use domain::Span;

use super::access_life;
use super::routes::{Checked, places, routes_of, stands_at};
use crate::case::Case;
use crate::decide::mechanism;
use crate::figures::Constants;
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::Topology;

/// Everything that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Of the whole deployment.
    pub limits: Limits,
    /// Of each route, the more particular first.
    pub routes: Vec<RoutePromise>,
}

/// Limits of a deployment: none may be longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The issuer that the topology names.
    pub issuer: String,
    /// The lease.
    pub lease: Span,
    /// Per assurance level (`aal1`): idle and absolute limit.
    pub session: Vec<(&'static str, Span, Span)>,
    /// The longest idle limit, where the requirements name one.
    pub idle: Option<Span>,
    /// The longest absolute limit, likewise.
    pub absolute: Option<Span>,
    /// The life of access tokens that is written.
    pub access_life: Option<Span>,
    /// The longest life of a token that nothing but its end takes back.
    pub self_contained_life: Option<Span>,
    /// Origins of applications with a cookie of their own.
    pub applications: Vec<String>,
}

/// What holds on the requests of one host, path and set of methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePromise {
    /// A name: the clients' and what they do.
    pub name: String,
    /// The host; nothing: every host.
    pub host: Option<String>,
    /// The path, or `/x/*`.
    pub path: String,
    /// The methods; empty: all.
    pub methods: Vec<&'static str>,
    /// Whether another route is for reads, and comes before.
    pub except_reads: bool,
    /// Kinds of credential that may count.
    pub accept: Vec<&'static str>,
    /// Whom tokens are for.
    pub audience: Option<String>,
    /// Least assurance.
    pub assurance: Option<&'static str>,
    /// Longest time since the person signed in.
    pub max_age: Option<Span>,
    /// How stale an edge may be.
    pub max_staleness: Span,
    /// Whether it asks beyond that.
    pub asks: bool,
    /// How long it may go on beyond the lease.
    pub beyond_lease: Option<Span>,
    /// That for reads only.
    pub read_only: bool,
    /// What a reader of the file should know.
    pub notes: Vec<String>,
}

/// What the requirements of a topology ask of its configuration.
#[must_use]
pub fn promise(topology: &Topology, constants: &Constants) -> Promise {
    let checked: Vec<Checked<'_>> = topology
        .clients
        .iter()
        .filter_map(|client| {
            let chosen = mechanism(topology, client, constants)?;
            let case = Case {
                topology,
                client,
                constants,
            };
            (chosen != Mechanism::SelfContained).then_some((case, chosen))
        })
        .collect();
    let mut routes = Vec::new();
    for (host, path) in places(&checked) {
        let here: Vec<&Checked<'_>> = checked
            .iter()
            .filter(|(case, _)| stands_at(case.client, host, path))
            .collect();
        routes.extend(routes_of(&here, host, path));
    }
    // The first route that covers a request decides: a named host before any, a longer path before a shorter.
    routes.sort_by_key(|route| {
        let plain = route.path.strip_suffix("/*").unwrap_or(&route.path).len();
        (
            route.host.is_none(),
            std::cmp::Reverse(plain),
            route.path.ends_with("/*"),
        )
    });
    distinct_names(&mut routes);
    Promise {
        limits: limits(topology, constants, &checked),
        routes,
    }
}

/// A client at several hosts has several routes: from the second on they are numbered.
fn distinct_names(routes: &mut [RoutePromise]) {
    let mut taken: Vec<String> = Vec::new();
    for route in routes {
        let mut name = route.name.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{}-{number}", route.name);
            number += 1;
        }
        taken.push(name.clone());
        route.name = name;
    }
}

fn limits(topology: &Topology, constants: &Constants, checked: &[Checked<'_>]) -> Limits {
    let people: Vec<&Case<'_>> = checked
        .iter()
        .map(|(case, _)| case)
        .filter(|case| case.client.acts_for_user)
        .collect();
    let idle = people
        .iter()
        .filter_map(|case| case.idle())
        .map(|(span, _)| span)
        .min();
    let absolute = people
        .iter()
        .filter_map(|case| case.absolute())
        .map(|(span, _)| span)
        .min();
    let policy = domain::session::SessionPolicy::default();
    let presets = [
        ("aal1", policy.aal1),
        ("aal2", policy.aal2),
        ("aal3", policy.aal3),
    ];
    let session = presets.map(|(level, preset)| {
        let absolute = absolute.map_or(preset.absolute, |span| span.min(preset.absolute));
        let idle = idle
            .map_or(preset.idle, |span| span.min(preset.idle))
            .min(absolute);
        (level, idle, absolute)
    });
    let mut applications: Vec<String> = Vec::new();
    for (case, _) in checked.iter().filter(|(case, _)| case.client.has_cookies()) {
        for host in &case.client.hosts {
            let origin = format!("https://{host}");
            if origin != topology.deployment.issuer && !applications.contains(&origin) {
                applications.push(origin);
            }
        }
    }
    Limits {
        issuer: topology.deployment.issuer.clone(),
        lease: plan::lease(topology),
        session: session.to_vec(),
        idle,
        absolute,
        access_life: access_life(topology, constants),
        self_contained_life: self_contained_life(topology, constants),
        applications,
    }
}

fn self_contained_life(topology: &Topology, constants: &Constants) -> Option<Span> {
    let lives = topology.clients.iter().filter_map(|client| {
        let case = Case {
            topology,
            client,
            constants,
        };
        let chosen = mechanism(topology, client, constants)?;
        (chosen == Mechanism::SelfContained).then(|| case.self_contained_life())
    });
    lives.min()
}
