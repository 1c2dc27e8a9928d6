//! Places of live credentials: an ended one gives way to the next. Their tokens are renewed as they end, as long as there is
//! contact; that is caught up with when somebody looks.

use crate::simulation::Way;
use crate::simulation::chance::Chance;
use crate::simulation::outcome::Book;
use crate::simulation::scenario::Scenario;
use crate::simulation::world::Contact;

/// Times of issue, by slot.
struct Tokens {
    life_s: f64,
    issued_s: Vec<f64>,
    ways: &'static [Way],
}

/// All slots.
pub(super) struct Slots {
    /// Which credential it is, of those that the slot had.
    generations: Vec<u32>,
    /// Until when nobody is signed in.
    back_s: Vec<f64>,
    /// How long after a loss of contact each renews what was due.
    late_s: Vec<f64>,
    jwt: Tokens,
    ours: Option<Tokens>,
    chance: Chance,
}

impl Slots {
    pub(super) fn new(s: &Scenario, mut chance: Chance) -> Self {
        let all = usize::try_from(s.credentials).unwrap_or(usize::MAX);
        let mut tokens = |life_s: f64, ways| Tokens {
            life_s,
            issued_s: (0..all).map(|_| -chance.between(0.0, life_s)).collect(),
            ways,
        };
        let jwt = tokens(s.jwt_life_s, &[Way::Jwt, Way::Blocklist]);
        let ours = s.ours_life_s.map(|life_s| tokens(life_s, &[Way::Ours]));
        let late_s = (0..all).map(|_| chance.between(0.0, s.reconnect_s)).collect();
        Self {
            generations: vec![0; all],
            back_s: vec![f64::NEG_INFINITY; all],
            late_s,
            jwt,
            ours,
            chance,
        }
    }

    /// Any slot.
    pub(super) fn draw(&mut self) -> u64 {
        self.chance.below(self.generations.len()) as u64
    }

    /// The name of a slot's credential.
    pub(super) fn key(&self, slot: u64) -> u64 {
        let generation = self.generations.get(slot as usize).copied().unwrap_or_default();
        slot << 32 | u64::from(generation)
    }

    pub(super) fn is_signed_out(&self, slot: u64, now: f64) -> bool {
        self.back_s.get(slot as usize).is_some_and(|back| *back > now)
    }

    /// When the tokens that the slot's credential has now were issued.
    pub(super) fn tokens_at(
        &mut self,
        s: &Scenario,
        slot: u64,
        now: f64,
        book: &mut Book,
    ) -> (f64, Option<f64>) {
        let late_s = self.late_s.get(slot as usize).copied().unwrap_or_default();
        let jwt = self.jwt.renew(s, slot, now, (late_s, book));
        let ours = self
            .ours
            .as_mut()
            .map(|tokens| tokens.renew(s, slot, now, (late_s, book)));
        (jwt, ours)
    }

    /// Another credential from now on, signed in at a moment.
    pub(super) fn replace(&mut self, s: &Scenario, slot: u64, (now, at): (f64, f64), book: &mut Book) {
        self.tokens_at(s, slot, now, book);
        let index = slot as usize;
        if let (Some(generation), Some(back)) = (self.generations.get_mut(index), self.back_s.get_mut(index))
        {
            *generation = generation.wrapping_add(1);
            *back = at;
        }
        for tokens in std::iter::once(&mut self.jwt).chain(&mut self.ours) {
            if let Some(issued) = tokens.issued_s.get_mut(index) {
                *issued = at;
            }
        }
    }

    /// Catches up with every renewal.
    pub(super) fn finish(&mut self, s: &Scenario, book: &mut Book) {
        for slot in 0..self.generations.len() as u64 {
            self.tokens_at(s, slot, s.length_s, book);
        }
    }
}

impl Tokens {
    fn renew(&mut self, s: &Scenario, slot: u64, now: f64, (late_s, book): (f64, &mut Book)) -> f64 {
        let Some(issued) = self.issued_s.get_mut(slot as usize) else {
            return now;
        };
        let is_cut = s.is_cut((slot % s.regions as u64) as usize);
        while *issued + self.life_s <= now {
            let ends = *issued + self.life_s;
            let at = match s.contact(is_cut, ends) {
                Contact::Up { .. } => ends,
                Contact::Down(window) if now < window.to_s + late_s => break,
                Contact::Down(window) => window.to_s + late_s,
            };
            *issued = at;
            for (way, tally) in book.ways() {
                if self.ways.contains(&way) {
                    tally.load.add(at, 1.0);
                }
            }
        }
        *issued
    }
}
