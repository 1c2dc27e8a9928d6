//! One route for each host and path: the strictest of what the clients there ask for.

use domain::Span;

use super::RoutePromise;
use crate::case::Case;
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::{Client, Compliance, Operation};

/// A client with a mechanism that edges check.
pub(super) type Checked<'a> = (Case<'a>, Mechanism);

/// Every host and path that a client stands at, once.
pub(super) fn places<'a>(checked: &[Checked<'a>]) -> Vec<(Option<&'a str>, &'a str)> {
    let mut places = Vec::new();
    for (case, _) in checked {
        let path = case.client.path.as_str();
        let hosts = case.client.hosts.iter().map(|host| Some(host.as_str()));
        let any = case.client.hosts.is_empty().then_some(None);
        for host in hosts.chain(any) {
            if !places.contains(&(host, path)) {
                places.push((host, path));
            }
        }
    }
    places
}

pub(super) fn stands_at(client: &Client, host: Option<&str>, path: &str) -> bool {
    let at_host = match host {
        Some(host) => client.hosts.iter().any(|own| own == host),
        None => client.hosts.is_empty(),
    };
    at_host && client.path == path
}

/// One route, or one for reads and one for the rest where their terms differ.
pub(super) fn routes_of(here: &[&Checked<'_>], host: Option<&str>, path: &str) -> Vec<RoutePromise> {
    let reads = route_of(here, (host, path), &|operation| operation == Operation::Reads);
    let rest = route_of(here, (host, path), &|operation| operation != Operation::Reads);
    match (reads, rest) {
        (Some(reads), Some(rest)) if terms(&reads) != terms(&rest) => {
            let reads = RoutePromise {
                name: format!("{}-reads", reads.name),
                methods: vec!["GET", "HEAD"],
                ..reads
            };
            vec![
                reads,
                RoutePromise {
                    except_reads: true,
                    ..rest
                },
            ]
        }
        (Some(_), Some(rest)) => vec![rest],
        // Who only reads may send nothing else.
        (Some(reads), None) => vec![RoutePromise {
            methods: vec!["GET", "HEAD"],
            ..reads
        }],
        (None, rest) => rest.into_iter().collect(),
    }
}

fn terms(route: &RoutePromise) -> (Span, bool, Option<Span>) {
    (route.max_staleness, route.asks, route.beyond_lease)
}

/// The strictest of what the clients here ask for these operations.
fn route_of(
    here: &[&Checked<'_>],
    (host, path): (Option<&str>, &str),
    which: &dyn Fn(Operation) -> bool,
) -> Option<RoutePromise> {
    let mut route: Option<RoutePromise> = None;
    for (case, mechanism) in here {
        for operation in case
            .client
            .operations
            .iter()
            .copied()
            .filter(|operation| which(*operation))
        {
            let own = own_route(case, *mechanism, operation, (host, path));
            route = Some(match route {
                None => own,
                Some(route) => stricter(route, own),
            });
        }
    }
    route
}

fn own_route(
    case: &Case<'_>,
    mechanism: Mechanism,
    operation: Operation,
    (host, path): (Option<&str>, &str),
) -> RoutePromise {
    let terms = plan::route(case, mechanism, operation);
    let by_cookie = mechanism == Mechanism::EdgeSession
        || (mechanism == Mechanism::ServerSession && case.client.has_cookies());
    let books = &case.requirements().compliance;
    let levels = [(Compliance::Aal3, "aal3"), (Compliance::Aal2, "aal2")];
    let level = levels
        .into_iter()
        .find(|(book, _)| books.contains(book))
        .map(|(_, level)| level);
    let bound = !by_cookie && case.needs_bound_tokens();
    let mut notes = Vec::new();
    if bound {
        notes.push("Refuses everybody until bound tokens are there: a bearer token would be less than what is asked.".to_owned());
    } else if !by_cookie && case.client.can_prove_a_key() {
        notes.push("Bearer tokens until bound ones are there.".to_owned());
    }
    if case.is_embedded() {
        notes.push(
            "Reached in a frame of another site only with the partitioned cookie, which is planned."
                .to_owned(),
        );
    }
    if level.is_some() && case.client.acts_for_user {
        notes.push("Passes only who signed in with a second factor.".to_owned());
    }
    RoutePromise {
        name: case.client.name.clone(),
        host: host.map(str::to_owned),
        path: path.to_owned(),
        methods: Vec::new(),
        except_reads: false,
        accept: vec![if by_cookie {
            "session"
        } else if bound {
            "dpop"
        } else {
            "bearer"
        }],
        audience: case.client.audience.clone().filter(|_| !by_cookie),
        assurance: level.filter(|_| case.client.acts_for_user),
        max_age: plan::max_age(case, mechanism),
        max_staleness: terms.max_staleness,
        asks: terms.asks,
        beyond_lease: terms.beyond_lease,
        read_only: operation == Operation::Reads && terms.beyond_lease.is_some(),
        notes,
    }
}

/// Both at once: kinds of credential add up, everything else is the stricter.
fn stricter(one: RoutePromise, other: RoutePromise) -> RoutePromise {
    let mut accept = one.accept;
    accept.extend(
        other
            .accept
            .into_iter()
            .filter(|kind| !accept.contains(kind))
            .collect::<Vec<_>>(),
    );
    let mut notes = one.notes;
    notes.extend(
        other
            .notes
            .into_iter()
            .filter(|note| !notes.contains(note))
            .collect::<Vec<_>>(),
    );
    let shorter = |one: Option<Span>, other: Option<Span>| one.into_iter().chain(other).min();
    RoutePromise {
        name: if one.name == other.name {
            one.name
        } else {
            format!("{}-{}", one.name, other.name)
        },
        audience: one.audience.or(other.audience),
        assurance: one.assurance.max(other.assurance),
        max_age: shorter(one.max_age, other.max_age),
        max_staleness: one.max_staleness.min(other.max_staleness),
        asks: one.asks && other.asks,
        // An exception holds only where both have one.
        beyond_lease: one
            .beyond_lease
            .zip(other.beyond_lease)
            .map(|(one, other)| one.min(other)),
        read_only: one.read_only && other.read_only,
        host: one.host,
        path: one.path,
        methods: one.methods,
        except_reads: one.except_reads,
        accept,
        notes,
    }
}
