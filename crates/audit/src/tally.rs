//! Several attempts, and one judgement of them all.

use crate::client::Stop;
use crate::verdict::{Finding, Judgement};

/// What came of the attempts so far. One that decides nothing takes no finding away, and is never counted as a refusal.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    findings: Vec<Finding>,
    open: Vec<String>,
}

impl Tally {
    /// One attempt, by the name that stays the same from run to run. `true` is a finding; `detail` says what was seen then.
    pub(crate) fn note(&mut self, label: &str, succeeded: Result<bool, Stop>, detail: &str) {
        match succeeded {
            Ok(true) => self.find(label, detail),
            Ok(false) => {}
            Err(stop) => self.open.push(format!("{label}: {stop}")),
        }
    }

    /// A finding.
    pub(crate) fn find(&mut self, label: impl Into<String>, detail: impl Into<String>) {
        self.findings.push(Finding::at(label, detail));
    }

    /// An attempt that decides nothing.
    pub(crate) fn leave_open(&mut self, why: impl Into<String>) {
        self.open.push(why.into());
    }

    /// Whether some attempt decided nothing.
    pub(crate) const fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether nothing was found so far.
    pub(crate) const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Findings, if there are any; a pass only if every attempt was decided.
    pub(crate) fn judged(self, tried: impl Into<String>) -> Judgement {
        let more = self.open.len().saturating_sub(1);
        match self.open.into_iter().next() {
            Some(why) if self.findings.is_empty() && more > 0 => {
                Judgement::inconclusive(format!("{why} (and {more} more attempts decide nothing)"))
            }
            Some(why) if self.findings.is_empty() => Judgement::inconclusive(why),
            _ => Judgement::of(self.findings, tried),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_nothing_is_no_pass_and_hides_no_finding() {
        let unsure = || Err(Stop::Unsure("/ answers 503, which decides nothing".to_owned()));
        let mut tally = Tally::default();
        tally.note("one", Ok(false), "");
        tally.note("two", unsure(), "");
        assert!(
            matches!(tally.judged("all refused"), Judgement::Inconclusive(why) if why.starts_with("two: "))
        );
        let mut tally = Tally::default();
        tally.note("two", unsure(), "");
        tally.note("three", Ok(true), "opens");
        assert_eq!(tally.judged("all refused"), Judgement::fail("three", "opens"));
        let mut tally = Tally::default();
        tally.note("one", Ok(false), "");
        assert_eq!(tally.judged("all refused"), Judgement::pass("all refused"));
    }
}
