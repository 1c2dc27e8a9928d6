//! The rules as data: id, statement, source, and the function that says whether and why it applies here.
//!
//! - `X-..` excludes mechanisms, before anything is weighed ([`EXCLUSIONS`]).
//! - `S-..` is a preference, scored 0 to 1 and weighed by `[weights]` ([`PREFERENCES`]).
//! - `P-..` sets a parameter of the chosen mechanism ([`parameters`]).
//! - `C-..` names requirements that exclude each other ([`CONFLICTS`]).
//!
//! The order in which mechanisms are strong is [`crate::mechanism::Mechanism::rank`]. Exclusions of one axis take away
//! the weakest first. Preferences look at the client and the site; the one thing in them that a requirement moves is the
//! life of a self-contained token, which a tighter bound shortens, and that only lowers the score of the weakest. So a
//! tighter requirement cannot give a weaker answer, and a property test holds the rules to it.

mod conflicts;
mod credential;
mod exclusions;
mod features;
mod preferences;
mod site;

pub use conflicts::CONFLICTS;
pub use exclusions::EXCLUSIONS;
pub use features::Feature;
pub use preferences::PREFERENCES;

use crate::case::Case;
use crate::mechanism::{Axis, Mechanism};
use crate::topology::Weights;

/// A hard rule.
#[derive(Debug)]
pub struct Exclusion {
    /// `X-01`.
    pub id: &'static str,
    /// What holds, in one sentence.
    pub statement: &'static str,
    /// Where that is said.
    pub source: &'static str,
    /// Which strength a requirement behind it asks for; none where it follows from what the client or the site is.
    pub axis: Option<Axis>,
    /// What it takes away.
    pub excludes: &'static [Mechanism],
    /// Why it applies here, with the figures of this deployment.
    pub fires: fn(&Case<'_>) -> Option<String>,
    /// What would have to change for it not to apply, and what that would cost.
    pub instead: fn(&Case<'_>) -> String,
}

/// A preference.
#[derive(Debug)]
pub struct Preference {
    /// `S-01`.
    pub id: &'static str,
    /// What is preferred.
    pub statement: &'static str,
    /// Where that is said.
    pub source: &'static str,
    /// Its weight in a topology.
    pub weight: fn(&Weights) -> u64,
    /// From 0 to 1. Looks at the client and the site, never at a requirement.
    pub score: fn(&Case<'_>, Mechanism) -> f64,
}

/// A rule for one parameter.
#[derive(Debug)]
pub struct ParameterRule {
    /// `P-01`.
    pub id: &'static str,
    /// The parameter that it sets.
    pub name: &'static str,
    /// Why so.
    pub statement: &'static str,
    /// Where that is said.
    pub source: &'static str,
    /// The value, where the rule applies.
    pub value: fn(&Case<'_>, Mechanism) -> Option<String>,
    /// What it needs of this version.
    pub needs: Option<Feature>,
}

/// Requirements that exclude each other.
#[derive(Debug)]
pub struct ConflictRule {
    /// `C-01`.
    pub id: &'static str,
    /// What excludes what.
    pub statement: &'static str,
    /// Where that is said.
    pub source: &'static str,
    /// How it shows here: what is contradictory, what was done about it, and what each way out would cost.
    pub fires: fn(&Case<'_>) -> Option<Contradiction>,
}

/// A contradiction in a topology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// What cannot be had together.
    pub what: String,
    /// What the answer does about it: always the safe side.
    pub meanwhile: String,
    /// The ways out, each with its price.
    pub ways_out: Vec<String>,
}

/// A row: id, parameter, why, where that is said, the value, and what it needs.
const fn rule(
    (id, name): (&'static str, &'static str),
    statement: &'static str,
    source: &'static str,
    value: fn(&Case<'_>, Mechanism) -> Option<String>,
    needs: Option<Feature>,
) -> ParameterRule {
    ParameterRule {
        id,
        name,
        statement,
        source,
        value,
        needs,
    }
}

/// Every parameter rule.
pub fn parameters() -> impl Iterator<Item = &'static ParameterRule> {
    credential::RULES.iter().chain(site::RULES)
}
