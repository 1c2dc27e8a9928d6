//! A straight line through samples of memory.

/// What a minute adds, with an interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    pub(super) per_minute: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Samples are put together, so that neighbours that resemble each other do not make the interval too narrow.
const GROUPS: usize = 12;

/// Least squares over the means of neighbouring samples; nothing for too few.
#[allow(clippy::cast_precision_loss, reason = "few samples")]
pub(super) fn fit(samples: &[(f64, f64)]) -> Option<Slope> {
    let points: Vec<(f64, f64)> = samples
        .chunks(samples.len().div_ceil(GROUPS).max(1))
        .map(mean)
        .collect();
    let count = points.len() as f64;
    if points.len() < 4 {
        return None;
    }
    let (mid_x, mid_y) = mean(&points);
    let spread: f64 = points.iter().map(|(x, _)| (x - mid_x).powi(2)).sum();
    let joint: f64 = points.iter().map(|(x, y)| (x - mid_x) * (y - mid_y)).sum();
    let per_minute = joint / spread;
    let rest: f64 = points
        .iter()
        .map(|(x, y)| (y - mid_y - per_minute * (x - mid_x)).powi(2))
        .sum();
    let error = (rest / (count - 2.0) / spread).sqrt();
    // Student's t for ten degrees of freedom and more is 2.23 and less; with fewer points the interval is said too narrow.
    let half = 2.23 * error;
    Some(Slope {
        per_minute,
        low: per_minute - half,
        high: per_minute + half,
    })
}

#[allow(clippy::cast_precision_loss, reason = "few samples")]
fn mean(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let sum = points
        .iter()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    (sum.0 / count, sum.1 / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_noise_around_a_level_is_flat() {
        let line: Vec<(f64, f64)> = (0..120)
            .map(|n| (f64::from(n), 7.0 + 3.0 * f64::from(n)))
            .collect();
        let slope = fit(&line).unwrap();
        assert!((slope.per_minute - 3.0).abs() < 1e-9 && slope.low > 2.9);
        let level: Vec<(f64, f64)> = (0..120)
            .map(|n| (f64::from(n), f64::from((n * 37) % 11)))
            .collect();
        let slope = fit(&level).unwrap();
        assert!(slope.low < 0.0 && slope.high > 0.0, "{slope:?}");
        assert_eq!(fit(&line[..3]), None);
    }
}
