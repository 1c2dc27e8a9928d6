//! Sections for those who follow no log, third parties and applications with sessions of their own, and the proof in production.

use std::fmt::Write as _;

use super::quoted;
use crate::case::Case;
use crate::decide::mechanism;
use crate::figures::Constants;
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::{Kind, Topology};

/// The most audiences that a list may serve.
const MOST_AUDIENCES: usize = 50;

/// What the rules P-33 to P-35 ask of the authority.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outside<'a> {
    /// Audiences that pull a status list.
    pub(super) listed: Vec<&'a str>,
    /// Its places.
    pub(super) places: u64,
    /// Whether a canary sings.
    pub(super) canary: bool,
    /// Clients that are told of logouts.
    pub(super) told: Vec<&'a str>,
    /// Whether one of them is in the own network.
    pub(super) told_inside: bool,
}

pub(super) fn outside<'a>(topology: &'a Topology, constants: &Constants) -> Outside<'a> {
    let mut all = Outside::default();
    for client in &topology.clients {
        let Some(chosen): Option<Mechanism> = mechanism(topology, client, constants) else {
            continue;
        };
        let case = Case {
            topology,
            client,
            constants,
        };
        if let (Some(places), Some(audience)) = (plan::status_list_places(&case, chosen), &client.audience)
            && all.listed.len() < MOST_AUDIENCES
        {
            all.places += places;
            if !all.listed.contains(&audience.as_str()) {
                all.listed.push(audience);
            }
        }
        all.canary |= plan::canary_every(&case, chosen).is_some();
        if plan::tells_logouts(&case, chosen) {
            all.told.push(&client.name);
            all.told_inside |= client.kind == Kind::Server;
        }
    }
    all
}

/// Written between `[token]` and `[edge]`.
pub(super) fn sections(text: &mut String, topology: &Topology, constants: &Constants) {
    let all = outside(topology, constants);
    if all.canary {
        let _ = write!(
            text,
            "\n[canary]\n# One entry of the log a round: proof at every edge, and an alarm when one accepts too late.\nevery = \"{}\"\n",
            plan::CANARY_EVERY
        );
    }
    if !all.listed.is_empty() {
        let audiences: Vec<String> = all.listed.iter().map(|audience| quoted(audience)).collect();
        let places = all
            .places
            .next_power_of_two()
            .clamp(plan::USUAL_PLACES, plan::MOST_PLACES);
        let _ = write!(
            text,
            "\n[status_list]\n# For who checks these tokens without an edge: to be pulled, and honoured.\naudiences = [{}]\nsize = {places}\nttl = \"{}\"\n",
            audiences.join(", "),
            plan::LIST_TTL
        );
    }
    if all.told_inside {
        text.push_str(
            "\n[logout]\n# Where clients are told of logouts beside public addresses: the network of those in clients.sh.\n#private_networks = [\"10.0.0.0/24\"]\n",
        );
    }
}
