//! Parameters of routes, edges and the store: what each is set to, why, and whether this version can.

use super::{Feature, ParameterRule, rule};
use crate::case::{Case, Keeper};
use crate::figures::{Unit, human};
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::{Cdn, Gateway, Operation};

/// Every parameter rule of routes, edges and the store.
pub(super) const RULES: &[ParameterRule] = &[
    rule(
        ("P-19", "staleness bound"),
        "A route bounds how long ago its edge heard from the authority, so that bound and margin stay within what the operation accepts.",
        "docs/CONFIG.md [[route]] max_staleness; formula F-02",
        |case, mechanism| {
            let bound = |operation| plan::route(case, mechanism, operation).max_staleness.to_string();
            (mechanism != Mechanism::SelfContained).then(|| each(case, bound))
        },
        None,
    ),
    rule(
        ("P-20", "beyond the bound"),
        "An edge that is too stale refuses, or asks the authority where that load can be borne.",
        "docs/CONFIG.md [[route]] on_stale; OWASP ASVS 5.0 V16.5.3",
        |case, mechanism| {
            let then = |operation| {
                let route = plan::route(case, mechanism, operation);
                match (route.beyond_lease, route.asks) {
                    (Some(beyond), _) => format!("go on {beyond}"),
                    (None, true) => "ask the authority".to_owned(),
                    (None, false) => "refuse".to_owned(),
                }
            };
            (mechanism != Mechanism::SelfContained).then(|| each(case, then))
        },
        None,
    ),
    rule(
        ("P-21", "acknowledgement"),
        "Who revokes for administration, or must be done within a second, waits until every edge has it; else a commit is enough.",
        "docs/CLI.md symbolon revoke --wait; constants C-18 and C-36; formula F-02",
        |case, mechanism| {
            let c = case.constants;
            let level = plan::acknowledgement(case, mechanism);
            Some(match level {
                "enforced" => format!(
                    "enforced: answered when every edge refuses, within {} at p99",
                    human(c.propagation_p99_ms, Unit::Ms)
                ),
                _ => format!(
                    "{level}: answered when it is committed, within {} at p99",
                    human(c.commit_p99_ms, Unit::Ms)
                ),
            })
        },
        None,
    ),
    rule(
        ("P-22", "look-up"),
        "A look-up at every request asks the store. Until there is such a route, the authority's built-in edge asks as soon as it has not heard for 150 ms.",
        "docs/CONFIG.md [[route]] max_staleness and on_stale",
        |_, mechanism| {
            (mechanism == Mechanism::ServerSession).then(|| "the store, at every request".to_owned())
        },
        Some(Feature::LookUpEach),
    ),
    rule(
        ("P-23", "store"),
        "Records live where one writer keeps up and one machine may be lost.",
        "docs/DECISIONS/0002-sqlite-as-embedded-store.md",
        |case, _| (!wants_postgres(case)).then(|| "embedded".to_owned()),
        None,
    ),
    rule(
        ("P-24", "store"),
        "Several authorities, several regions or millions of sessions want a store with a second copy.",
        "formulas F-05 and F-06",
        |case, _| wants_postgres(case).then(|| "PostgreSQL with synchronous replication".to_owned()),
        Some(Feature::Postgres),
    ),
    rule(
        ("P-25", "hot tier"),
        "A cache of records pays where every request looks up.",
        "formula F-05",
        |case, mechanism| {
            (mechanism == Mechanism::ServerSession && case.keeper() == Keeper::Redis)
                .then(|| "Redis or Valkey, disposable".to_owned())
        },
        Some(Feature::HotTier),
    ),
    rule(
        ("P-26", "edges"),
        "More than one place checks credentials: each follows the revocation log.",
        "formula F-10",
        |case, mechanism| {
            let edges = case.topology.deployment.edges;
            (mechanism.is_at_the_edge() && edges > 1)
                .then(|| format!("{edges}, each with a lease of {}", plan::lease(case.topology)))
        },
        None,
    ),
    rule(
        ("P-27", "edges"),
        "Where one place checks, the authority's built-in edge does, and hears of a revocation in the same process.",
        "docs/ARCHITECTURE.md",
        |case, mechanism| {
            let one = mechanism.is_at_the_edge() && case.topology.deployment.edges == 1;
            (one || mechanism == Mechanism::ServerSession).then(|| {
                format!(
                    "the authority's own, with a lease of {}",
                    plan::lease(case.topology)
                )
            })
        },
        None,
    ),
    rule(
        ("P-28", "edge memory"),
        "An edge remembers the credentials of its region, so that a request in use costs no signature.",
        "docs/CONFIG.md [edge] max_sessions_in_memory; formula F-09",
        |case, mechanism| {
            mechanism
                .is_at_the_edge()
                .then(|| format!("{} credentials", plan::edge_memory(case.topology)))
        },
        None,
    ),
    rule(
        ("P-29", "gateway"),
        "The gateway asks the edge before it forwards, by a configuration that was tested with the real gateway.",
        "docs/gateways",
        |case, mechanism| {
            let gateway = gateway(case, mechanism)?;
            Some(format!("{}, {}", gateway.title(), asks_by(gateway)?))
        },
        None,
    ),
    rule(
        ("P-30", "gateway"),
        "The gateway asks the edge before it forwards: the check service speaks plain HTTP.",
        "docs/gateways/README.md",
        |case, mechanism| {
            gateway(case, mechanism)
                .filter(|gateway| asks_by(*gateway).is_none())
                .map(|gateway| format!("{}, forwarded authentication", gateway.title()))
        },
        Some(Feature::OtherGateways),
    ),
    rule(
        ("P-31", "cache"),
        "Answers that depend on who asks stay out of shared caches, unless the cache checks each request itself.",
        "OWASP ASVS 5.0 V14.2.2 and V14.3.2",
        |case, _| {
            (case.topology.deployment.cdn != Cdn::None && !case.client.offline_validation)
                .then(|| "Cache-Control: private, no-store on these routes".to_owned())
        },
        None,
    ),
    rule(
        ("P-32", "tenants"),
        "A tenant is revoked with one entry of class `tenant`, and kept apart.",
        "OWASP ASVS 5.0 V8.4.1",
        |case, _| (case.topology.tenants > 1).then(|| "`tid` in every credential".to_owned()),
        Some(Feature::Tenants),
    ),
    rule(
        ("P-33", "status list"),
        "Who checks a token without an edge and can fetch a file pulls a status list: a revocation then counts after the list's life, and not only at the token's end.",
        "draft-ietf-oauth-status-list-21; docs/CONFIG.md [status_list] audiences and ttl",
        |case, mechanism| {
            plan::status_list_places(case, mechanism)?;
            let left = case.self_contained_life() + case.leeway();
            Some(format!(
                "refused within {} by who pulls it, {left} by who does not",
                plan::listed_exposure()
            ))
        },
        None,
    ),
    rule(
        ("P-34", "canary"),
        "Where several places must refuse, a credential of the server's own is revoked again and again and asked about at each: what is promised is seen in production.",
        "docs/CONFIG.md [canary] every; docs/OPERATIONS.md the canary; formula F-01",
        |case, mechanism| plan::canary_every(case, mechanism).map(|every| format!("every {every}")),
        None,
    ),
    rule(
        ("P-35", "logout"),
        "A client that signs people in and keeps sessions of its own is told when ours end: no edge sees those.",
        "OpenID Connect Back-Channel Logout 1.0 sections 2.2 and 2.5; docs/CONFIG.md [logout] private_networks",
        |case, mechanism| {
            plan::tells_logouts(case, mechanism).then(|| "told at its backchannel_logout_uri".to_owned())
        },
        None,
    ),
];

fn wants_postgres(case: &Case<'_>) -> bool {
    let topology = case.topology;
    topology.deployment.regions > 1
        || topology.scale.sessions > 2_000_000
        || topology.existing.postgresql && topology.deployment.edges > 2
}

fn gateway(case: &Case<'_>, mechanism: Mechanism) -> Option<Gateway> {
    let gateway = case.topology.deployment.gateway;
    (mechanism != Mechanism::SelfContained && gateway != Gateway::None).then_some(gateway)
}

/// What of a gateway asks, where docs/gateways has a file for it.
const fn asks_by(gateway: Gateway) -> Option<&'static str> {
    match gateway {
        Gateway::Nginx => Some("auth_request"),
        Gateway::Envoy => Some("ext_authz"),
        Gateway::Caddy => Some("reverse_proxy to the check"),
        Gateway::Haproxy => Some("a Lua action"),
        Gateway::Traefik => Some("forwardAuth"),
        Gateway::None | Gateway::Other => None,
    }
}

/// One value for all operations where they agree, else each with its own.
fn each(case: &Case<'_>, value: impl Fn(Operation) -> String) -> String {
    let told: Vec<(Operation, String)> = case.client.operations.iter().map(|o| (*o, value(*o))).collect();
    match told.split_first() {
        Some(((_, first), rest)) if rest.iter().all(|(_, other)| other == first) => first.clone(),
        _ => told
            .iter()
            .map(|(o, value)| format!("{} {value}", o.as_str()))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
