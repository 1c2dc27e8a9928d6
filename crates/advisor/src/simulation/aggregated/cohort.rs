//! How likely a cohort's request passes in a step, and is known where it arrives.

use super::ages::Ages;
use super::{Class, Step};
use crate::simulation::asked::Window;
use crate::simulation::cache::hits_of_an_answer;
use crate::simulation::scenario::Scenario;
use crate::simulation::world::Contact;

/// The same for every credential of a class: averages over a step.
pub(super) struct Chances {
    pub(super) is_up: bool,
    /// The owner could not sign in again.
    pub(super) signed_out: f64,
    /// The self-contained token is taken.
    pub(super) jwt: f64,
    /// The edge has its lease, and takes the token where there is one.
    pub(super) ours: f64,
    /// Of the answers that are kept without contact, those that have not ended.
    pub(super) answers_left: f64,
}

/// Moments of a step that are looked at.
const LOOKS: usize = 8;

pub(super) fn chances(s: &Scenario, is_cut: bool, step: Step) -> Chances {
    let mut sum = Chances {
        is_up: s.is_up(is_cut, step.middle_s()),
        signed_out: 0.0,
        jwt: 0.0,
        ours: 0.0,
        answers_left: 0.0,
    };
    let part = 1.0 / LOOKS as f64;
    for look in 0..LOOKS {
        let now = step.from_s + (step.to_s - step.from_s) * (look as f64 + 0.5) * part;
        let contact = s.contact(is_cut, now);
        let ours = s
            .ours_life_s
            .map_or(1.0, |life_s| token(s, life_s, (is_cut, contact), now));
        sum.signed_out += part * signed_out(s, contact, now);
        sum.jwt += part * token(s, s.jwt_life_s, (is_cut, contact), now);
        sum.ours += part * ours * lease(s, contact, now);
        sum.answers_left += part * answers_left(s, contact, now);
    }
    sum
}

/// Of what was lost at the end of a window, what is not back yet.
pub(super) fn not_back(s: &Scenario, since_s: f64, now: f64) -> f64 {
    (1.0 - (now - since_s) / s.reconnect_s).max(0.0)
}

fn signed_out(s: &Scenario, contact: Contact, now: f64) -> f64 {
    match contact {
        Contact::Down(window) => ended(s, window, now),
        Contact::Up {
            lost: Some(window),
            since_s,
        } => ended(s, window, window.to_s) * not_back(s, since_s, now),
        Contact::Up { lost: None, .. } => 0.0,
    }
}

/// The part of the sessions that ended within a loss of contact, up to a moment of it.
pub(super) fn ended(s: &Scenario, window: Window, until_s: f64) -> f64 {
    // While the store is down nothing is revoked; sessions end all the same.
    let revocations_per_s = if window == s.outage {
        s.revocations_per_s
    } else {
        0.0
    };
    let rate = (s.logins_per_s - revocations_per_s) / s.credentials as f64;
    let work_s = s.curve.until(until_s) - s.curve.until(window.from_s);
    -libm::expm1(-rate * work_s)
}

fn token(s: &Scenario, life_s: f64, (is_cut, contact): (bool, Contact), now: f64) -> f64 {
    let ages = Ages::at(s, is_cut, life_s, now);
    match contact {
        Contact::Down(window) => ages.taken(s, now - window.from_s),
        Contact::Up {
            lost: Some(window),
            since_s,
        } => {
            let left = Ages::at(s, is_cut, life_s, window.to_s - 1e-6).taken(s, window.to_s - window.from_s);
            let steady = ages.taken(s, 0.0);
            steady - (steady - left).max(0.0) * not_back(s, since_s, now)
        }
        Contact::Up { lost: None, .. } => ages.taken(s, 0.0),
    }
}

fn lease(s: &Scenario, contact: Contact, now: f64) -> f64 {
    let held = |after_s: f64| ((s.covered_s - after_s) / s.renew_s).clamp(0.0, 1.0);
    match contact {
        Contact::Down(window) => held(now - window.from_s),
        Contact::Up {
            lost: Some(window),
            since_s,
        } => 1.0 - (1.0 - held(window.to_s - window.from_s)) * not_back(s, since_s, now),
        Contact::Up { lost: None, .. } => 1.0,
    }
}

fn answers_left(s: &Scenario, contact: Contact, now: f64) -> f64 {
    match contact {
        Contact::Down(window) => (1.0 - (now - window.from_s) / s.ttl_s).max(0.0),
        Contact::Up { .. } => 1.0,
    }
}

/// How likely an edge knows a credential that is used there at a rate.
pub(super) struct Known {
    /// Has an answer that has not ended.
    pub(super) answered: f64,
    /// Of the answers, how old one is at the most.
    pub(super) oldest_s: f64,
    /// How long an entry outlives its last use.
    pub(super) outlives_s: f64,
    /// Remembers that it was verified.
    pub(super) verified: f64,
}

pub(super) fn known(s: &Scenario, class: &Class, rate_per_s: f64, now: f64) -> Known {
    let outlives_s = class.outlives_s / s.curve.at(now).max(1e-9);
    let ends_per_s = s.logins_per_s * s.curve.at(now) / s.credentials as f64;
    // At the start, and after a loss of contact, answers are gathered anew.
    let since_s = match s.contact(class.is_cut, now) {
        Contact::Up { since_s, .. } => now - since_s,
        Contact::Down(window) if window == s.partition => window.from_s - s.outage.to_s,
        Contact::Down(window) => window.from_s,
    };
    let hits = hits_of_an_answer(rate_per_s, s.ttl_s, outlives_s);
    let (answered, oldest_s) = if since_s < s.ttl_s {
        (-libm::expm1(-rate_per_s * since_s.min(outlives_s)), since_s)
    } else {
        // A credential that replaced another is asked about again.
        (hits / (1.0 + hits) * whole(ends_per_s * s.ttl_s), s.ttl_s)
    };
    let begun_s = outlives_s.min(s.curve.until(now) / s.curve.at(now).max(1e-9));
    Known {
        answered,
        oldest_s,
        outlives_s,
        verified: verified(s, rate_per_s, begun_s, ends_per_s),
    }
}

/// The mean of `exp(-x)` from 0 to `end`.
pub(super) fn whole(end: f64) -> f64 {
    if end < 1e-9 { 1.0 } else { -libm::expm1(-end) / end }
}

fn verified(s: &Scenario, rate: f64, within_s: f64, ends_per_s: f64) -> f64 {
    match s.ours_life_s {
        // A token of any age was here before if it was used here within its age, and was not forgotten.
        Some(life_s) => {
            let young = within_s.min(life_s);
            let rest = (life_s - young) / life_s * libm::exp(-rate * young);
            1.0 - whole(rate * young) * young / life_s - rest
        }
        // A session of any age, likewise; ages end as sessions do.
        None => {
            let both = rate + ends_per_s;
            if both <= 0.0 {
                0.0
            } else {
                rate / both * -libm::expm1(-both * within_s)
            }
        }
    }
}
