//! Two samples compared without assuming anything of their shapes: Mann-Whitney's U with its effect size, Kolmogorov and
//! Smirnov's distance, and a bootstrap of the difference of the medians.

/// What two samples come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    /// Median of the second less that of the first, with its 95 % bootstrap interval.
    pub(crate) shift: f64,
    pub(crate) shift_low: f64,
    pub(crate) shift_high: f64,
    /// The probability that a value of the second is larger than one of the first: 0.5 where nothing can be told.
    pub(crate) slower: f64,
    /// Two-sided, by ranks: normal approximation with correction for ties.
    pub(crate) p_ranks: f64,
    /// Two-sided, by the largest distance between the distributions.
    pub(crate) p_shapes: f64,
}

impl Comparison {
    /// By how much a guess from one sample is better than a coin.
    pub(crate) fn advantage(&self) -> f64 {
        (self.slower - 0.5).abs()
    }

    /// How many samples of each an attacker needs for 95 % certainty; nothing where even the ranks see no difference.
    pub(crate) fn samples_needed(&self) -> Option<u64> {
        // Noether's size of a rank test: (1.645 + 1.645)^2 / (6 (p - 0.5)^2), both errors at 5 %.
        let seen = self.p_ranks < 0.01 && self.advantage() > 0.0;
        let wanted = 3.29_f64.powi(2) / (6.0 * self.advantage().powi(2));
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of samples"
        )]
        seen.then(|| wanted.ceil().min(1e15) as u64)
    }
}

/// Compares.
pub(crate) fn compare(first: &[f64], second: &[f64]) -> Comparison {
    let (slower, p_ranks) = ranks(first, second);
    let (shift_low, shift_high) = bootstrap(first, second);
    Comparison {
        shift: median(second) - median(first),
        shift_low,
        shift_high,
        slower,
        p_ranks,
        p_shapes: shapes(first, second),
    }
}

/// The middle value; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
    f64::midpoint(
        middle(sorted.len().saturating_sub(1) / 2),
        middle(sorted.len() / 2),
    )
}

/// P(second > first) + P(equal)/2, and the two-sided probability of at least that under no difference.
fn ranks(first: &[f64], second: &[f64]) -> (f64, f64) {
    let mut all: Vec<(f64, bool)> = first
        .iter()
        .map(|v| (*v, false))
        .chain(second.iter().map(|v| (*v, true)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for same in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let size = float(same.len());
        rank_sum += (before + f64::midpoint(1.0, size))
            * float(same.iter().filter(|(_, is_second)| *is_second).count());
        ties += size.powi(3) - size;
        before += size;
    }
    let (n, m) = (float(first.len()), float(second.len()));
    let u = rank_sum - m * (m + 1.0) / 2.0;
    let spread = (n * m / 12.0 * ((n + m + 1.0) - ties / ((n + m) * (n + m - 1.0)))).sqrt();
    let z = (u - n * m / 2.0) / spread;
    (u / (n * m), 2.0 * upper_tail(z.abs()))
}

/// Kolmogorov's series for the largest distance between two empirical distributions.
fn shapes(first: &[f64], second: &[f64]) -> f64 {
    let (mut one, mut two) = (first.to_vec(), second.to_vec());
    one.sort_by(f64::total_cmp);
    two.sort_by(f64::total_cmp);
    let below =
        |sorted: &[f64], value: f64| float(sorted.partition_point(|v| *v <= value)) / float(sorted.len());
    let distance = one
        .iter()
        .chain(&two)
        .map(|v| (below(&one, *v) - below(&two, *v)).abs())
        .fold(0.0, f64::max);
    let (n, m) = (float(one.len()), float(two.len()));
    let scale = (n * m / (n + m)).sqrt();
    let lambda = (scale + 0.12 + 0.11 / scale) * distance;
    let term = |k: f64| 2.0 * (-1.0_f64).powf(k - 1.0) * (-2.0 * k * k * lambda * lambda).exp();
    if lambda < 0.2 {
        1.0
    } else {
        (1..=100).map(|k| term(f64::from(k))).sum::<f64>().clamp(0.0, 1.0)
    }
}

fn bootstrap(first: &[f64], second: &[f64]) -> (f64, f64) {
    const TIMES: usize = 1000;
    let mut dice = Dice::new(7);
    let mut again = |values: &[f64]| {
        let drawn: Vec<f64> = values
            .iter()
            .filter_map(|_| values.get(dice.below(values.len())).copied())
            .collect();
        median(&drawn)
    };
    let mut shifts: Vec<f64> = (0..TIMES).map(|_| again(second) - again(first)).collect();
    shifts.sort_by(f64::total_cmp);
    let at = |index: usize| shifts.get(index).copied().unwrap_or(f64::NAN);
    (at(TIMES / 40), at(TIMES - TIMES / 40 - 1))
}

/// The normal distribution's upper tail (Abramowitz and Stegun 26.2.17, error below 7.5e-8).
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Repeatable choices (xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    /// 0 to `count` in some order.
    pub(crate) fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            let other = self.below(at + 1);
            order.swap(at, other);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, shift: f64) -> Vec<f64> {
        let mut dice = Dice::new(seed);
        (0..800)
            .map(|_| shift + float(dice.below(1000)) + float(dice.below(1000)))
            .collect()
    }

    #[test]
    fn no_difference_is_not_found_and_a_small_one_is() {
        // By chance one in twenty is taken for different; of forty, more than seven hardly ever.
        let same = (0..40).map(|n| compare(&noise(2 * n + 1, 0.0), &noise(2 * n + 2, 0.0)));
        let same: Vec<_> = same.collect();
        let mistaken = |p: fn(&Comparison) -> f64| same.iter().filter(|c| p(c) < 0.05).count();
        assert!(
            mistaken(|c| c.p_ranks) <= 7 && mistaken(|c| c.p_shapes) <= 7,
            "{same:?}"
        );
        let unshifted = same.iter().filter(|c| c.shift_low <= 0.0 && c.shift_high >= 0.0);
        assert!(unshifted.count() >= 33, "{same:?}");
        let other = compare(&noise(1, 0.0), &noise(2, 120.0));
        assert!(
            other.p_ranks < 1e-6 && other.p_shapes < 1e-6 && other.shift_low > 0.0,
            "{other:?}"
        );
        assert!(other.samples_needed().unwrap() < 200);
    }

    #[test]
    fn the_tails_and_sums_are_those_of_the_tables() {
        assert!((upper_tail(1.959_964) - 0.025).abs() < 1e-6 && (upper_tail(0.0) - 0.5).abs() < 1e-6);
        // U = 0: every value of the second is smaller.
        let (slower, p) = ranks(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]);
        assert!(slower == 0.0 && (p - 0.0495).abs() < 1e-3, "{p}");
        assert_eq!(ranks(&[1.0, 1.0], &[1.0, 1.0]).0, 0.5);
    }
}
