//! OWASP ASVS 5.0.0: every requirement of V3, V6 to V14 and V16, and some of the others, with its level and
//! who can verify it. Summaries are in our words; the standard is at <https://asvs.owasp.org>.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("asvs.tsv");

/// One requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Such as `V9.1.2`.
    pub id: &'static str,
    /// 1, 2 or 3: the lowest level that demands it.
    pub level: u8,
    /// Who can verify it.
    pub seen_from: SeenFrom,
    /// In our words.
    pub summary: &'static str,
}

/// Who can verify a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenFrom {
    /// A client without knowledge of the inside.
    Outside,
    /// Somebody who reads the configuration.
    Configuration,
    /// Only a review of code or process.
    Review,
}

static REQUIREMENTS: LazyLock<Vec<Requirement>> =
    LazyLock::new(|| TABLE.lines().filter_map(requirement).collect());

static BY_ID: LazyLock<BTreeMap<&'static str, Requirement>> =
    LazyLock::new(|| REQUIREMENTS.iter().map(|one| (one.id, *one)).collect());

/// All of them, in the standard's order.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    &REQUIREMENTS
}

/// The requirement `id`.
#[must_use]
pub fn by_id(id: &str) -> Option<Requirement> {
    BY_ID.get(id).copied()
}

fn requirement(line: &'static str) -> Option<Requirement> {
    let mut cells = line.split('\t');
    Some(Requirement {
        id: cells.next()?,
        level: cells.next()?.parse().ok()?,
        seen_from: match cells.next()? {
            "outside" => SeenFrom::Outside,
            "configuration" => SeenFrom::Configuration,
            _ => SeenFrom::Review,
        },
        summary: cells.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_requirement_and_none_comes_twice() {
        assert_eq!(requirements().len(), TABLE.lines().count());
        assert_eq!(BY_ID.len(), requirements().len());
        let outside = |one: &&Requirement| one.seen_from == SeenFrom::Outside;
        assert_eq!(requirements().iter().filter(outside).count(), 182);
        assert_eq!(by_id("V9.1.2").unwrap().level, 1);
        assert!(by_id("V99.1.1").is_none());
    }
}
