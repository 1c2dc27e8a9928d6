//! What became of a mutant, and the table of all of them.

use super::plan::Mutant;
use super::trial::Ended;

/// What the tests of a row made of a check's absence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Noticed by so many of the row's tests.
    Killed { by: usize },
    /// Every test has passed, or ended in a way that the check is not marked for.
    Survived(String),
}

/// One test of the row, and how it ended.
pub(super) type Trial = (String, Ended);

/// A check is noticed if at least one of its row's tests fails; waiting for ever and a process that dies count only where the check is marked so.
pub(super) fn verdict(mutant: &Mutant, trials: &[Trial]) -> Verdict {
    let notices = |ended: &Ended| match ended {
        Ended::Passed => false,
        Ended::Failed => true,
        Ended::Aborted(_) => mutant.aborts,
        Ended::Hung => mutant.hangs,
    };
    let by = trials.iter().filter(|(_, ended)| notices(ended)).count();
    if by > 0 {
        return Verdict::Killed { by };
    }
    let texts = trials.iter().map(|(test, ended)| match ended {
        Ended::Passed | Ended::Failed => format!("{test} passes without it"),
        Ended::Aborted(why) => {
            format!("{test}: {why}; mark the check `aborts = true` if that is how it notices")
        }
        Ended::Hung => {
            format!("{test} does not end; mark the check `hangs = true` if that is how it notices")
        }
    });
    Verdict::Survived(texts.collect::<Vec<_>>().join("; "))
}

/// One line of the table.
pub(super) fn line(mutant: &Mutant, verdict: &Verdict) -> String {
    let place = mutant
        .edits
        .iter()
        .map(|edit| edit.file.strip_prefix("crates/").unwrap_or(&edit.file))
        .collect::<Vec<_>>()
        .join(" ");
    let tests = mutant.tests.len();
    match verdict {
        Verdict::Killed { by } => format!("killed    {:<8} {by}/{tests}  {place}", mutant.check),
        Verdict::Survived(why) => format!("SURVIVED  {:<8} 0/{tests}  {place}: {why}", mutant.check),
    }
}

/// The tests that noticed none of their row's checks, though another test did: worth a look, and no finding.
pub(super) fn idle(all: &[(&Mutant, Vec<Trial>)]) -> Vec<String> {
    let attack = |mutant: &Mutant| mutant.check.split('.').next().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for (mutant, trials) in all.iter().filter(|(mutant, _)| !mutant.check.contains('.')) {
        for (test, _) in trials {
            let of_row = all.iter().filter(|(other, _)| attack(other) == attack(mutant));
            let passed_all = of_row
                .flat_map(|(_, trials)| trials)
                .filter(|(name, _)| name == test)
                .all(|(_, ended)| *ended == Ended::Passed);
            if passed_all {
                lines.push(format!("{}: {test} notices none of its checks", attack(mutant)));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(check: &str, hangs: bool, aborts: bool) -> Mutant {
        Mutant {
            check: check.to_owned(),
            tests: vec!["a".to_owned(), "b".to_owned()],
            edits: Vec::new(),
            alone: false,
            hangs,
            aborts,
        }
    }

    fn trials(a: Ended, b: Ended) -> Vec<Trial> {
        vec![("a".to_owned(), a), ("b".to_owned(), b)]
    }

    #[test]
    fn one_failed_test_kills_and_none_is_a_survivor() {
        let plain = mutant("x-1", false, false);
        let killed = verdict(&plain, &trials(Ended::Passed, Ended::Failed));
        assert_eq!(killed, Verdict::Killed { by: 1 });
        assert!(line(&plain, &killed).starts_with("killed    x-1      1/2"));
        let survived = verdict(&plain, &trials(Ended::Passed, Ended::Passed));
        assert!(line(&plain, &survived).contains("a passes without it; b passes"));
        assert!(line(&plain, &survived).starts_with("SURVIVED"));
    }

    #[test]
    fn hanging_and_dying_count_only_where_marked() {
        let both = trials(Ended::Hung, Ended::Passed);
        let dead = trials(Ended::Aborted("signal 6".to_owned()), Ended::Passed);
        let plain = mutant("x-1", false, false);
        assert!(matches!(verdict(&plain, &both), Verdict::Survived(text) if text.contains("hangs = true")));
        assert!(matches!(verdict(&plain, &dead), Verdict::Survived(text) if text.contains("aborts = true")));
        assert_eq!(
            verdict(&mutant("x-1", true, false), &both),
            Verdict::Killed { by: 1 }
        );
        assert_eq!(
            verdict(&mutant("x-1", false, true), &dead),
            Verdict::Killed { by: 1 }
        );
    }

    #[test]
    fn a_test_that_notices_none_of_its_rows_checks_is_named() {
        let (one, two) = (mutant("x-1", false, false), mutant("x-1.2", false, false));
        let all = [
            (&one, trials(Ended::Failed, Ended::Passed)),
            (&two, trials(Ended::Failed, Ended::Passed)),
        ];
        assert_eq!(idle(&all), ["x-1: b notices none of its checks"]);
        let all = [
            (&one, trials(Ended::Failed, Ended::Passed)),
            (&two, trials(Ended::Passed, Ended::Failed)),
        ];
        assert_eq!(idle(&all), [""; 0]);
    }
}
