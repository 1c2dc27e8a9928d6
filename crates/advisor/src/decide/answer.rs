//! What was decided, as data.

use serde::Serialize;

use crate::figures::Price;
use crate::mechanism::Mechanism;
use crate::rules::Feature;
use crate::sensitivity::Turn;

/// What was decided for a deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// Its name.
    pub deployment: String,
    /// One answer a client, in the file's order.
    pub clients: Vec<Answer>,
}

/// What was decided for one client.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The client's name.
    pub client: String,
    /// What it is.
    pub kind: crate::topology::Kind,
    /// Whether a cookie can carry its credential.
    pub has_cookies: bool,
    /// The mechanism; nothing where the requirements exclude every one.
    pub mechanism: Option<Mechanism>,
    /// Every mechanism, with what speaks against and for it.
    pub options: Vec<OptionJudged>,
    /// The parameters of the chosen one.
    pub parameters: Vec<Parameter>,
    /// Requirements that exclude each other.
    pub conflicts: Vec<Conflict>,
    /// What the answer wants and this version does not have.
    pub planned: Vec<Planned>,
    /// The figures of all options and baselines.
    pub prices: Vec<Price>,
    /// What would change the answer.
    pub turns: Vec<Turn>,
}

/// A mechanism as judged for one client.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OptionJudged {
    /// Which.
    pub mechanism: Mechanism,
    /// The hard rules against it; empty: it is possible.
    pub excluded_by: Vec<Against>,
    /// The preferences for it.
    pub scores: Vec<Score>,
    /// Their weighed mean, from 0 to 1.
    pub total: f64,
}

/// A hard rule that fired.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// `X-01`.
    pub rule: &'static str,
    /// What holds.
    pub statement: &'static str,
    /// Why it applies here.
    pub because: String,
    /// What would have to change, and its price.
    pub instead: String,
    /// Where it is said.
    pub source: &'static str,
}

/// A preference's word.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// `S-01`.
    pub rule: &'static str,
    /// From 0 to 1.
    pub score: f64,
    /// Its weight.
    pub weight: u64,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// What.
    pub name: &'static str,
    /// How much.
    pub value: String,
    /// `P-01`.
    pub rule: &'static str,
    /// Whether this version can do it.
    pub available: bool,
}

/// Requirements that exclude each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// `C-01`.
    pub rule: &'static str,
    /// What excludes what.
    pub what: String,
    /// What the answer does about it.
    pub meanwhile: String,
    /// The ways out, each with its price.
    pub ways_out: Vec<String>,
}

/// Something that this version does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// What.
    pub feature: Feature,
    /// The parameter rule that wants it.
    pub rule: &'static str,
}

impl Decision {
    /// Whether requirements exclude each other anywhere.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.clients.iter().any(|answer| !answer.conflicts.is_empty())
    }
}

impl Answer {
    /// The mechanism in a line.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.mechanism {
            None => "none is left",
            Some(Mechanism::ServerSession) if !self.has_cookies => "token, introspected at every request",
            Some(mechanism) => mechanism.title(),
        }
    }

    /// The price of the chosen mechanism.
    #[must_use]
    pub fn price(&self) -> Option<&Price> {
        let chosen = self.mechanism?;
        self.prices
            .iter()
            .find(|price| price.scheme.as_str() == chosen.as_str())
    }
}
