//! What was answered, how fast, and what should not have been.

use std::collections::BTreeMap;
use std::time::Duration;

use super::caller::Duty;

/// Counts of one caller, or of all.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Microseconds of each operation.
    took: BTreeMap<Duty, Vec<u32>>,
    unexpected: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn took(&mut self, duty: Duty, span: Duration) {
        let us = u32::try_from(span.as_micros()).unwrap_or(u32::MAX);
        self.took.entry(duty).or_default().push(us);
    }

    pub(super) fn wrong(&mut self, kind: String) {
        *self.unexpected.entry(kind).or_default() += 1;
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        for (duty, spans) in other.took {
            self.took.entry(duty).or_default().extend(spans);
        }
        for (kind, times) in other.unexpected {
            *self.unexpected.entry(kind).or_default() += times;
        }
        self
    }

    pub(super) fn operations(&self) -> usize {
        self.took.values().map(Vec::len).sum()
    }

    pub(super) fn errors(&self) -> u64 {
        self.unexpected.values().sum()
    }

    pub(super) fn unexpected(&self) -> impl Iterator<Item = (&str, u64)> {
        self.unexpected
            .iter()
            .map(|(kind, times)| (kind.as_str(), *times))
    }

    /// One duty's count and percentiles.
    pub(super) fn line(&self, duty: Duty) -> String {
        let mut spans = self.took.get(&duty).cloned().unwrap_or_default();
        spans.sort_unstable();
        let at = |share: usize| {
            let place = (spans.len() * share / 1000).min(spans.len().saturating_sub(1));
            f64::from(spans.get(place).copied().unwrap_or(0)) / 1000.0
        };
        format!(
            "{:<11}{:>9}   p50 {:>8.2} ms   p99 {:>8.2} ms   longest {:>8.2} ms",
            duty.name(),
            spans.len(),
            at(500),
            at(990),
            at(1000)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_errors_are_added_up_over_callers() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        for ms in 1..=100 {
            one.took(Duty::Check, Duration::from_millis(ms));
        }
        other.took(Duty::Login, Duration::from_millis(7));
        other.wrong("check 503".to_owned());
        let all = one.and(other);
        assert_eq!((all.operations(), all.errors()), (101, 1));
        let line = all.line(Duty::Check);
        assert!(
            line.contains("p50    51.00 ms") && line.contains("longest   100.00 ms"),
            "{line}"
        );
    }
}
