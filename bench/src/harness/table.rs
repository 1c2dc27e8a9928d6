//! The one table, readable in 100 columns.

use super::plan::{Bound, Figure, Unit};
use super::statistics::Estimate;

/// How a figure stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) enum Verdict {
    Met,
    Missed,
    /// It has no bound.
    Shown,
    /// Too few rounds for an interval of 95 %: neither.
    Unsure,
}

const LEAST_COVERAGE: f64 = 0.95;
/// Of fewer the best says little.
const LEAST_ROUNDS: usize = 3;

/// A bound holds for the median, and for the interval's worse end.
pub(crate) fn judge(bound: Option<Bound>, found: Option<&Estimate>) -> Verdict {
    let (Some(bound), Some(found)) = (bound, found) else {
        return if bound.is_some() {
            Verdict::Missed
        } else {
            Verdict::Shown
        };
    };
    let inside = match bound {
        Bound::BestAtMost(_) if found.count < LEAST_ROUNDS => return Verdict::Unsure,
        Bound::BestAtMost(most) if found.least <= most => return Verdict::Met,
        Bound::BestAtMost(_) => return Verdict::Missed,
        Bound::AtMost { median, worse_end } => found.median <= median && found.high <= worse_end,
        Bound::AtLeast { median, worse_end } => found.median >= median && found.low >= worse_end,
    };
    match inside {
        _ if found.coverage < LEAST_COVERAGE => Verdict::Unsure,
        true => Verdict::Met,
        false => Verdict::Missed,
    }
}

pub(crate) fn head() -> String {
    format!(
        "{:<41}{:>10}  {:>21}  {:<17}{}",
        "figure", "median", "95 % interval", "bound", "verdict"
    )
}

pub(crate) fn row(figure: &Figure, found: Option<&Estimate>) -> String {
    let (median, interval) = match found {
        Some(found) => {
            let ends = format!(
                "{} .. {}",
                figure.unit.show(found.low),
                figure.unit.show(found.high)
            );
            (figure.unit.show(found.median), ends)
        }
        None => ("none".to_owned(), String::new()),
    };
    let verdict = match judge(figure.bound, found) {
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::Shown => "",
        Verdict::Unsure => "too few",
    };
    let row = format!(
        "{:<41}{median:>10}  {interval:>21}  {:<17}{verdict}",
        figure.name,
        bound(figure)
    );
    row.trim_end().to_owned()
}

fn bound(figure: &Figure) -> String {
    let show = |value| figure.unit.show(value);
    let (sign, median, worse) = match figure.bound {
        None => return String::new(),
        Some(Bound::BestAtMost(most)) => return format!("best <= {}", show(most)),
        Some(Bound::AtMost { median, worse_end }) => ("<=", median, worse_end),
        Some(Bound::AtLeast { median, worse_end }) => (">=", median, worse_end),
    };
    if (median - worse).abs() < f64::EPSILON {
        format!("{sign} {}", show(median))
    } else {
        format!("{sign} {} ({})", show(median), show(worse))
    }
}

impl Unit {
    /// With three digits or so that mean something, and its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value:.3}"),
            Self::Microseconds if value < 10.0 => format!("{value:.3} us"),
            Self::Microseconds => format!("{value:.1} us"),
            Self::PerSecond => format!("{value:.0}/s"),
            Self::Bytes if value < 1e4 => format!("{value:.0} B"),
            Self::Bytes if value < 1e7 => format!("{:.1} KiB", value / 1024.0),
            Self::Bytes => format!("{:.1} MiB", value / 1_048_576.0),
            Self::Seconds if value < 1.0 => format!("{:.1} ms", value * 1e3),
            Self::Seconds => format!("{value:.2} s"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: Estimate = Estimate {
        median: 1.2,
        low: 1.1,
        high: 1.3,
        coverage: 0.961,
        least: 1.0,
        count: 9,
    };

    #[test]
    fn the_worse_end_decides_as_well_as_the_median() {
        let most = |median, worse_end| judge(Some(Bound::AtMost { median, worse_end }), Some(&FOUND));
        let least = |median, worse_end| judge(Some(Bound::AtLeast { median, worse_end }), Some(&FOUND));
        assert_eq!(
            (most(1.2, 1.3), most(1.19, 1.3), most(1.2, 1.29)),
            (Verdict::Met, Verdict::Missed, Verdict::Missed)
        );
        assert_eq!(
            (least(1.2, 1.1), least(1.21, 1.1), least(1.2, 1.11)),
            (Verdict::Met, Verdict::Missed, Verdict::Missed)
        );
        assert_eq!(judge(Some(Bound::at_most(1.25)), Some(&FOUND)), Verdict::Missed);
    }

    #[test]
    fn the_best_of_three_rounds_may_be_asked_for() {
        let best = |most, found| judge(Some(Bound::BestAtMost(most)), Some(&found));
        assert_eq!(
            (best(1.0, FOUND), best(0.99, FOUND)),
            (Verdict::Met, Verdict::Missed)
        );
        let three = Estimate {
            coverage: 0.75,
            count: 3,
            ..FOUND
        };
        assert_eq!(best(1.0, three), Verdict::Met);
        assert_eq!(best(9.0, Estimate { count: 2, ..three }), Verdict::Unsure);
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        assert_eq!(judge(Some(Bound::at_most(1.0)), None), Verdict::Missed);
        let few = Estimate {
            coverage: 0.75,
            ..FOUND
        };
        assert_eq!(judge(Some(Bound::at_most(9.0)), Some(&few)), Verdict::Unsure);
        assert_eq!(judge(None, Some(&few)), Verdict::Shown);
    }

    #[test]
    fn a_row_fits_into_100_columns() {
        let bound = Bound::AtMost {
            median: 1.25,
            worse_end: 1.35,
        };
        let figure = Figure::cpu_ratio("a name that is as long as a name may be!").bound(bound);
        let row = row(&figure, Some(&FOUND));
        assert!(
            row.ends_with("<= 1.250 (1.350) met") && row.len() <= 100,
            "{row} {}",
            row.len()
        );
        assert!(head().len() <= 100);
    }
}
