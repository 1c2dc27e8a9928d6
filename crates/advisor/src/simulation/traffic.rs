//! When requests come and from whom: a day's curve, and a law of how unevenly credentials are used.

/// The curve of a day: a floor, and a bump that ends at its highest the factor above the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    floor: f64,
    peak: f64,
    /// Of the bump, as a part of the day.
    width: f64,
}

/// Seconds of a day.
pub(super) const DAY_S: f64 = 86_400.0;

/// What the quietest hour has of the mean, where the peak leaves room for one.
const NIGHT: f64 = 0.25;

impl Curve {
    /// From the busiest moment against the mean.
    #[must_use]
    pub fn new(peak: f64) -> Self {
        let peak = peak.max(1.0);
        let floor = NIGHT.max(2.0 - peak).min(1.0);
        let width = if peak > 1.0 {
            2.0 * (1.0 - floor) / (peak - floor)
        } else {
            0.0
        };
        Self { floor, peak, width }
    }

    /// Against the mean, at a moment of the run: it begins at night, and noon is busiest.
    #[must_use]
    pub fn at(&self, time_s: f64) -> f64 {
        let from_noon = (time_s / DAY_S - libm::floor(time_s / DAY_S) - 0.5).abs();
        if self.width <= 0.0 {
            return self.floor;
        }
        self.floor + (self.peak - self.floor) * (1.0 - from_noon * 2.0 / self.width).max(0.0)
    }

    /// The most there is.
    #[must_use]
    pub const fn most(&self) -> f64 {
        self.peak
    }

    /// The time that would bring as much at the mean rate: the integral from 0.
    #[must_use]
    pub fn until(&self, time_s: f64) -> f64 {
        let days = libm::floor(time_s / DAY_S);
        let part = time_s / DAY_S - days;
        let half = self.width / 2.0;
        let bump = if half > 0.0 {
            let height = self.peak - self.floor;
            // Two halves of a triangle: up to noon, and down from it.
            let rising = (part - (0.5 - half)).clamp(0.0, half);
            let falling = (part - 0.5).clamp(0.0, half);
            height * (rising * rising / (2.0 * half) + falling - falling * falling / (2.0 * half))
        } else {
            0.0
        };
        (days + self.floor * part + bump) * DAY_S
    }
}

/// The part of the requests that the busiest `part` of the credentials sends is `part` to this power: a fifth sends 45 %.
const EVENNESS: f64 = 0.5;

/// The credential of a request, of `all`, by a uniform draw.
pub(super) fn rank(unit: f64, all: u64) -> u64 {
    let place = libm::pow(unit, 1.0 / EVENNESS);
    ((place * all as f64) as u64).min(all.saturating_sub(1))
}

/// The part of all requests that a credential sends.
pub(super) fn part_of(rank: u64, all: u64) -> f64 {
    let all = all as f64;
    let (from, to) = (rank as f64 / all, (rank as f64 + 1.0) / all);
    libm::pow(to, EVENNESS) - libm::pow(from, EVENNESS)
}

/// Credentials that are used about equally much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    /// How many.
    pub(super) credentials: f64,
    /// The part of all requests that each sends.
    pub(super) part_each: f64,
}

/// From one band to the next.
const RATIO: f64 = 1.5;

/// All credentials, from the busiest on.
pub(super) fn bands(all: u64) -> Vec<Band> {
    let mut bands = Vec::new();
    let (mut from, mut to) = (0.0, 1.0 / all as f64);
    while from < 1.0 {
        let end = f64::min(to, 1.0);
        let credentials = (end - from) * all as f64;
        let share = libm::pow(end, EVENNESS) - libm::pow(from, EVENNESS);
        bands.push(Band {
            credentials,
            part_each: share / credentials,
        });
        from = end;
        to = end * RATIO;
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_mean_and_its_peak() {
        for peak in [1.0, 1.3, 2.0, 3.0, 10.0, 100.0] {
            let curve = Curve::new(peak);
            let steps = 100_000;
            let mean = (0..steps)
                .map(|n| curve.at((f64::from(n) + 0.5) * DAY_S / f64::from(steps)))
                .sum::<f64>();
            assert!((mean / f64::from(steps) - 1.0).abs() < 1e-3, "{peak}: {mean}");
            assert!((curve.at(DAY_S * 1.5) - peak).abs() < 1e-9);
            assert!((curve.until(DAY_S * 3.0) - DAY_S * 3.0).abs() < 1e-6);
            let (from, to) = (curve.until(40_000.0), curve.until(40_010.0));
            assert!(
                ((to - from) / 10.0 / curve.at(40_005.0) - 1.0).abs() < 1e-2,
                "{peak}"
            );
        }
    }

    #[test]
    fn bands_hold_all_credentials_and_all_requests() {
        for all in [1, 2, 1000, 1_000_000_000] {
            let bands = bands(all);
            let credentials: f64 = bands.iter().map(|band| band.credentials).sum();
            let requests: f64 = bands.iter().map(|band| band.credentials * band.part_each).sum();
            assert!((credentials / all as f64 - 1.0).abs() < 1e-9 && (requests - 1.0).abs() < 1e-9);
            assert!(bands.len() < 60);
        }
    }

    #[test]
    fn a_fifth_sends_the_part_that_is_said() {
        let all = 10_000;
        let fifth: f64 = (0..all / 5).map(|rank| part_of(rank, all)).sum();
        assert!((fifth - 0.2_f64.sqrt()).abs() < 1e-6);
        let drawn = (1..10_000)
            .filter(|n| rank(f64::from(*n) / 10_000.0, all) < all / 5)
            .count();
        assert!((drawn as f64 / 10_000.0 - fifth).abs() < 1e-3);
    }
}
