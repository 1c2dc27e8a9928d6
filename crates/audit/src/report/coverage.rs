//! What share of ASVS a run looked at, by id.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::asvs::{self, SeenFrom};
use crate::run::Outcome;
use crate::verdict::Verdict;

/// One row for each level.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Levels 1, 2 and 3. Each holds the ones below it, as ASVS has it.
    pub levels: Vec<Level>,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// 1, 2 or 3.
    pub level: u8,
    /// Requirements of V3, V6 to V14 and V16, and some others, that this level demands.
    pub demanded: usize,
    /// Of these, those that a client can verify from outside.
    pub from_outside: usize,
    /// Ids that a client can verify from outside, and of which every check that ran passed. A pass says what was tried, not that
    /// the requirement is met in all.
    pub passed: Vec<String>,
    /// Ids of which every check that ran passed, and which only somebody can verify who sees the inside: a pass from outside
    /// touches them, and no more.
    #[serde(default)]
    pub touched: Vec<String>,
    /// Ids of which a check failed.
    pub failed: Vec<String>,
    /// Ids that have a check, of which none ran to an end. Never counted as passed.
    pub not_tested: Vec<String>,
}

impl Coverage {
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        let ids = |wanted: &dyn Fn(&Outcome) -> bool| -> BTreeSet<&str> {
            let ids = outcomes
                .iter()
                .filter(|outcome| wanted(outcome))
                .flat_map(|outcome| &outcome.asvs);
            ids.map(String::as_str).collect()
        };
        let failed = ids(&|outcome| outcome.verdict == Verdict::Fail);
        let passed = ids(&|outcome| outcome.verdict == Verdict::Pass);
        let has_check = ids(&|_| true);
        let is_outside = |id: &str| asvs::by_id(id).is_some_and(|one| one.seen_from == SeenFrom::Outside);
        let level = |level: u8| {
            let demanded: Vec<_> = asvs::requirements()
                .iter()
                .filter(|one| one.level <= level)
                .collect();
            let among = |wanted: &dyn Fn(&str) -> bool| {
                demanded
                    .iter()
                    .map(|one| one.id)
                    .filter(|id| wanted(id))
                    .map(str::to_owned)
                    .collect()
            };
            Level {
                level,
                demanded: demanded.len(),
                from_outside: demanded
                    .iter()
                    .filter(|one| one.seen_from == SeenFrom::Outside)
                    .count(),
                passed: among(&|id| passed.contains(id) && !failed.contains(id) && is_outside(id)),
                touched: among(&|id| passed.contains(id) && !failed.contains(id) && !is_outside(id)),
                failed: among(&|id| failed.contains(id)),
                not_tested: among(&|id| {
                    has_check.contains(id) && !passed.contains(id) && !failed.contains(id)
                }),
            }
        };
        Self {
            levels: [1, 2, 3].map(level).to_vec(),
        }
    }
}

impl Level {
    /// Ids of which a check ran to an end.
    #[must_use]
    pub const fn tested(&self) -> usize {
        self.passed.len() + self.touched.len() + self.failed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::outcome;

    #[test]
    fn what_was_not_tested_is_never_passed() {
        let outcomes = [
            outcome("a.a", Verdict::Pass, &["V9.1.1", "V9.1.2"]),
            outcome("a.b", Verdict::Fail, &["V9.1.2"]),
            outcome("a.c", Verdict::NotTested, &["V9.1.3", "V9.1.1"]),
            outcome("a.d", Verdict::Inconclusive, &["V9.2.2"]),
            outcome("a.e", Verdict::Pass, &["V6.1.2", "V3.5.4"]),
        ];
        let coverage = Coverage::of(&outcomes);
        let [one, two, three] = coverage.levels.as_slice() else {
            panic!()
        };
        assert_eq!(
            (one.passed.as_slice(), one.failed.as_slice()),
            (&["V9.1.1".to_owned()][..], &["V9.1.2".to_owned()][..])
        );
        assert_eq!(one.not_tested, ["V9.1.3"]);
        assert_eq!(two.not_tested, ["V9.1.3", "V9.2.2"]);
        assert_eq!((one.tested(), three.tested()), (2, 4));
        // The one is a document, the other a configuration: nobody outside sees whether they are met.
        assert_eq!(three.touched, ["V3.5.4", "V6.1.2"]);
        assert!(!three.passed.contains(&"V6.1.2".to_owned()));
        assert!(one.demanded < two.demanded && two.demanded < three.demanded && three.demanded == 276);
        assert_eq!(three.from_outside, 182);
    }
}
