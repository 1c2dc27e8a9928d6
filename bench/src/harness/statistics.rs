//! Median and its 95 % interval.
//!
//! The interval is that of order statistics: whatever the distribution, the median lies between the k-th smallest and
//! the k-th largest of n independent values with a probability that is a sum of binomials. The k taken is the largest
//! for which it is at least 95 %. For 9 rounds that is the second value from each end (96.1 %). It needs no seed and
//! assumes nothing of the noise. Below 6 values no such k exists: the whole range is shown and said to be less.

/// A median and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct Estimate {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The probability that the true median lies between the two.
    pub(crate) coverage: f64,
    /// The smallest of all values.
    pub(crate) least: f64,
    pub(crate) count: usize,
}

const WANTED: f64 = 0.95;

/// Nothing where there is no value, or where one is no number.
pub(crate) fn estimate(values: &[f64]) -> Option<Estimate> {
    if !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let median = f64::midpoint(*sorted.get(count.checked_sub(1)? / 2)?, *sorted.get(count / 2)?);
    let (mut skip, mut coverage) = (0, covered(count, 0));
    while skip + 1 < count.div_ceil(2) && covered(count, skip + 1) >= WANTED {
        skip += 1;
        coverage = covered(count, skip);
    }
    Some(Estimate {
        median,
        low: *sorted.get(skip)?,
        high: *sorted.get(count - 1 - skip)?,
        coverage,
        least: *sorted.first()?,
        count,
    })
}

/// The value below which this share of the values lies: the smallest of them that has so many at or below it.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank among far fewer than 2^52 values"
    )]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

/// How likely the median lies between the ends, once so many values at each end are left out.
fn covered(count: usize, skip: usize) -> f64 {
    // The chance of exactly k of n on one side, by its predecessor: C(n,k) = C(n,k-1) (n-k+1)/k.
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let mut term = 0.5_f64.powf(float(count));
    let mut tail = term;
    for k in 1..=skip {
        term *= float(count + 1 - k) / float(k);
        tail += term;
    }
    (1.0 - 2.0 * tail).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(count: u32) -> Vec<f64> {
        (1..=count).rev().map(f64::from).collect()
    }

    #[test]
    fn nine_values_leave_out_one_at_each_end() {
        let found = estimate(&ranks(9)).unwrap();
        assert_eq!((found.median, found.low, found.high), (5.0, 2.0, 8.0));
        assert!((found.coverage - 0.9609).abs() < 1e-4, "{}", found.coverage);
    }

    #[test]
    fn the_ranks_are_those_of_the_tables() {
        // Two-sided 95 % ranks for the median, as printed in tables of nonparametric statistics.
        for (count, low) in [
            (6, 1.0),
            (8, 1.0),
            (10, 2.0),
            (15, 4.0),
            (20, 6.0),
            (30, 10.0),
            (100, 40.0),
        ] {
            let found = estimate(&ranks(count)).unwrap();
            assert_eq!(found.low, low, "{count}");
            assert_eq!(found.high, f64::from(count) + 1.0 - low, "{count}");
            assert!(found.coverage >= WANTED, "{count}");
        }
    }

    #[test]
    fn few_values_say_that_they_are_less_sure() {
        let found = estimate(&ranks(3)).unwrap();
        assert_eq!((found.low, found.median, found.high), (1.0, 2.0, 3.0));
        assert!((found.coverage - 0.75).abs() < 1e-9);
        assert_eq!(estimate(&[7.0]).unwrap().coverage, 0.0);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let sorted: Vec<f64> = (1..=1000).map(f64::from).collect();
        let of = |share| percentile(&sorted, share);
        assert_eq!(
            (of(0.5), of(0.99), of(0.999), of(1.0)),
            (500.0, 990.0, 999.0, 1000.0)
        );
        assert_eq!((percentile(&[7.0], 0.0), percentile(&[7.0], 0.999)), (7.0, 7.0));
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn an_even_number_has_its_median_in_the_middle_and_nothing_has_none() {
        assert_eq!(estimate(&[4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
        assert_eq!(estimate(&[]), None);
        assert_eq!(estimate(&[1.0, f64::NAN]), None);
        assert_eq!(estimate(&[1.0, f64::INFINITY]), None);
    }
}
