//! Values by their order of magnitude: quantiles within 2 %, whatever the range, in a fixed room.

use super::chance::Spread;

/// Buckets of a decade.
const PER_DECADE: usize = 100;
/// The first bucket begins here.
const LEAST: f64 = 1e-5;
const DECADES: usize = 13;

/// How many of each value; weights may be parts.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    /// Of no size at all.
    zero: f64,
    buckets: Vec<f64>,
    sum: f64,
    most: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            zero: 0.0,
            buckets: vec![0.0; PER_DECADE * DECADES],
            sum: 0.0,
            most: 0.0,
        }
    }
}

fn bucket(value: f64) -> usize {
    let at = libm::floor(libm::log10(value / LEAST) * PER_DECADE as f64);
    (at.max(0.0) as usize).min(PER_DECADE * DECADES - 1)
}

fn lower_edge(at: usize) -> f64 {
    LEAST * libm::pow(10.0, at as f64 / PER_DECADE as f64)
}

impl Histogram {
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.most = self.most.max(value);
        if value <= 0.0 {
            self.zero += weight;
        } else if let Some(count) = self.buckets.get_mut(bucket(value)) {
            *count += weight;
        }
    }

    /// So many values of a distribution, each with `shift` on top.
    pub(super) fn add_spread(&mut self, shift: f64, spread: Spread, weight: f64) {
        if weight <= 0.0 {
            return;
        }
        let mut below = 0.0;
        for at in 0..self.buckets.len() {
            let edge = lower_edge(at + 1);
            let next = spread.below(edge - shift);
            let part = weight * (next - below);
            below = next;
            if part > 0.0
                && let Some(count) = self.buckets.get_mut(at)
            {
                let value = (edge * lower_edge(at)).sqrt();
                *count += part;
                self.sum += value * part;
                self.most = self.most.max(value);
            }
        }
    }

    pub(super) fn total(&self) -> f64 {
        self.zero + self.buckets.iter().sum::<f64>()
    }

    pub(super) fn mean(&self) -> f64 {
        let total = self.total();
        if total > 0.0 { self.sum / total } else { 0.0 }
    }

    pub(super) const fn most(&self) -> f64 {
        self.most
    }

    /// The value that this part of all is not above.
    pub(super) fn quantile(&self, part: f64) -> f64 {
        let wanted = self.total() * part;
        let mut below = self.zero;
        if below >= wanted {
            return 0.0;
        }
        for (at, count) in self.buckets.iter().enumerate() {
            if *count > 0.0 && below + count >= wanted {
                let inside = (wanted - below) / count;
                return (lower_edge(at) * libm::pow(10.0, inside / PER_DECADE as f64)).min(self.most);
            }
            below += count;
        }
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_line() {
        let mut line = Histogram::default();
        for n in 1..=10_000 {
            line.add(f64::from(n) / 1000.0, 1.0);
        }
        for (part, value) in [(0.5, 5.0), (0.99, 9.9), (0.1, 1.0)] {
            let found = line.quantile(part);
            assert!((found / value - 1.0).abs() < 0.02, "{part}: {found}");
        }
        assert!((line.mean() - 5.0).abs() < 0.01);
        assert!(
            (line.most() - 10.0).abs() < f64::EPSILON && (line.quantile(1.0) - 10.0).abs() < f64::EPSILON
        );
    }

    #[test]
    fn nothing_and_zeros() {
        let mut none = Histogram::default();
        assert_eq!((none.mean(), none.quantile(0.5)), (0.0, 0.0));
        none.add(0.0, 3.0);
        none.add(2.0, 1.0);
        assert_eq!(none.quantile(0.75), 0.0);
        assert!((none.quantile(0.99) - 2.0).abs() < 0.05);
    }

    #[test]
    fn a_distribution_has_its_quantiles() {
        let mut spread = Histogram::default();
        spread.add_spread(80.0, Spread::new(3.0, 25.0), 1000.0);
        assert!((spread.quantile(0.5) / 83.0 - 1.0).abs() < 0.02);
        assert!((spread.quantile(0.99) / 105.0 - 1.0).abs() < 0.02);
        assert!((spread.total() - 1000.0).abs() < 1e-3);
    }
}
