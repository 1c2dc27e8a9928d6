//! Whether what was let through may go on: for exchanges that outlive their check.

use domain::feed::{Decision, StalenessPolicy, decide};
use domain::{Reason, Span};

use super::Checker;
use crate::facts::Kind;
use crate::permit::Permit;
use crate::requirements;

impl Checker {
    /// Whether a permit would be given again now, as far as revocation, staleness and the credential's own end go; `reading`
    /// says whether its request was GET or HEAD. Where the route asks the authority beyond its limit, an exchange goes on
    /// while the lease runs, and after the authority's own word for as long as that carries, which is as long as revocations
    /// wait for this edge: nobody asks on its behalf. Idleness and the route's other requirements are not judged anew.
    ///
    /// # Errors
    /// Why it may not go on.
    pub fn still_permits(&self, permit: &Permit, reading: bool) -> Result<(), Reason> {
        let Some(holder) = &permit.holder else {
            return Ok(());
        };
        let (judgement, view, now) = self.look(holder);
        match decide(judgement, holder.rs(), view, &self.terms_now(permit), reading) {
            Decision::Accept { .. } => {}
            Decision::Refuse(reason) => return Err(reason),
            Decision::NeedsAuthority => {
                let leased = view.over_by == Some(Span::from_ms(0));
                let carried = permit.word_ends_at.is_some_and(|end| now < end);
                if !leased && !carried {
                    return Err(Reason::Stale);
                }
            }
            Decision::Stale { .. } | Decision::Behind(_) => return Err(Reason::Stale),
        }
        let wall = self.clock.now();
        match holder.kind() {
            Kind::Token(token) => {
                requirements::token_times(token, holder.ends_at(), wall).map_err(|refusal| refusal.reason)
            }
            Kind::Session(_) if wall >= holder.ends_at() => Err(Reason::Expired),
            Kind::Session(_) => Ok(()),
        }
    }

    /// What the permit's route says of staleness. An exception that the present routes no longer have ends with the routes
    /// that had it: receipts do not name it any more.
    fn terms_now(&self, permit: &Permit) -> StalenessPolicy {
        let then = permit.route.staleness;
        if then.beyond_lease.is_none() {
            return then;
        }
        let routes = self.routes();
        let has = |now: &StalenessPolicy| {
            now.beyond_lease >= then.beyond_lease && (then.read_only || !now.read_only)
        };
        let still = routes
            .named(&permit.route.name)
            .is_some_and(|route| has(&route.staleness));
        let beyond_lease = then.beyond_lease.filter(|_| still);
        StalenessPolicy { beyond_lease, ..then }
    }
}
