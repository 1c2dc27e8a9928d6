//! The decision: per client what is excluded and why, what is preferred and by how much, and the parameters.

mod answer;

pub use answer::{Against, Answer, Conflict, Decision, OptionJudged, Parameter, Planned, Score};

use crate::case::Case;
use crate::figures::{Constants, prices};
use crate::mechanism::Mechanism;
use crate::rules::{self, CONFLICTS, EXCLUSIONS, PREFERENCES};
use crate::sensitivity::turns;
use crate::topology::{Client, Topology};

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

fn answer(case: &Case<'_>) -> Answer {
    let options = judge(case);
    let mechanism = chosen(&options);
    let parameters = mechanism.map(|m| parameters(case, m)).unwrap_or_default();
    let mut conflicts: Vec<Conflict> = mechanism
        .is_none()
        .then(|| nothing_left(&options, case.client.has_cookies()))
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
fn nothing_left(options: &[OptionJudged], has_cookies: bool) -> Conflict {
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
                option.mechanism.noun(has_cookies),
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
