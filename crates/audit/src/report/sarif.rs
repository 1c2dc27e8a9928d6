//! SARIF 2.1.0, as code scanning services take it.

use serde_json::{Value, json};

use super::{Compared, Found, page_of};
use crate::check::Severity;
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://asvs.owasp.org";

/// The report as SARIF. Findings are results; checks that decided nothing are notifications of the run.
#[must_use]
pub fn sarif(report: &Report) -> Value {
    let rules: Vec<Value> = report.outcomes.iter().map(rule).collect();
    let results = report.outcomes.iter().enumerate().flat_map(|(at, outcome)| {
        outcome
            .findings
            .iter()
            .map(move |found| result(at, outcome, found, &report.target))
    });
    let undecided =
        |outcome: &&Outcome| matches!(outcome.verdict, Verdict::Inconclusive | Verdict::NotTested);
    let notes: Vec<Value> = report.outcomes.iter().filter(undecided).map(note).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "symbolon audit",
                "version": report.version,
                "informationUri": HOME,
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": !report.judged_nothing(),
                "startTimeUtc": report.started,
                "toolExecutionNotifications": notes,
            }],
            "results": results.collect::<Vec<_>>(),
            "properties": {"target": report.target, "requests": report.requests, "coverage": report.coverage},
        }],
    })
}

fn rule(outcome: &Outcome) -> Value {
    let mut rule = json!({
        "id": outcome.check,
        "name": outcome.check,
        "shortDescription": {"text": outcome.title},
        "defaultConfiguration": {"level": level(outcome.severity)},
        "properties": {
            "tags": tags(outcome),
            "security-severity": score(outcome.severity),
            "precision": "high",
        },
    });
    if let (Some(check), Some(members)) = (crate::registry::by_id(&outcome.check), rule.as_object_mut()) {
        members.insert("fullDescription".to_owned(), json!({"text": check.claim}));
        let help = format!("{}\n\n{}", check.why, check.fix.text);
        members.insert("help".to_owned(), json!({"text": help, "markdown": help}));
    }
    rule
}

fn tags(outcome: &Outcome) -> Vec<String> {
    let asvs = outcome.asvs.iter().map(|id| format!("external/asvs/{id}"));
    std::iter::once("security".to_owned()).chain(asvs).collect()
}

fn result(at: usize, outcome: &Outcome, found: &Found, target: &str) -> Value {
    let mut result = json!({
        "ruleId": outcome.check,
        "ruleIndex": at,
        "kind": "fail",
        "level": level(outcome.severity),
        "message": {"text": format!("{}: {}: {}", outcome.title, found.place, found.detail)},
        // A place on a site is no line of a file. Code scanning wants a file, so the check's page stands in for one.
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": page_of(&outcome.check)},
                "region": {"startLine": 1},
            },
            "logicalLocations": [{"fullyQualifiedName": format!("{target} {}", found.place), "kind": "resource"}],
        }],
        "partialFingerprints": {"checkAndPlace/v1": format!("{}|{}", outcome.check, found.place)},
    });
    let Some(members) = result.as_object_mut() else {
        return result;
    };
    if let Some(silenced) = &found.silenced {
        members.insert(
            "suppressions".to_owned(),
            json!([{"kind": "external", "justification": silenced}]),
        );
    }
    if let Some(compared) = found.compared {
        let state = match compared {
            Compared::New => "new",
            Compared::StillThere => "unchanged",
        };
        members.insert("baselineState".to_owned(), json!(state));
    }
    if let Some(last) = outcome.evidence.last() {
        let evidence = json!({"request": last.request, "response": last.response});
        members.insert("properties".to_owned(), json!({"evidence": evidence}));
    }
    result
}

fn note(outcome: &Outcome) -> Value {
    json!({
        "level": "note",
        "associatedRule": {"id": outcome.check},
        "message": {"text": format!("{}: {}", outcome.verdict.word(), outcome.why)},
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// What code scanning sorts by.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "0.1",
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}
