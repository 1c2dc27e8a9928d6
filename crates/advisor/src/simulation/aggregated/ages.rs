//! How old the tokens of a class are: of all ages, but for those that were renewed together when contact came back.

use super::cohort::whole;
use crate::simulation::asked::Window;
use crate::simulation::chance::Chance;
use crate::simulation::scenario::Scenario;
use crate::simulation::world::Contact;

/// Ages at a moment; while contact is lost, at the moment when it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ages {
    life_s: f64,
    /// Sessions that end take the older tokens with them.
    ends_per_s: f64,
    /// The part that was renewed together.
    together: f64,
    /// Its age.
    age_s: f64,
}

/// Clocks that are looked at.
const CLOCKS: usize = 9;

impl Ages {
    pub(super) fn at(s: &Scenario, is_cut: bool, life_s: f64, now: f64) -> Self {
        let ends_per_s = s.logins_per_s / s.credentials as f64;
        let mut ages = Self {
            life_s,
            ends_per_s,
            together: 0.0,
            age_s: 0.0,
        };
        match s.contact(is_cut, now) {
            Contact::Down(window) if window.from_s > 0.0 => {
                return Self::at(s, is_cut, life_s, window.from_s - 1e-6);
            }
            Contact::Up {
                lost: Some(window),
                since_s,
            } => {
                let after_s = now - since_s;
                ages.together = due(window, life_s) * libm::exp(-ends_per_s * after_s);
                ages.age_s = after_s - libm::floor(after_s / life_s) * life_s;
            }
            _ => {}
        }
        ages
    }

    /// The part that edges with their clocks take so much later.
    pub(super) fn taken(&self, s: &Scenario, later_s: f64) -> f64 {
        let one = |clock: usize| {
            let skew_s = s.skew_s * ((clock as f64 + 0.5) / CLOCKS as f64 * 2.0 - 1.0);
            let oldest = self.life_s + s.leeway_s - skew_s - later_s;
            let youngest = -s.leeway_s - skew_s - later_s;
            (self.younger(oldest) - self.younger(youngest)).max(0.0)
        };
        (0..CLOCKS).map(one).sum::<f64>() / CLOCKS as f64
    }

    fn younger(&self, age_s: f64) -> f64 {
        let within = age_s.clamp(0.0, self.life_s);
        let (x, all) = (self.ends_per_s * within, self.ends_per_s * self.life_s);
        let apart = within * whole(x) / (self.life_s * whole(all));
        let together = f64::from(u8::from(age_s > self.age_s));
        apart * (1.0 - self.together) + together * self.together
    }

    /// The age of one token.
    pub(super) fn draw(&self, chance: &mut Chance) -> f64 {
        if chance.unit() < self.together {
            return self.age_s;
        }
        let all = self.ends_per_s * self.life_s;
        let unit = chance.unit();
        if all < 1e-9 {
            return self.life_s * unit;
        }
        -libm::log1p(unit * libm::expm1(-all)) / self.ends_per_s
    }
}

/// The part of all tokens that is due within a window.
fn due(window: Window, life_s: f64) -> f64 {
    ((window.to_s - window.from_s) / life_s).min(1.0)
}

/// Renewals in a span, of one credential: those that are due one by one, and those that are due together, at the end of a
/// loss of contact and a life after each other from then on.
pub(super) fn renewals(s: &Scenario, is_cut: bool, life_s: f64, (from_s, to_s): (f64, f64)) -> (f64, f64) {
    let middle = f64::midpoint(from_s, to_s);
    let Contact::Up { lost, since_s } = s.contact(is_cut, middle) else {
        return (0.0, 0.0);
    };
    let ends_per_s = s.logins_per_s / s.credentials as f64;
    let all = ends_per_s * life_s;
    // Where the session ends before its token, nothing is renewed.
    let survive = if all < 1e-9 { 1.0 } else { all / libm::expm1(all) };
    let apart = (1.0 - Ages::at(s, is_cut, life_s, middle).together) * (to_s - from_s) / life_s * survive;
    let Some(window) = lost else { return (apart, 0.0) };
    // Every life after the return; a step may hold several.
    let until = |time_s: f64| libm::ceil((time_s - since_s) / life_s - 1e-9).max(0.0);
    let times = until(to_s) - until(from_s);
    let together = times * due(window, life_s) * libm::exp(-ends_per_s * (middle - since_s));
    (apart, together)
}
