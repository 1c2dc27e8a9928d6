//! The one print: a line for each target, the sums, and every miss with its reason.

use std::fmt::Write as _;

use crate::own::Own;
use crate::score::{Score, recall};
use crate::truth::Kind;

/// What came of one target.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) is_twin: bool,
    pub(crate) kind: Kind,
    pub(crate) ours: Score,
    /// Absent where it was not run: it has no module for tokens.
    pub(crate) wapiti: Option<Score>,
}

/// All targets together.
#[derive(Debug)]
pub(crate) struct Summary {
    ours: Score,
    wapiti: Score,
    /// Faults of targets that wapiti has no module for: misses all of them.
    wapiti_faults: usize,
    wapiti_exploitable: usize,
    was_wapiti_run: bool,
    twins: usize,
    wapiti_twins: usize,
    own: Option<Own>,
}

impl Summary {
    pub(crate) fn of(rows: &[Row], own: Option<Own>) -> Self {
        let (mut ours, mut wapiti) = (Score::default(), Score::default());
        for row in rows {
            ours.add(&row.ours);
            row.wapiti.iter().for_each(|score| wapiti.add(score));
        }
        Self {
            wapiti_faults: ours.faults,
            wapiti_exploitable: ours.exploitable,
            was_wapiti_run: rows.iter().any(|row| row.wapiti.is_some()),
            twins: rows.iter().filter(|row| row.is_twin).count(),
            wapiti_twins: rows
                .iter()
                .filter(|row| row.is_twin && row.wapiti.is_some())
                .count(),
            ours,
            wapiti,
            own,
        }
    }

    /// Whether each group that was tried reaches `bound`, and nothing untrue was said of a twin.
    pub(crate) fn is_met(&self, bound: f64) -> bool {
        let third =
            self.ours.exploitable == 0 || recall(self.ours.exploitable_found, self.ours.exploitable) >= bound;
        let own = self
            .own
            .as_ref()
            .is_none_or(|own| recall(own.found, own.faults) >= bound && own.wrong.is_empty());
        third && self.ours.wrong.is_empty() && own
    }

    /// Everything as text.
    pub(crate) fn text(&self, rows: &[Row]) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<38} {:>9} {:>6} {:>7}   {:>9} {:>6} {:>6}",
            "third-party target", "found", "wrong", "s", "wapiti", "wrong", "s"
        );
        for row in rows {
            let _ = writeln!(text, "{}", line(row));
        }
        let _ = writeln!(text, "\n{}", self.sums());
        for (title, list) in self.lists() {
            for line in list {
                let _ = writeln!(text, "{title}: {line}");
            }
        }
        text.trim_end().to_owned()
    }

    fn sums(&self) -> String {
        let (ours, wapiti) = (&self.ours, &self.wapiti);
        let mut lines = Vec::new();
        if ours.faults + self.twins > 0 {
            lines.push(format!(
                "third-party, ours    exploitable {} recall {:.3}; all faults {} recall {:.3}; false findings {} on {} twins; {:.0} s",
                of(ours.exploitable_found, ours.exploitable),
                recall(ours.exploitable_found, ours.exploitable),
                of(ours.found, ours.faults),
                recall(ours.found, ours.faults),
                ours.wrong.len(),
                self.twins,
                ours.took.as_secs_f64(),
            ));
        }
        if self.was_wapiti_run {
            lines.push(format!(
                "third-party, wapiti  exploitable {} recall {:.3}; all faults {} recall {:.3}; false findings {} on {} twins; {:.0} s (no module for tokens: not run there)",
                of(wapiti.exploitable_found, self.wapiti_exploitable),
                recall(wapiti.exploitable_found, self.wapiti_exploitable),
                of(wapiti.found, self.wapiti_faults),
                recall(wapiti.found, self.wapiti_faults),
                wapiti.wrong.len(),
                self.wapiti_twins,
                wapiti.took.as_secs_f64(),
            ));
            lines.push(format!(
                "  of sites only      exploitable {} recall {:.3}; all faults {} recall {:.3}",
                of(wapiti.exploitable_found, wapiti.exploitable),
                recall(wapiti.exploitable_found, wapiti.exploitable),
                of(wapiti.found, wapiti.faults),
                recall(wapiti.found, wapiti.faults),
            ));
        }
        if let Some(own) = &self.own {
            lines.push(format!(
                "own servers          exploitable {} recall {:.3}; false findings {} on {} twins; {:.0} s",
                of(own.found, own.faults),
                recall(own.found, own.faults),
                own.wrong.len(),
                own.twins,
                own.took.as_secs_f64(),
            ));
        }
        lines.join("\n")
    }

    fn lists(&self) -> [(&'static str, &[String]); 6] {
        let own =
            |list: fn(&Own) -> &Vec<String>| self.own.as_ref().map_or(&[][..], |own| list(own).as_slice());
        [
            ("missed", &self.ours.missed),
            ("false", &self.ours.wrong),
            ("own, missed", own(|own| &own.missed)),
            ("own, false", own(|own| &own.wrong)),
            ("wapiti missed", &self.wapiti.missed),
            ("wapiti false", &self.wapiti.wrong),
        ]
    }
}

fn of(found: usize, of: usize) -> String {
    format!("{found}/{of}")
}

fn line(row: &Row) -> String {
    let cells = |score: &Score| {
        let found = if row.is_twin {
            "twin".to_owned()
        } else {
            of(score.found, score.faults)
        };
        let wrong = if row.is_twin {
            score.wrong.len().to_string()
        } else {
            "-".to_owned()
        };
        (found, wrong, format!("{:.1}", score.took.as_secs_f64()))
    };
    let (found, wrong, took) = cells(&row.ours);
    let (other, other_wrong, other_took) = match (&row.wapiti, row.kind) {
        (Some(score), _) => cells(score),
        (None, Kind::Token) => ("no module".to_owned(), "-".to_owned(), "-".to_owned()),
        (None, Kind::Site) => ("not run".to_owned(), "-".to_owned(), "-".to_owned()),
    };
    format!(
        "{:<38} {found:>9} {wrong:>6} {took:>7}   {other:>9} {other_wrong:>6} {other_took:>6}",
        row.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(is_twin: bool, score: Score) -> Row {
        Row {
            name: "a 1".to_owned(),
            is_twin,
            kind: Kind::Token,
            ours: score,
            wapiti: None,
        }
    }

    fn found(exploitable_found: usize, exploitable: usize) -> Score {
        Score {
            faults: exploitable,
            found: exploitable_found,
            exploitable,
            exploitable_found,
            ..Score::default()
        }
    }

    #[test]
    fn a_group_that_misses_or_says_what_is_untrue_is_not_met() {
        let met = |rows: &[Row], own| Summary::of(rows, own).is_met(0.95);
        assert!(met(
            &[row(false, found(19, 20)), row(true, Score::default())],
            None
        ));
        assert!(!met(&[row(false, found(18, 20))], None));
        let wrong = Score {
            wrong: vec!["x".to_owned()],
            ..Score::default()
        };
        assert!(!met(&[row(false, found(20, 20)), row(true, wrong)], None));
        let own = |found, wrong: &[&str]| Own {
            faults: 20,
            found,
            wrong: wrong.iter().map(|text| (*text).to_owned()).collect(),
            ..Own::default()
        };
        assert!(met(&[], Some(own(19, &[]))));
        assert!(!met(&[], Some(own(18, &[]))) && !met(&[], Some(own(20, &["x"]))));
    }

    #[test]
    fn the_text_has_every_target_and_every_miss() {
        let mut score = found(1, 2);
        score
            .missed
            .push("a 1: confusion (CVE-0000-0000): NotTested".to_owned());
        let rows = [row(false, score)];
        let text = Summary::of(&rows, None).text(&rows);
        assert!(
            text.contains("1/2") && text.contains("recall 0.500") && text.contains("missed: a 1: confusion"),
            "{text}"
        );
    }
}
