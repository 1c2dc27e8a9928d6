//! The check. Order: route, credential, verification, map and lease, time, the route's requirements, CSRF.

mod remember;
mod standing;
mod verify;

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::feed::{Decision, KeyBundle, LeaseCell, LeaseView, decide};
use domain::id::{Id, Session as SessionKind};
use domain::revocation::{Judgement, RevocationMap};
use domain::{BootTime, Clock, Entropy, Reason, Seq, Span, Timestamp};

use crate::credential::Credentials;
use crate::facts::{Holder, Kind};
use crate::forwarding::JudgedRequest;
use crate::memory::Memory;
use crate::outcome::{Confirmed, Outcome, Question};
use crate::permit::Permit;
use crate::policy::Policy;
use crate::requirements;
use crate::route::Route;
use crate::routes::Routes;

/// What a checker is made of.
#[derive(Debug, Clone)]
pub struct CheckerParts {
    /// The map, written by the follower.
    pub map: Arc<RevocationMap>,
    /// The lease, written by the follower.
    pub lease: Arc<LeaseCell>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Routes.
    pub routes: Arc<Routes>,
    /// Most credentials kept in memory.
    pub capacity: usize,
}

/// Judges requests. One per edge process, shared by all its tasks.
#[derive(Debug)]
pub struct Checker {
    map: Arc<RevocationMap>,
    lease: Arc<LeaseCell>,
    clock: Arc<dyn Clock>,
    policy: ArcSwap<Policy>,
    memory: Memory,
}

/// How far the decision about staleness got.
struct Fresh {
    staleness: Span,
    frontier: Seq,
    beyond_lease: bool,
    word_ends_at: Option<BootTime>,
}

impl Checker {
    /// A checker that trusts nobody until it has keys and a lease.
    ///
    /// # Errors
    /// An audience of a route is empty.
    pub fn new(parts: CheckerParts, entropy: &dyn Entropy) -> Result<Self, jose::JoseError> {
        Ok(Self {
            policy: ArcSwap::from_pointee(Policy::new(parts.routes)?),
            memory: Memory::new(parts.capacity, entropy),
            map: parts.map,
            lease: parts.lease,
            clock: parts.clock,
        })
    }

    /// Judges a request under the route that covers it.
    #[must_use]
    pub fn check(&self, request: &JudgedRequest<'_>) -> Outcome {
        let policy = self.policy.load();
        match policy.routes.find(request) {
            Some(route) => self
                .judge(request, route, &policy, None)
                .unwrap_or_else(|other| other),
            None => Outcome::Refuse(Reason::NoRoute.into()),
        }
    }

    /// As [`Checker::check`], with the authority's word that was asked for during this request.
    #[must_use]
    pub fn check_confirmed(&self, request: &JudgedRequest<'_>, word: &Confirmed) -> Outcome {
        let policy = self.policy.load();
        match policy.routes.find(request) {
            Some(route) => self
                .judge(request, route, &policy, Some(word))
                .unwrap_or_else(|other| other),
            None => Outcome::Refuse(Reason::NoRoute.into()),
        }
    }

    /// Judges a request under a route of the caller's own, such as that of a page at `/.symbolon/`.
    #[must_use]
    pub fn check_under(&self, request: &JudgedRequest<'_>, route: &Arc<Route>) -> Outcome {
        self.judge(request, route, &self.policy.load(), None)
            .unwrap_or_else(|other| other)
    }

    /// The route that covers a request.
    #[must_use]
    pub fn route(&self, request: &JudgedRequest<'_>) -> Option<Arc<Route>> {
        self.policy.load().routes.find(request).cloned()
    }

    /// The routes in force.
    #[must_use]
    pub fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.policy.load().routes)
    }

    /// What is known of the lease now.
    #[must_use]
    pub fn lease(&self) -> LeaseView {
        self.lease.view(self.clock.boot())
    }

    /// Version of the keys held; nothing before the first.
    #[must_use]
    pub fn keys_version(&self) -> Option<u64> {
        self.policy.load().keys_version
    }

    /// Takes new keys. What was verified under the old ones is verified again.
    pub fn install_keys(&self, bundle: &KeyBundle) {
        self.policy.rcu(|old| old.with_keys(bundle.clone()));
    }

    /// Takes new routes.
    ///
    /// # Errors
    /// An audience of a route is empty.
    pub fn install_routes(&self, routes: &Arc<Routes>) -> Result<(), jose::JoseError> {
        self.policy.load().with_routes(Arc::clone(routes))?;
        self.policy.rcu(|old| match old.with_routes(Arc::clone(routes)) {
            Ok(new) => Arc::new(new),
            Err(_) => Arc::clone(old),
        });
        Ok(())
    }

    /// Activity of sessions that was not taken before.
    #[must_use]
    pub fn take_activity(&self) -> Vec<(Id<SessionKind>, Timestamp)> {
        self.memory.take_activity()
    }

    /// Gives back the memory of credentials that have ended.
    pub fn let_go(&self, now: Timestamp) {
        self.memory.let_go(now);
    }

    fn judge(
        &self,
        request: &JudgedRequest<'_>,
        route: &Arc<Route>,
        policy: &Policy,
        word: Option<&Confirmed>,
    ) -> Result<Outcome, Outcome> {
        if route.public {
            let now = self.clock.now();
            return Ok(Outcome::Permit(Permit::public(
                Arc::clone(route),
                self.lease(),
                now,
            )));
        }
        let now = self.clock.now();
        let holder = match Credentials::find(request.headers, route)? {
            Credentials::Bearer(token) => self.token(token, policy, now)?,
            Credentials::Session(cookie) => self.session(cookie, request, policy)?,
        };
        let fresh = self.decide(&holder, request, route, word)?;
        match holder.kind() {
            Kind::Token(token) => requirements::token_times(token, holder.ends_at(), now)?,
            Kind::Session(_) if now >= holder.ends_at() => {
                return Err(Outcome::Refuse(Reason::Expired.into()));
            }
            Kind::Session(session) if session.is_idle(now) => return self.ask_again(request, route, policy),
            Kind::Session(_) => {}
        }
        requirements::judge(&holder, route, now)?;
        if let Kind::Session(session) = holder.kind() {
            if route.csrf && !request.is_safe() {
                crate::csrf::judge(request, &session.csrf)?;
            }
            session.touch(now);
        }
        Ok(Outcome::Permit(Permit {
            route: Arc::clone(route),
            holder: Some(holder),
            staleness: fresh.staleness,
            frontier: fresh.frontier,
            beyond_lease: fresh.beyond_lease,
            at: now,
            word_ends_at: fresh.word_ends_at,
        }))
    }

    /// What the map says of a credential, and a view of the lease that is no newer than that.
    fn look(&self, holder: &Holder) -> (Judgement, LeaseView, BootTime) {
        self.lease
            .around(|| self.map.judge(holder.position()), || self.clock.boot())
    }

    /// Map first, lease after.
    fn decide(
        &self,
        holder: &Holder,
        request: &JudgedRequest<'_>,
        route: &Route,
        word: Option<&Confirmed>,
    ) -> Result<Fresh, Outcome> {
        let (judgement, view, now) = self.look(holder);
        let reading = matches!(*request.method(), http::Method::GET | http::Method::HEAD);
        match decide(judgement, holder.rs(), view, &route.staleness, reading) {
            Decision::Accept {
                staleness,
                frontier,
                beyond_lease,
            } => Ok(Fresh {
                staleness,
                frontier,
                beyond_lease,
                word_ends_at: None,
            }),
            Decision::Refuse(reason) => Err(Outcome::Refuse(reason.into())),
            Decision::Stale { by } => Err(Outcome::Stale { by }),
            Decision::Behind(seq) => Err(Outcome::Behind(seq)),
            Decision::NeedsAuthority => match word.filter(|word| word.is_on(holder.position(), now)) {
                Some(word) => Ok(Fresh {
                    staleness: now.since(word.asked_at),
                    frontier: view.frontier,
                    beyond_lease: false,
                    word_ends_at: Some(word.ends_at),
                }),
                None => Err(Outcome::NeedsAuthority(Box::new(Question::new(
                    holder.position().clone(),
                    now,
                )))),
            },
        }
    }
}
