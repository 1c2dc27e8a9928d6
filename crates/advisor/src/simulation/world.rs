//! What both methods share: when contact is lost, what an edge's clocks and timers are, and what each way then says.

use super::Way;
use super::asked::Window;
use super::chance::{Chance, Spread};
use super::scenario::Scenario;

/// Contact of a region with the record, at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Contact {
    /// There is some, since then.
    Up { since_s: f64, lost: Option<Window> },
    /// Lost.
    Down(Window),
}

impl Scenario {
    /// Whether the partition cuts a region off: the farthest, or the only one from its store.
    pub(super) const fn is_cut(&self, region: usize) -> bool {
        region + 1 == self.regions
    }

    /// The contact of a region that is cut off by the partition, or is not.
    pub(super) fn contact(&self, is_cut: bool, time_s: f64) -> Contact {
        let mut found = Contact::Up {
            since_s: 0.0,
            lost: None,
        };
        for (window, applies) in [(self.outage, true), (self.partition, is_cut)] {
            if !applies || time_s < window.from_s {
                continue;
            }
            if window.holds(time_s) {
                return Contact::Down(window);
            }
            found = Contact::Up {
                since_s: window.to_s,
                lost: Some(window),
            };
        }
        found
    }

    pub(super) fn is_up(&self, is_cut: bool, time_s: f64) -> bool {
        matches!(self.contact(is_cut, time_s), Contact::Up { .. })
    }

    /// What an accepted request's check takes: a part that is fixed, and one that is drawn.
    pub(super) fn latency_ms(&self, way: Way, remembered: bool, region: usize) -> (f64, Spread) {
        let spreads = &self.spreads;
        let asked = (self.travel_s(region) * 1000.0, spreads.store_ms);
        match (way, remembered, spreads.ask_ms) {
            (Way::Sessions, ..) | (Way::Introspection, false, _) => asked,
            (Way::Jwt | Way::Blocklist, ..) => (0.0, spreads.verify_ms),
            (Way::Introspection, true, _) | (Way::Ours, true, None) => (0.0, spreads.warm_ms),
            (Way::Ours, true, Some(ask)) => (spreads.warm_ms.median(), ask),
            (Way::Ours, false, Some(ask)) => (spreads.first_ms.median(), ask),
            (Way::Ours, false, None) => (0.0, spreads.first_ms),
        }
    }

    /// Edges of a region.
    pub(super) const fn edges_of(&self, region: usize) -> usize {
        (self.edges + self.regions - 1 - region) / self.regions
    }
}

/// An edge's clocks and timers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timers {
    /// Its wall clock against the authority's.
    pub(super) skew_s: f64,
    /// When in each interval it fetches the list.
    pub(super) poll_s: f64,
    /// How long before a loss of contact it last renewed.
    pub(super) renewed_s: f64,
    /// How long after the contact is back it has reconnected.
    pub(super) back_s: f64,
}

impl Timers {
    pub(super) fn draw(s: &Scenario, chance: &mut Chance) -> Self {
        Self {
            skew_s: chance.between(-s.skew_s, s.skew_s),
            poll_s: chance.between(0.0, s.poll_s),
            renewed_s: chance.between(0.0, s.renew_s),
            back_s: chance.between(0.0, s.reconnect_s),
        }
    }

    /// Whether it takes a token that was issued then: neither ended nor from the future, by its own clock.
    pub(super) fn takes(&self, s: &Scenario, (issued_s, life_s): (f64, f64), now_s: f64) -> bool {
        let here = now_s + self.skew_s;
        here < issued_s + life_s + s.leeway_s && here >= issued_s - s.leeway_s
    }

    /// Until when, by the authority's clock.
    pub(super) fn takes_until(&self, s: &Scenario, (issued_s, life_s): (f64, f64)) -> f64 {
        issued_s + life_s + s.leeway_s - self.skew_s
    }

    /// When the list that names a revocation has arrived.
    pub(super) fn listed_at(&self, s: &Scenario, is_cut: bool, revoked_s: f64) -> f64 {
        let next = |after: f64| self.poll_s + libm::ceil((after - self.poll_s) / s.poll_s) * s.poll_s;
        let at = next(revoked_s);
        match s.contact(is_cut, at) {
            Contact::Up { .. } => at,
            Contact::Down(window) => next(window.to_s),
        }
    }

    /// Whether its lease lets it accept: it reaches over a loss of contact for as long as is written, counted from the last
    /// renewal before, and is there again as soon as the edge has reconnected.
    pub(super) fn has_lease(&self, s: &Scenario, is_cut: bool, now_s: f64) -> bool {
        let lost = match s.contact(is_cut, now_s) {
            Contact::Up { lost: None, .. } => return true,
            Contact::Up {
                since_s,
                lost: Some(window),
            } => {
                if now_s >= since_s + self.back_s {
                    return true;
                }
                window
            }
            Contact::Down(window) => window,
        };
        now_s < self.lease_ends(s, lost)
    }

    fn lease_ends(&self, s: &Scenario, lost: Window) -> f64 {
        lost.from_s - self.renewed_s + s.covered_s
    }

    /// Until when it knows nothing of a revocation that takes `push_s` to arrive, or has no lease any more. An edge whose
    /// map is without it for longer than its lease reaches has lost the lease, whatever the contact.
    pub(super) fn unaware_until(&self, s: &Scenario, is_cut: bool, revoked_s: f64, push_s: f64) -> f64 {
        let last = revoked_s + s.covered_s;
        let lost = match s.contact(is_cut, revoked_s + push_s) {
            Contact::Down(window) => window,
            Contact::Up {
                lost: Some(window),
                since_s,
            } if revoked_s + push_s < since_s + self.back_s => window,
            Contact::Up { .. } => return last.min(revoked_s + push_s),
        };
        // It hears of it when it is back, if it was not refusing by then: an edge without a lease asks first.
        let told = lost.to_s + self.back_s + push_s;
        let ends = self.lease_ends(s, lost);
        if ends < lost.to_s + self.back_s {
            ends.min(last)
        } else {
            told.min(last)
        }
    }
}
