//! The decision as one JSON document, with the rules and constants it rests on.

use serde_json::{Value, json as object};

use crate::decide::Decision;
use crate::figures::Constants;
use crate::rules::{self, CONFLICTS, EXCLUSIONS, PREFERENCES};

/// `{deployment, clients, rules, constants}`.
#[must_use]
pub fn json(decision: &Decision, constants: &Constants) -> Value {
    let row = |id: &str, statement: &str, source: &str| object!({"id": id, "statement": statement, "source": source});
    let mut all: Vec<Value> = EXCLUSIONS
        .iter()
        .map(|rule| row(rule.id, rule.statement, rule.source))
        .collect();
    all.extend(
        PREFERENCES
            .iter()
            .map(|rule| row(rule.id, rule.statement, rule.source)),
    );
    all.extend(rules::parameters().map(|rule| row(rule.id, rule.statement, rule.source)));
    all.extend(
        CONFLICTS
            .iter()
            .map(|rule| row(rule.id, rule.statement, rule.source)),
    );
    object!({
        "deployment": decision.deployment,
        "clients": decision.clients,
        "rules": all,
        "constants": constants.list(),
    })
}
