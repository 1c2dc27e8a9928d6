//! Every promise in words, from the list that `config check --against` holds a configuration to ([`Promise`]) and from what the
//! rules chose: each is put to the test by a drill, or says why not.

mod deployment;
mod route;

use domain::Span;
use domain::feed::LeaseTerms;

use super::promise::{Promise, RoutePromise};
use super::routes::stands_at;
use crate::case::Case;
use crate::decide::mechanism;
use crate::figures::{Constants, said};
use crate::mechanism::Mechanism;
use crate::topology::{Client, Topology};

/// What is promised of what.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    Configuration,
    Issuer,
    Clock,
    Records,
    Lease,
    Idle(Span),
    Absolute(Span),
    TokenLife(Span),
    KeyRotation,
    LeakedKey,
    MassLogout,
    Canary,
    StatusList(&'a str),
    Told(&'a str),
    Guarded(&'a RoutePromise),
    Revoked(&'a RoutePromise),
    CutOff(&'a RoutePromise),
    StoreDown(&'a RoutePromise),
    Latency(&'a RoutePromise),
    Bytes(&'a RoutePromise),
    Hygiene(&'a RoutePromise),
}

/// One promise.
#[derive(Debug, Clone)]
pub(super) struct Claim<'a> {
    /// `revoked/web`: of what it is, and of which route.
    pub(super) id: String,
    pub(super) about: About<'a>,
    /// In one sentence, with its bound.
    pub(super) words: String,
    /// The figure that it rests on, and its formula.
    pub(super) figure: Option<(&'static str, &'static str)>,
}

/// The deployment and what it promises.
pub(super) struct Site<'a> {
    pub(super) topology: &'a Topology,
    pub(super) constants: &'a Constants,
    pub(super) promise: &'a Promise,
}

impl<'a> Site<'a> {
    /// Whose credential a route is for first, and by which mechanism.
    pub(super) fn holder(&self, route: &RoutePromise) -> Option<(Case<'a>, Mechanism)> {
        let here = |client: &&Client| stands_at(client, route.host.as_deref(), &route.path);
        let by_cookie = route.accept.contains(&"session");
        self.topology.clients.iter().filter(here).find_map(|client| {
            let case = Case {
                topology: self.topology,
                client,
                constants: self.constants,
            };
            let chosen = mechanism(self.topology, client, self.constants)?;
            (chosen != Mechanism::SelfContained && client.has_cookies() == by_cookie)
                .then_some((case, chosen))
        })
    }

    /// How far behind an edge may be when it lets a request of the route through.
    pub(super) fn covered(&self, route: &RoutePromise) -> Span {
        let lease = self.promise.limits.lease;
        match route.beyond_lease {
            Some(beyond) => lease + beyond,
            None => route.max_staleness.min(lease),
        }
    }

    /// The same with the margin for clocks.
    pub(super) fn worst(&self, route: &RoutePromise) -> Span {
        let covered = self.covered(route);
        covered + LeaseTerms { lease: covered }.margin()
    }

    /// A figure of whoever a route is for, with its formula.
    fn figure(&self, route: &RoutePromise, id: &'static str) -> Option<(&'static str, &'static str)> {
        let (case, chosen) = self.holder(route)?;
        Some((id, said(&case, chosen, id).1))
    }

    /// The same of the first route that has one.
    fn any_figure(&self, id: &'static str) -> Option<(&'static str, &'static str)> {
        self.promise
            .routes
            .iter()
            .find_map(|route| self.figure(route, id))
    }
}

/// All of them: the deployment's, and each route's.
pub(super) fn claims<'a>(site: &Site<'a>) -> Vec<Claim<'a>> {
    let mut all = deployment::claims(site);
    for route in &site.promise.routes {
        all.extend(route::claims(site, route));
    }
    all
}
