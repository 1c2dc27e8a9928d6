//! The model is looked at whole, and each broken rule is found.

#![allow(
    clippy::print_stdout,
    reason = "the sizes of the searches are what a reader of the log wants"
)]

use lab::Sabotage;
use lab::model::{Protocol, Scenario};
use stateright::{Checker, HasDiscoveries, Model};

const SCENARIOS: [(&str, Scenario); 6] = [
    ("loss, delay, reorder", Scenario::PLAIN),
    ("edge restarts", Scenario::EDGE_RESTARTS),
    ("authority restarts", Scenario::NODE_RESTARTS),
    ("relay", Scenario::RELAY),
    ("restore", Scenario::RESTORE),
    ("login", Scenario::LOGIN),
];

#[test]
fn the_protocol_keeps_its_promises_in_every_scenario() {
    for (name, scenario) in SCENARIOS {
        let checker = Protocol::sound(scenario).checker().threads(2).spawn_bfs().join();
        println!("{name}: {} states", checker.unique_state_count());
        checker.assert_properties();
    }
}

#[test]
fn every_broken_rule_is_found() {
    for sabotage in Sabotage::ALL {
        let scenario = match sabotage {
            Sabotage::ForgetLeases => Scenario::NODE_RESTARTS,
            Sabotage::RelayOldFrontier => Scenario::RELAY,
            Sabotage::NoNewEpoch => Scenario::RESTORE,
            Sabotage::LateRs => Scenario::LOGIN,
            _ => Scenario::PLAIN,
        };
        let broken = Protocol::broken(scenario, sabotage);
        let search = broken
            .checker()
            .threads(2)
            .finish_when(HasDiscoveries::AnyFailures);
        let checker = search.spawn_bfs().join();
        let found: Vec<_> = checker
            .discoveries()
            .into_keys()
            .filter(|name| name.starts_with('P'))
            .collect();
        println!("{sabotage}: {found:?} in {} states", checker.unique_state_count());
        assert!(!found.is_empty(), "{sabotage} was not noticed");
    }
}
