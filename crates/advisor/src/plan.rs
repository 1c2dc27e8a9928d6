//! The numbers of the configuration: lease, staleness, exceptions, lives. One function a number, used by the rules that
//! tell them, the formulas that price them, and the files that carry them out.

use domain::Span;
use domain::feed::LeaseTerms;

use crate::case::{Case, LONGEST_LIFE, SHORTEST_STALENESS};
use crate::figures::Constants;
use crate::mechanism::Mechanism;
use crate::topology::{Compliance, Kind, Operation, StoreDown, Topology};

/// Room for clocks and timers on top of a bound, as [`LeaseTerms::margin`] has it.
fn margin(lease: Span) -> Span {
    LeaseTerms { lease }.margin()
}

/// How long an edge trusts its map: as long as every route tolerates, between 1 s and 60 s; 10 s unless all tolerate more,
/// since a revocation that waits for `enforced` waits that long for an edge that hangs.
#[must_use]
pub(crate) fn lease(topology: &Topology) -> Span {
    let connected = topology
        .clients
        .iter()
        .filter(|client| !client.offline_validation);
    let bounds: Vec<Span> = connected
        .flat_map(|client| {
            client
                .operations
                .iter()
                .map(|o| topology.requirements.revocation(*o))
        })
        .collect();
    let (Some(least), Some(most)) = (bounds.iter().min().copied(), bounds.iter().max().copied()) else {
        return Span::from_secs(10);
    };
    if least > LeaseTerms::MAX {
        return LeaseTerms::MAX;
    }
    // The margin comes on top of the bound, so the lease stays below it: in whole seconds, to be read by people.
    let within = Span::from_secs(most.saturating_sub(margin(most)).as_secs());
    within.clamp(Span::from_secs(1), Span::from_secs(10))
}

/// How stale an edge may be for an operation, so that bound and margin together stay within what is accepted.
#[must_use]
pub(crate) fn max_staleness(case: &Case<'_>, operation: Operation) -> Span {
    let bound = case.requirements().revocation(operation);
    let lease = lease(case.topology);
    let within = bound.saturating_sub(margin(lease.min(bound)));
    two_digits(within).max(SHORTEST_STALENESS).min(lease)
}

/// Rounded down to two digits.
fn two_digits(span: Span) -> Span {
    let mut unit = 1;
    while span.as_ms() / unit >= 100 {
        unit *= 10;
    }
    Span::from_ms(span.as_ms() / unit * unit)
}

/// How many credentials each edge keeps: those of its region, at least the default.
pub(crate) fn edge_memory(topology: &Topology) -> u64 {
    let here = topology.scale.sessions.div_ceil(topology.deployment.regions);
    here.next_power_of_two().clamp(65_536, 16_777_216)
}

/// The longest time since its person signed in, where a rule book asks for people and a token cannot show one.
pub(crate) fn max_age(case: &Case<'_>, mechanism: Mechanism) -> Option<Span> {
    let books = [Compliance::Aal2, Compliance::Aal3];
    let applies = case.client.acts_for_user
        && mechanism != Mechanism::SelfContained
        && !case.client.has_cookies()
        && books.iter().any(|book| case.requirements().asks(*book));
    case.absolute().map(|(span, _)| span).filter(|_| applies)
}

/// The exception beyond the lease for an operation that must go on: as long as the bound leaves room for.
#[must_use]
pub(crate) fn beyond_lease(case: &Case<'_>, operation: Operation) -> Option<Span> {
    let goes_on = case.goes_on().contains(&operation);
    let lease = lease(case.topology);
    let room = case
        .requirements()
        .revocation(operation)
        .saturating_sub(lease + margin(case.requirements().revocation(operation)));
    let beyond = room.min(case.requirements().outage).min(LONGEST_LIFE);
    // A route's exception is whole seconds, at least one.
    let beyond = Span::from_secs(beyond.as_secs());
    (goes_on && beyond >= Span::from_secs(1)).then_some(beyond)
}

/// How long an operation goes on without contact.
#[must_use]
pub(crate) fn covered(case: &Case<'_>, operation: Operation) -> Span {
    match beyond_lease(case, operation) {
        Some(beyond) => lease(case.topology) + beyond,
        None => max_staleness(case, operation),
    }
}

/// How long the operation that goes on longest does.
#[must_use]
pub(crate) fn covered_without_store(case: &Case<'_>) -> Span {
    let all = case
        .client
        .operations
        .iter()
        .map(|operation| covered(case, *operation));
    all.max().unwrap_or_default()
}

/// How long the operation that is refused last may pass at an edge that is cut off.
#[must_use]
pub(crate) fn worst_staleness(case: &Case<'_>) -> Span {
    let covered = covered_without_store(case);
    covered + margin(covered)
}

/// How often edges renew: a third of the smallest promise of any route.
#[must_use]
pub(crate) fn renew_every(case: &Case<'_>) -> Span {
    let constants = Constants::default();
    let smallest = case
        .topology
        .clients
        .iter()
        .filter(|client| !client.offline_validation)
        .flat_map(|client| {
            let other = Case {
                topology: case.topology,
                client,
                constants: &constants,
            };
            client
                .operations
                .iter()
                .map(|o| max_staleness(&other, *o))
                .collect::<Vec<_>>()
        });
    LeaseTerms {
        lease: lease(case.topology),
    }
    .renew_every(smallest.min())
}

/// The life of an access token under a mechanism.
#[must_use]
pub(crate) fn access_life(case: &Case<'_>, mechanism: Mechanism) -> Option<Span> {
    match mechanism {
        Mechanism::EdgeToken => Some(case.edge_life()),
        Mechanism::SelfContained => Some(case.self_contained_life()),
        Mechanism::ServerSession if !case.client.has_cookies() => Some(case.edge_life()),
        Mechanism::ServerSession | Mechanism::EdgeSession => None,
    }
}

/// Whether an edge that is too stale asks the authority, for an operation: where that is rare and worth it.
#[must_use]
pub(crate) fn asks_when_stale(case: &Case<'_>, operation: Operation) -> bool {
    let spare = case.topology.scale.peak_rps() as f64 <= case.lookup_capacity() / 2.0;
    operation == Operation::Admin || (spare && case.requirements().store_down == StoreDown::Refuse)
}

/// The level that a revocation waits for.
#[must_use]
pub(crate) fn acknowledgement(case: &Case<'_>, mechanism: Mechanism) -> &'static str {
    let strict = case.bound().0 <= Span::from_secs(1) || case.client.operations.contains(&Operation::Admin);
    match mechanism {
        Mechanism::SelfContained => "durable",
        _ if strict => "enforced",
        _ => "durable",
    }
}

/// How long a copy of the status list may be used, and how much later its maker may have looked.
pub(crate) const LIST_TTL: Span = Span::from_secs(15);
const LIST_AGE: Span = Span::from_secs(1);
/// Places of a status list: the default, and the most.
pub(crate) const USUAL_PLACES: u64 = 131_072;
pub(crate) const MOST_PLACES: u64 = 1_048_576;
/// How often the canary sings.
pub(crate) const CANARY_EVERY: Span = Span::from_secs(30);

/// The places that a client's tokens take in a status list, where whoever checks them should pull one: not in the field,
/// not where two tokens a session would fill half of the largest list, and only for an audience of their own.
#[must_use]
pub(crate) fn status_list_places(case: &Case<'_>, mechanism: Mechanism) -> Option<u64> {
    let can_pull = mechanism == Mechanism::SelfContained && case.client.kind != Kind::Iot;
    let places = (case.sessions() * 2.0) as u64;
    (can_pull && case.client.audience.is_some() && places <= MOST_PLACES / 2).then_some(places.max(1))
}

/// How long after a revocation a token may pass at who honours the list.
#[must_use]
pub(crate) fn listed_exposure() -> Span {
    LIST_TTL + LIST_AGE
}

/// How often a canary sings: where more than one place must be seen to refuse.
#[must_use]
pub(crate) fn canary_every(case: &Case<'_>, mechanism: Mechanism) -> Option<Span> {
    let many = mechanism.is_at_the_edge() && case.topology.deployment.edges > 1;
    many.then_some(CANARY_EVERY)
}

/// Whether a client is told that sessions end: one with a secret that signs people in keeps sessions that no edge sees.
#[must_use]
pub(crate) fn tells_logouts(case: &Case<'_>, mechanism: Mechanism) -> bool {
    let by_token =
        mechanism.is_token() || (mechanism == Mechanism::ServerSession && !case.client.has_cookies());
    by_token && case.client.secret && case.client.acts_for_user
}

/// What a route asks of its edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RouteTerms {
    /// How stale the edge may be.
    pub(crate) max_staleness: Span,
    /// Whether it asks beyond that, or refuses.
    pub(crate) asks: bool,
    /// The exception beyond the lease.
    pub(crate) beyond_lease: Option<Span>,
}

/// The terms of a route for an operation. A server session asks as soon as an edge may.
pub(crate) fn route(case: &Case<'_>, mechanism: Mechanism, operation: Operation) -> RouteTerms {
    if mechanism == Mechanism::ServerSession {
        return RouteTerms {
            max_staleness: SHORTEST_STALENESS,
            asks: true,
            beyond_lease: None,
        };
    }
    RouteTerms {
        max_staleness: max_staleness(case, operation),
        asks: asks_when_stale(case, operation),
        beyond_lease: beyond_lease(case, operation),
    }
}
