//! The drill plan: what shows on the running deployment that it keeps what was promised. One entry a promise, with exact commands
//! and how their output is read; what cannot be drilled says why.

mod door;
mod edges;
mod page;
mod script;
mod step;
mod toml;

use super::claim::{Claim, Site, claims};
use super::promise::promise;
use crate::figures::Constants;
use crate::topology::Topology;
use door::Doors;
use script::Script;

/// A deployment's drills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The deployment's name.
    pub deployment: String,
    /// Variables of the shell, with what they are and what they usually hold.
    pub settings: Vec<(&'static str, &'static str, String)>,
    /// Functions of the shell that steps use.
    pub functions: &'static str,
    /// Once before the drills.
    pub prepare: Vec<Step>,
    /// One for each promise that can be put to the test.
    pub drills: Vec<Drill>,
    /// Every other promise and figure.
    pub without: Vec<Without>,
    /// Once after the drills.
    pub clean: Vec<Step>,
}

/// One promise put to the test. It holds when every step ends with success and prints what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// The promise's id.
    pub id: String,
    /// The promise.
    pub claim: String,
    /// The figure that it rests on, and its formula.
    pub figure: Option<(&'static str, &'static str)>,
    /// Whom it hurts; nothing: nobody but those who drill.
    pub harm: Option<&'static str>,
    /// In order.
    pub steps: Vec<Step>,
    /// What it means if it fails.
    pub fails: &'static str,
}

/// A promise or a figure without a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// The promise's id, or figures'.
    pub id: String,
    /// What it says.
    pub claim: String,
    /// Why there is none.
    pub why: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// By hand, or by whatever rules your machines.
    Hand {
        /// What.
        act: Act,
        /// The same in words.
        text: String,
    },
    /// In a shell that has the settings and the functions.
    Run {
        /// The commands.
        run: String,
        /// What is printed.
        expect: Vec<Expect>,
    },
}

/// What is done by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sign in as a person made for drills.
    SignIn,
    /// Cut an edge off.
    Cut,
    /// And let it back.
    Mend,
    /// Stop the authority, and its store with it.
    Stop,
    /// And start it.
    Start,
    /// Sign out, and look.
    SignOut,
}

/// How the output of a step is read. `at` points into printed JSON as RFC 6901 has it; empty: the whole output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// The output, without white space around it, or the JSON there.
    Is {
        /// Where.
        at: &'static str,
        /// The text, or the JSON.
        value: String,
    },
    /// A number.
    AtMost {
        /// Where.
        at: &'static str,
        /// The bound, which is allowed.
        value: u64,
    },
    /// A number.
    AtLeast {
        /// Where.
        at: &'static str,
        /// The bound, which is allowed.
        value: u64,
    },
}

impl Act {
    /// The word in the plan.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Cut => "cut",
            Self::Mend => "mend",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::SignOut => "sign-out",
        }
    }
}

/// Figures that are prices under a load, and so have no drill.
const PRICES: &[(&str, &str, &str)] = &[
    (
        "F-03",
        "added latency, p50",
        "the drills of latency hold p99 to what is required; the constants behind it are measured by `cargo xtask bench constants`",
    ),
    (
        "F-05, F-06, F-09, F-10, F-11",
        "load of the store, of processors and of the network",
        "prices of the load that the topology describes, not promises: `symbolon simulate` plays a day of it, /metrics counts them in production",
    ),
    (
        "F-08",
        "header bytes of a month",
        "F-07, which is drilled, times the requests",
    ),
    (
        "F-13",
        "signing everybody in again",
        "needs everybody: `[login] hashing_places` and the constants C-27 and C-28 bound it",
    ),
];

/// The drills of a deployment.
#[must_use]
pub fn drills(topology: &Topology, constants: &Constants) -> Plan {
    let promise = promise(topology, constants);
    let site = Site {
        topology,
        constants,
        promise: &promise,
    };
    let doors = Doors::of(&site);
    let mut plan = Plan {
        deployment: topology.deployment.name.clone(),
        settings: settings(&topology.deployment.issuer),
        functions: step::FUNCTIONS,
        prepare: step::prepare(&doors),
        drills: Vec::new(),
        without: Vec::new(),
        clean: step::clean(&doors),
    };
    for claim in claims(&site) {
        match script::of(&site, &doors, claim.about) {
            Ok(script) => plan.drills.push(drill(claim, script)),
            Err(why) => plan.without.push(Without {
                id: claim.id,
                claim: claim.words,
                why,
            }),
        }
    }
    let prices = PRICES.iter().map(|(id, claim, why)| Without {
        id: (*id).to_owned(),
        claim: (*claim).to_owned(),
        why: (*why).to_owned(),
    });
    plan.without.extend(prices);
    plan
}

fn drill(claim: Claim<'_>, script: Script) -> Drill {
    Drill {
        id: claim.id,
        claim: claim.words,
        figure: claim.figure,
        harm: script.harm,
        steps: script.steps,
        fails: script.fails,
    }
}

fn settings(issuer: &str) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("ISSUER", "Where the authority answers.", issuer.to_owned()),
        (
            "EDGES",
            "Every edge's check service, as its gateway asks it; separated by spaces.",
            "http://127.0.0.1:8710".to_owned(),
        ),
        (
            "CUT",
            "The edge among them that is cut off, and that is measured alone.",
            "http://127.0.0.1:8710".to_owned(),
        ),
        (
            "CONFIG",
            "The configuration that the authority runs with.",
            "symbolon.toml".to_owned(),
        ),
        (
            "TOPOLOGY",
            "The topology that it was made from.",
            "topology.toml".to_owned(),
        ),
    ]
}

#[cfg(test)]
mod tests;
