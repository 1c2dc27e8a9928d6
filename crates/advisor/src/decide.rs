//! The decision: per client what is excluded and why, what is preferred and by how much, and the parameters.

use serde::Serialize;

use crate::case::Case;
use crate::figures::{Constants, Price, prices};
use crate::mechanism::Mechanism;
use crate::rules::{self, CONFLICTS, EXCLUSIONS, Feature, PREFERENCES};
use crate::sensitivity::{Turn, turns};
use crate::topology::{Client, Topology};

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

/// Decides for every client.
#[must_use]
pub fn decide(topology: &Topology, constants: &Constants) -> Decision {
    let answers = topology.clients.iter().map(|client| {
        answer(&Case {
            topology,
            client,
            constants,
        })
    });
    Decision {
        deployment: topology.deployment.name.clone(),
        clients: answers.collect(),
    }
}

/// The mechanism for a client, without the rest of the answer.
#[must_use]
pub fn mechanism(topology: &Topology, client: &Client, constants: &Constants) -> Option<Mechanism> {
    let case = Case {
        topology,
        client,
        constants,
    };
    let fired: Vec<_> = EXCLUSIONS
        .iter()
        .filter(|rule| (rule.fires)(&case).is_some())
        .collect();
    let possible = Mechanism::ALL
        .iter()
        .filter(|mechanism| !fired.iter().any(|rule| rule.excludes.contains(mechanism)));
    best(possible.map(|mechanism| (*mechanism, mean(&scores(&case, *mechanism)))))
}

impl Decision {
    /// Whether requirements exclude each other anywhere.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.clients.iter().any(|answer| !answer.conflicts.is_empty())
    }
}

impl Answer {
    /// The price of the chosen mechanism.
    #[must_use]
    pub fn price(&self) -> Option<&Price> {
        let chosen = self.mechanism?;
        self.prices
            .iter()
            .find(|price| price.scheme.as_str() == chosen.as_str())
    }
}

fn answer(case: &Case<'_>) -> Answer {
    let options = judge(case);
    let mechanism = chosen(&options);
    let parameters = mechanism.map(|m| parameters(case, m)).unwrap_or_default();
    let mut conflicts: Vec<Conflict> = mechanism
        .is_none()
        .then(|| nothing_left(&options))
        .into_iter()
        .collect();
    conflicts.extend(CONFLICTS.iter().filter_map(|rule| {
        let found = (rule.fires)(case)?;
        Some(Conflict {
            rule: rule.id,
            what: found.what,
            meanwhile: found.meanwhile,
            ways_out: found.ways_out,
        })
    }));
    let wanted = |parameter: &&Parameter| !parameter.available;
    let planned = parameters.iter().filter(wanted).filter_map(|parameter| {
        let rule = rules::parameters().find(|rule| rule.id == parameter.rule)?;
        Some(Planned {
            feature: rule.needs?,
            rule: rule.id,
        })
    });
    Answer {
        client: case.client.name.clone(),
        kind: case.client.kind,
        has_cookies: case.client.has_cookies(),
        turns: turns(case.topology, case.client, case.constants),
        mechanism,
        planned: planned.collect(),
        options,
        parameters,
        conflicts,
        prices: prices(case),
    }
}

fn judge(case: &Case<'_>) -> Vec<OptionJudged> {
    let fired: Vec<_> = EXCLUSIONS
        .iter()
        .filter_map(|rule| (rule.fires)(case).map(|because| (rule, because)))
        .collect();
    let judged = |mechanism: &Mechanism| {
        let against = fired.iter().filter(|(rule, _)| rule.excludes.contains(mechanism));
        let scores = scores(case, *mechanism);
        OptionJudged {
            mechanism: *mechanism,
            excluded_by: against
                .map(|(rule, because)| Against {
                    rule: rule.id,
                    statement: rule.statement,
                    because: because.clone(),
                    instead: (rule.instead)(case),
                    source: rule.source,
                })
                .collect(),
            total: mean(&scores),
            scores,
        }
    };
    Mechanism::ALL.iter().map(judged).collect()
}

/// The weighed mean; without any weight all are alike.
fn mean(scores: &[Score]) -> f64 {
    let weights: u64 = scores.iter().map(|score| score.weight).sum();
    if weights == 0 {
        return 0.0;
    }
    let sum: f64 = scores.iter().map(|score| score.score * score.weight as f64).sum();
    sum / weights as f64
}

fn scores(case: &Case<'_>, mechanism: Mechanism) -> Vec<Score> {
    let score = |rule: &crate::rules::Preference| Score {
        rule: rule.id,
        score: (rule.score)(case, mechanism).clamp(0.0, 1.0),
        weight: (rule.weight)(&case.topology.weights),
    };
    PREFERENCES.iter().map(score).collect()
}

/// The best of what is possible; of equals the one that holds tighter, which stands first.
fn best(possible: impl Iterator<Item = (Mechanism, f64)>) -> Option<Mechanism> {
    let best = possible.reduce(|best, other| if other.1 > best.1 { other } else { best });
    best.map(|(mechanism, _)| mechanism)
}

fn chosen(options: &[OptionJudged]) -> Option<Mechanism> {
    let possible = options.iter().filter(|option| option.excluded_by.is_empty());
    best(possible.map(|option| (option.mechanism, option.total)))
}

fn parameters(case: &Case<'_>, mechanism: Mechanism) -> Vec<Parameter> {
    let set = rules::parameters().filter_map(|rule| {
        Some(Parameter {
            name: rule.name,
            value: (rule.value)(case, mechanism)?,
            rule: rule.id,
            available: rule.needs.is_none(),
        })
    });
    set.collect()
}

/// Every mechanism is excluded: which requirements stand against each other, and what giving one up would cost.
fn nothing_left(options: &[OptionJudged]) -> Conflict {
    // What a client is cannot be given up; of the rest, an option is reached by changing all that excludes it.
    let mut ways_out = Vec::new();
    let mut against: Vec<String> = Vec::new();
    for option in options {
        let structural = option
            .excluded_by
            .iter()
            .any(|found| axis_of(found.rule).is_none());
        for found in &option.excluded_by {
            let named = format!("{} ({})", found.because, found.rule);
            if axis_of(found.rule).is_some() && !against.contains(&named) {
                against.push(named);
            }
        }
        if !structural {
            let changes: Vec<&str> = option
                .excluded_by
                .iter()
                .map(|found| found.instead.as_str())
                .collect();
            ways_out.push(format!(
                "{}: {}",
                option.mechanism.title(),
                changes.join("; and ")
            ));
        }
    }
    Conflict {
        rule: "C-01",
        what: format!("no mechanism is left: {}", against.join("; ")),
        meanwhile: "no configuration is written for this client".to_owned(),
        ways_out,
    }
}

fn axis_of(rule: &str) -> Option<crate::mechanism::Axis> {
    EXCLUSIONS.iter().find(|known| known.id == rule)?.axis
}
