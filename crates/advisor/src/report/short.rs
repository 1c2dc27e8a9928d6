//! Short names and sentences that every form of the report shares.

use crate::decide::{Answer, OptionJudged};
use crate::figures::Scheme;
use crate::mechanism::{Baseline, Mechanism};
use crate::rules::PREFERENCES;

/// A figure's name in a narrow table.
pub(super) fn figure(id: &str) -> &'static str {
    match id {
        "F-01" => "exposure, expected",
        "F-02" => "exposure, worst",
        "F-03" => "added latency, p50",
        "F-04" => "added latency, p99",
        "F-05" => "store operations, peak",
        "F-06" => "store memory",
        "F-07" => "header of a request",
        "F-08" => "headers of a month",
        "F-09" => "cores for checks, peak",
        "F-10" => "revocation traffic",
        "F-11" => "token refreshes",
        "F-12" => "mass logout, last accept",
        "F-13" => "all sign in again",
        _ => "served in the outage",
    }
}

/// A scheme's name in two lines of a narrow table.
pub(super) const fn scheme(scheme: Scheme) -> [&'static str; 2] {
    match scheme {
        Scheme::Ours(Mechanism::ServerSession) => ["server", "session"],
        Scheme::Ours(Mechanism::EdgeSession) => ["edge", "session"],
        Scheme::Ours(Mechanism::EdgeToken) => ["edge", "token"],
        Scheme::Ours(Mechanism::SelfContained) => ["JWT", "alone"],
        Scheme::Theirs(Baseline::PolledBlocklist) => ["JWT and", "list"],
        Scheme::Theirs(Baseline::CachedIntrospection) => ["introsp.", "cached"],
    }
}

/// What a mechanism means for who runs it, in plain words.
pub(super) fn meaning(answer: &Answer, mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::ServerSession if answer.has_cookies => {
            "The browser holds a cookie that says nothing; the record is looked up at each request. With one store beside the application that is the simplest thing that works."
        }
        Mechanism::ServerSession => {
            "The client holds a token that is looked up (introspected) at each request. It is simple, and a revocation holds from the next request on."
        }
        Mechanism::EdgeSession => {
            "The browser holds a sealed cookie. The edge opens it without asking anybody, refuses what the revocation log names, and hands the application a short signed identity."
        }
        Mechanism::EdgeToken => {
            "The client holds a short signed token and renews it. The edge verifies it once, remembers it, and refuses what the revocation log names, long before the token ends."
        }
        Mechanism::SelfContained => {
            "The client holds a signed token that anybody with the public key can check, and renews it. Nothing but its end takes it back: its life is the exposure."
        }
    }
}

/// What a revocation and a check cost with the chosen mechanism, in a sentence each.
pub(super) fn exposure(answer: &Answer) -> String {
    let told = |id: &str| {
        let figures = answer.price().map(|price| price.figures.as_slice());
        let figure = figures.unwrap_or_default().iter().find(|figure| figure.id == id);
        figure.map(|figure| figure.text()).unwrap_or_default()
    };
    format!(
        "What was revoked still passes for {} as a rule, and for {} at the worst{}. A check adds {} to one request in a hundred, less to the others.",
        told("F-01"),
        told("F-02"),
        answer.mechanism.map(worst).unwrap_or_default(),
        told("F-04")
    )
}

/// When the worst exposure is met.
const fn worst(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::ServerSession => "",
        Mechanism::EdgeSession | Mechanism::EdgeToken => ", at an edge that is cut off",
        Mechanism::SelfContained => ", until the token ends",
    }
}

/// Why a possible option was not chosen: the preferences at which it lost most, named by what they prefer.
pub(super) fn lost(option: &OptionJudged, chosen: &OptionJudged) -> String {
    let mut by: Vec<(f64, &str)> = option
        .scores
        .iter()
        .zip(&chosen.scores)
        .map(|(own, better)| ((better.score - own.score) * own.weight as f64, own.rule))
        .filter(|(difference, _)| *difference > 0.05)
        .collect();
    by.sort_by(|one, other| other.0.total_cmp(&one.0));
    let told = by
        .iter()
        .take(2)
        .map(|(_, rule)| format!("{} ({rule})", preference(rule)));
    let told: Vec<String> = told.collect();
    format!(
        "possible, but scores {:.2} against {:.2}: behind in {}",
        option.total,
        chosen.total,
        if told.is_empty() {
            "nothing by much".to_owned()
        } else {
            told.join(" and ")
        }
    )
}

/// A preference in a word or two.
pub(super) fn preference(rule: &str) -> &'static str {
    match PREFERENCES.iter().position(|known| known.id == rule) {
        Some(0) => "short exposure",
        Some(1) => "latency",
        Some(2) => "resistance to theft",
        Some(3) => "availability",
        Some(4) => "simplicity",
        Some(5) => "header size",
        _ => "load on the store",
    }
}
