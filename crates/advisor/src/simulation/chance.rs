//! Draws: ChaCha8 with the run's seed, and one stream for each purpose, so that more draws of one leave the others alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rand_distr::{Binomial, Distribution as _, Exp1, Open01, Poisson, StandardNormal};

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Edges,
    Slots,
    Requests,
    Changes,
    Latency,
    Thieves,
    Cohorts,
}

/// A sequence of draws.
#[derive(Debug)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// Between 0 and 1, neither included.
    pub(super) fn unit(&mut self) -> f64 {
        Open01.sample(&mut self.0)
    }

    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// A whole number below `end`; 0 where there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((self.unit() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// The wait for the next event of a Poisson process.
    pub(super) fn wait(&mut self, rate: f64) -> f64 {
        if rate <= 0.0 {
            return f64::INFINITY;
        }
        let one: f64 = Exp1.sample(&mut self.0);
        one / rate
    }

    /// How many events of a mean number happen.
    pub(super) fn count(&mut self, mean: f64) -> u64 {
        // Below any mean that counts, and above what the library takes, the mean itself.
        match Poisson::new(mean) {
            Ok(law) => law.sample(&mut self.0) as u64,
            Err(_) => mean.max(0.0) as u64,
        }
    }

    /// How many of `all` come out with the probability `part`.
    pub(super) fn of(&mut self, all: u64, part: f64) -> u64 {
        if part <= 0.0 || all == 0 {
            return 0;
        }
        if part >= 1.0 {
            return all;
        }
        Binomial::new(all, part).map_or(0, |law| law.sample(&mut self.0))
    }

    pub(super) fn spread(&mut self, spread: Spread) -> f64 {
        let normal: f64 = StandardNormal.sample(&mut self.0);
        spread.median * libm::exp(spread.sigma * normal)
    }
}

/// A log-normal distribution by its median and its p99.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    median: f64,
    sigma: f64,
}

/// The standard normal's p99.
const P99: f64 = 2.326_347_874_040_841;

impl Spread {
    /// From median and p99; a p99 below the median is the median.
    #[must_use]
    pub fn new(median: f64, p99: f64) -> Self {
        let sigma = libm::log((p99 / median).max(1.000_001)) / P99;
        Self { median, sigma }
    }

    /// The middle.
    pub(super) const fn median(&self) -> f64 {
        self.median
    }

    /// The part below a value.
    #[must_use]
    pub fn below(&self, value: f64) -> f64 {
        if value <= 0.0 {
            return 0.0;
        }
        let normal = libm::log(value / self.median) / self.sigma;
        0.5 * libm::erfc(-normal / std::f64::consts::SQRT_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_stream_are_a_sequence() {
        let take = |seed, stream| {
            let mut chance = Chance::new(seed, stream);
            [chance.unit(), chance.wait(2.0), chance.unit()]
        };
        assert_eq!(take(7, Stream::Edges), take(7, Stream::Edges));
        assert_ne!(take(7, Stream::Edges), take(8, Stream::Edges));
        assert_ne!(take(7, Stream::Edges), take(7, Stream::Slots));
    }

    /// The generator is fixed: another one would give other outcomes for the seeds that people wrote down.
    #[test]
    fn the_sequence_is_written_down() {
        let mut chance = Chance::new(1, Stream::Requests);
        let first = [chance.unit(), chance.unit()].map(|draw| format!("{draw:.12}"));
        assert_eq!(first, ["0.876394122505", "0.682740861531"]);
    }

    #[test]
    fn draws_have_their_means() {
        let mut chance = Chance::new(3, Stream::Slots);
        let mut mean = |draw: &mut dyn FnMut(&mut Chance) -> f64| {
            (0..20_000).map(|_| draw(&mut chance)).sum::<f64>() / 20_000.0
        };
        assert!((mean(&mut |c| c.wait(4.0)) - 0.25).abs() < 0.01);
        assert!((mean(&mut |c| c.count(2.5) as f64) - 2.5).abs() < 0.05);
        assert!((mean(&mut |c| c.of(10, 0.3) as f64) - 3.0).abs() < 0.05);
        assert!((mean(&mut |c| c.between(2.0, 4.0)) - 3.0).abs() < 0.02);
        let spread = Spread::new(3.0, 25.0);
        assert!((mean(&mut |c| f64::from(u8::from(c.spread(spread) < 25.0))) - 0.99).abs() < 0.004);
        assert!((spread.below(3.0) - 0.5).abs() < 1e-9 && (spread.below(25.0) - 0.99).abs() < 1e-9);
    }

    #[test]
    fn impossible_draws_are_nothing() {
        let mut chance = Chance::new(3, Stream::Slots);
        assert_eq!(chance.count(-1.0), 0);
        assert_eq!(chance.count(0.0), 0);
        assert_eq!(
            (chance.of(5, -0.1), chance.of(5, 1.1), chance.of(0, 0.5)),
            (0, 5, 0)
        );
        assert_eq!(chance.wait(0.0), f64::INFINITY);
        assert_eq!(chance.below(0), 0);
    }
}
