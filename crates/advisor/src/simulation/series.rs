//! An amount over time, in steps of one width.

use serde::Serialize;

/// Amounts by step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Of one step, seconds.
    pub width_s: f64,
    /// One a step.
    pub values: Vec<f64>,
    /// What spans begin to add from a step on, less those that end there; folded in by `finish`.
    #[serde(skip)]
    slopes: Vec<f64>,
}

impl Series {
    pub(super) fn new(steps: usize, width_s: f64) -> Self {
        Self {
            width_s,
            values: vec![0.0; steps],
            slopes: vec![0.0; steps + 1],
        }
    }

    /// At a moment; what lies beyond the end is the last step's.
    pub(super) fn add(&mut self, at_s: f64, amount: f64) {
        let step = self.step(at_s);
        if let Some(value) = self.values.get_mut(step) {
            *value += amount;
        }
    }

    /// Evenly over a span.
    pub(super) fn add_over(&mut self, from_s: f64, to_s: f64, amount: f64) {
        let (first, last) = (self.step(from_s), self.step(to_s));
        if first == last || to_s <= from_s {
            return self.add(from_s, amount);
        }
        let rate = amount / (to_s - from_s);
        let begins = (first + 1) as f64 * self.width_s - from_s;
        self.add(from_s, rate * begins);
        // The last step may reach beyond the end: it takes what is left.
        let middle = (last - first - 1) as f64 * self.width_s;
        self.add(to_s, amount - rate * (begins + middle));
        for (step, sign) in [(first + 1, 1.0), (last, -1.0)] {
            if let Some(slope) = self.slopes.get_mut(step) {
                *slope += sign * rate * self.width_s;
            }
        }
    }

    /// All spans are told.
    pub(super) fn finish(mut self) -> Self {
        let mut running = 0.0;
        for (value, slope) in self.values.iter_mut().zip(&self.slopes) {
            running += slope;
            // Spans that begin and end leave a rest of rounding behind.
            *value = (*value + running).max(0.0);
        }
        self.slopes.clear();
        self
    }

    /// Of all steps.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.values.iter().sum()
    }

    /// The busiest step's, per second.
    #[must_use]
    pub fn peak_per_s(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max) / self.width_s
    }

    fn step(&self, at_s: f64) -> usize {
        ((at_s / self.width_s).max(0.0) as usize).min(self.values.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_spread_evenly_and_nothing_is_lost() {
        let mut series = Series::new(5, 10.0);
        series.add_over(5.0, 35.0, 30.0);
        series.add_over(41.0, 44.0, 2.0);
        series.add_over(45.0, 100.0, 55.0);
        series.add(12.0, 1.0);
        let series = series.finish();
        assert_eq!(series.values, [5.0, 11.0, 10.0, 5.0, 57.0]);
        assert!((series.total() - 88.0).abs() < 1e-9);
        assert!((series.peak_per_s() - 5.7).abs() < 1e-9);
    }
}
