//! How old the tokens of a class are: of all ages, but for those that were renewed together when contact came back.

use super::cohort::{ended, whole};
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
    /// The part that was renewed together and still is there.
    together: f64,
    /// Its age.
    age_s: f64,
    /// Of the other tokens that are younger than it, and older, the part of what there is when nothing was ever together.
    apart: (f64, f64),
}

/// Clocks that are looked at.
const CLOCKS: usize = 9;

impl Ages {
    pub(super) fn at(s: &Scenario, is_cut: bool, life_s: f64, now: f64) -> Self {
        let ends_per_s = s.logins_per_s / s.credentials as f64;
        let ages = Self {
            life_s,
            ends_per_s,
            together: 0.0,
            age_s: 0.0,
            apart: (1.0, 1.0),
        };
        match s.contact(is_cut, now) {
            Contact::Down(window) if window.from_s > 0.0 => Self::at(s, is_cut, life_s, window.from_s - 1e-6),
            Contact::Up {
                lost: Some(window),
                since_s,
            } => {
                let after_s = now - since_s;
                let lives = libm::floor(after_s / life_s);
                // A token that is not of them was issued to whoever signed in since, or is the renewal of such a one: a
                // life later for each renewal.
                let missing = |lives: f64| due(window, life_s) * libm::exp(-ends_per_s * life_s * lives);
                Self {
                    together: due(window, life_s) * libm::exp(-ends_per_s * after_s),
                    age_s: after_s - lives * life_s,
                    apart: (1.0 - missing(lives + 1.0), 1.0 - missing(lives)),
                    ..ages
                }
            }
            _ => ages,
        }
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
        let (young, old) = self.apart;
        let (within, all) = (self.steady(age_s), self.steady(self.age_s));
        let apart = young * within.min(all) + old * (within - all).max(0.0);
        apart + self.together * f64::from(u8::from(age_s > self.age_s))
    }

    /// The part that is younger where none are together.
    fn steady(&self, age_s: f64) -> f64 {
        let within = age_s.clamp(0.0, self.life_s);
        let (x, all) = (self.ends_per_s * within, self.ends_per_s * self.life_s);
        within * whole(x) / (self.life_s * whole(all))
    }

    /// The age of one token.
    pub(super) fn draw(&self, chance: &mut Chance) -> f64 {
        let ((young, old), turn) = (self.apart, self.steady(self.age_s));
        let unit = chance.unit();
        if unit < young * turn {
            return self.aged(unit / young);
        }
        let beyond = unit - young * turn - self.together;
        if beyond < 0.0 {
            return self.age_s;
        }
        self.aged(turn + beyond / old.max(1e-300))
    }

    /// The age below which a part of all is where none are together.
    fn aged(&self, part: f64) -> f64 {
        let all = self.ends_per_s * self.life_s;
        let part = part.min(1.0);
        if all < 1e-9 {
            return self.life_s * part;
        }
        (-libm::log1p(part * libm::expm1(-all)) / self.ends_per_s).min(self.life_s)
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
    // What is renewed now was the oldest just before.
    let (_, oldest) = Ages::at(s, is_cut, life_s, middle).apart;
    let apart = oldest * (to_s - from_s) / life_s * survive;
    let Some(window) = lost else { return (apart, 0.0) };
    // Every life after the return; a step may hold several.
    let until = |time_s: f64| libm::ceil((time_s - since_s) / life_s - 1e-9).max(0.0);
    let times = until(to_s) - until(from_s);
    // Who signs in again at the return renews nothing then.
    let signs_in = if from_s <= since_s && times > 0.0 {
        ended(s, window, window.to_s)
    } else {
        0.0
    };
    let together = (times - signs_in) * due(window, life_s) * libm::exp(-ends_per_s * (middle - since_s));
    (apart, together)
}
