//! The rules as a whole: each has a topology where it speaks and one where it is silent, and none contradicts the order
//! in which mechanisms are strong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use std::collections::BTreeSet;

use advisor::case::Case;
use advisor::mechanism::{Axis, Mechanism};
use advisor::rules::{CONFLICTS, EXCLUSIONS, PREFERENCES, parameters};
use advisor::topology::{Operation, Topology};
use advisor::{Constants, RawTopology, decide, simulation};
use domain::Span;
use proptest::prelude::*;
use support::{GALLERY, decided, read};

/// What the gallery does not touch.
const REST: &[&str] = &[
    "[[client]]\nkind = \"browser_same_site\"\n[deployment]\ncdn = \"public\"\n",
    "[[client]]\nkind = \"spa\"\nsame_host_api = false\n[requirements]\ncompliance = [\"asvs-l3\"]\n",
    "[[client]]\nkind = \"iot\"\nacts_for_user = true\n[scale]\nheader_budget_bytes = 512\n",
    "[[client]]\nkind = \"mobile\"\ndpop = true\n[requirements]\ncompliance = [\"fapi-2\", \"pci-dss-4\"]\nidle = \"1h\"\n[deployment]\nedges = 9\n",
    "[[client]]\nkind = \"browser_same_site\"\n[requirements]\nrevocation_reads = \"5s\"\nstore_down = \"reads\"\noutage = \"1h\"\n[deployment]\ncdn = \"per_user\"\n",
    "[[client]]\nkind = \"browser_same_site\"\n[requirements]\nrevocation_reads = \"0ms\"\nadded_latency = \"1ms\"\n[existing]\nredis = true\n",
    "[[client]]\nkind = \"spa\"\n[deployment]\ngateway = \"other\"\n",
    "[[client]]\nkind = \"server\"\nacts_for_user = true\n",
];

#[test]
fn every_rule_speaks_somewhere_and_is_silent_somewhere() {
    let mut told: Vec<BTreeSet<String>> = Vec::new();
    for text in GALLERY.iter().map(|(_, text)| *text).chain(REST.iter().copied()) {
        for answer in decided(text).clients {
            let mut rules: BTreeSet<String> = BTreeSet::new();
            let excluded = answer.options.iter().flat_map(|option| &option.excluded_by);
            rules.extend(excluded.map(|found| found.rule.to_owned()));
            rules.extend(
                answer
                    .parameters
                    .iter()
                    .map(|parameter| parameter.rule.to_owned()),
            );
            rules.extend(answer.conflicts.iter().map(|conflict| conflict.rule.to_owned()));
            told.push(rules);
        }
    }
    let ids = EXCLUSIONS.iter().map(|rule| rule.id);
    let ids = ids
        .chain(parameters().map(|rule| rule.id))
        .chain(CONFLICTS.iter().map(|rule| rule.id))
        .chain(["C-01"]);
    for id in ids {
        let speaks = told.iter().filter(|rules| rules.contains(id)).count();
        // An acknowledgement level is always told.
        assert!(speaks > 0, "{id} never speaks");
        assert!(
            speaks < told.len() || acknowledgement() == id,
            "{id} always speaks"
        );
    }
}

fn acknowledgement() -> &'static str {
    parameters()
        .find(|rule| rule.name == "acknowledgement")
        .unwrap()
        .id
}

#[test]
fn ids_are_in_order_and_sources_are_named() {
    let numbered = |prefix: &str, ids: Vec<&'static str>, first: usize| {
        for (at, id) in ids.into_iter().enumerate() {
            assert_eq!(id, format!("{prefix}-{:02}", at + first));
        }
    };
    numbered("X", EXCLUSIONS.iter().map(|rule| rule.id).collect(), 1);
    numbered("S", PREFERENCES.iter().map(|rule| rule.id).collect(), 1);
    numbered("P", parameters().map(|rule| rule.id).collect(), 1);
    numbered("C", CONFLICTS.iter().map(|rule| rule.id).collect(), 2);
    let rows = EXCLUSIONS.iter().map(|rule| (rule.statement, rule.source));
    let rows = rows.chain(PREFERENCES.iter().map(|rule| (rule.statement, rule.source)));
    let rows = rows.chain(parameters().map(|rule| (rule.statement, rule.source)));
    for (statement, source) in rows.chain(CONFLICTS.iter().map(|rule| (rule.statement, rule.source))) {
        assert!(statement.ends_with('.') && !source.is_empty(), "{statement}");
    }
}

#[test]
fn weights_may_change_the_answer() {
    let text = "[[client]]\nkind = \"browser_same_site\"\n";
    let answer = |weights: &str| decided(&format!("{text}[weights]\n{weights}\n")).clients[0].mechanism;
    assert_eq!(answer(""), Some(Mechanism::ServerSession));
    assert_eq!(answer("availability = 10"), Some(Mechanism::EdgeSession));
    let nothing =
        "revocation = 0\nlatency = 0\ntheft = 0\navailability = 0\nsimplicity = 0\nbytes = 0\nstore_load = 0";
    assert_eq!(
        answer(nothing),
        Some(Mechanism::ServerSession),
        "of equals the one that holds tighter"
    );
}

#[test]
fn a_conflict_names_both_sides_and_what_each_way_out_costs() {
    let text = "[[client]]\nname = \"hook\"\nkind = \"partner\"\noffline_validation = true\n[requirements]\nrevocation_writes = \"1s\"\n";
    let decision = decided(text);
    let conflict = &decision.clients[0].conflicts[0];
    assert!(decision.has_conflicts());
    assert!(
        conflict.what.contains("offline_validation = true (X-03)"),
        "{conflict:?}"
    );
    assert!(
        conflict.what.contains("writes accept 1s after a revocation"),
        "{conflict:?}"
    );
    let way = |start: &str| {
        conflict
            .ways_out
            .iter()
            .find(|way| way.starts_with(start))
            .cloned()
            .unwrap()
    };
    assert!(
        way("token at the edge").contains("exposure is 500 µs at the worst; as an edge, 9.9 s for "),
        "{conflict:?}"
    );
    assert!(
        way("self-contained token").contains("accept 35s after a revocation, at "),
        "{conflict:?}"
    );
    // What the client is cannot be given up.
    assert!(
        !conflict
            .ways_out
            .iter()
            .any(|way| way.starts_with("session at the edge")),
        "{conflict:?}"
    );
}

#[test]
fn the_same_topology_has_the_same_answer() {
    for (_, text) in GALLERY {
        assert_eq!(decided(text), decided(text));
        let topology = read(text);
        let json = advisor::report::json(&decide(&topology, &Constants::default()), &Constants::default());
        assert_eq!(json["clients"].as_array().unwrap().len(), topology.clients.len());
    }
}

/// The least and the most that may be written, each with the least and the most of every constant.
#[test]
fn figures_stay_numbers_at_every_bound() {
    let least = "[scale]\nusers = 1\nsessions = 1\nrequests_per_second = 1\npeak_factor = 1\nlogins_per_day = 0\nrevocations_per_day = 0\n\
        [requirements]\nrevocation_reads = \"0ms\"\nrevocation_writes = \"0ms\"\nadded_latency = \"1ms\"\noutage = \"1s\"\n";
    let most = "[deployment]\nregions = 100\nedges = 10000\nround_trip = \"10s\"\n\
        [scale]\nusers = 1000000000\nsessions = 1000000000\nrequests_per_second = 100000000\npeak_factor = 100\n\
        logins_per_day = 100000000000\nrevocations_per_day = 100000000000\n\
        [requirements]\nrevocation_reads = \"24h\"\nrevocation_writes = \"24h\"\nadded_latency = \"10s\"\nstore_down = \"everything\"\noutage = \"1h\"\n";
    for (text, kind, bound) in [least, most]
        .into_iter()
        .flat_map(|text| ["mobile", "browser_same_site"].map(|kind| (text, kind)))
        .flat_map(|(text, kind)| [1e-6, 1e9].map(|bound| (text, kind, bound)))
    {
        let topology = read(&format!("{text}[[client]]\nkind = \"{kind}\"\n"));
        let mut constants = Constants::default();
        for constant in Constants::default().list() {
            assert_eq!(constants.set(constant.name, bound), Ok(()), "{}", constant.name);
        }
        let decision = decide(&topology, &constants);
        for figure in decision.clients[0].prices.iter().flat_map(|price| &price.figures) {
            assert!(
                figure.value.is_finite() && figure.value >= 0.0,
                "{figure:?}, {bound}"
            );
        }
        for page in [
            advisor::report::text(&decision),
            advisor::report::html(&decision, &constants, None),
        ] {
            let mut words = page.split(|c: char| !c.is_alphanumeric());
            assert!(words.all(|word| word != "NaN" && word != "inf"), "{page}");
        }
        // A day takes a while: one of the two kinds for each bound.
        if (kind == "mobile") != (bound < 1.0) {
            continue;
        }
        let asked = simulation::Asked {
            method: Some(simulation::Method::Aggregated),
            ..simulation::Asked::default()
        };
        let scenario = simulation::scenario(&topology, &constants, &asked).unwrap();
        let outcome = simulation::run(&scenario, 1, &mut |_| {});
        assert_eq!(
            simulation::broken(&scenario, &outcome),
            [""; 0],
            "{kind}, {bound}"
        );
        assert!(outcome.ways.iter().all(|way| way.store.stores_needed.is_finite()));
    }
}

fn any_topology() -> impl Strategy<Value = Topology> {
    let kinds = prop::sample::select(advisor::topology::Kind::ALL);
    let flags = prop::collection::vec(any::<bool>(), 6);
    let site = (
        1u64..6,
        1u64..300,
        1u64..400,
        1u64..200_000,
        1u64..3_000_000,
        300u64..9000,
    );
    let bounds = prop::collection::vec(0u64..2_000_000, 3);
    let books = prop::sample::subsequence(advisor::topology::Compliance::ALL, 0..3);
    let weights = prop::collection::vec(0u64..11, 7);
    (kinds, flags, site, bounds, books, weights, 1u64..500, 0usize..3).prop_map(
        |(kind, flags, site, bounds, books, weights, latency, down)| {
            let mut topology = read(&format!("[[client]]\nkind = \"{}\"\n", kind.as_str()));
            topology.deployment.regions = site.0;
            topology.deployment.edges = site.1;
            topology.deployment.round_trip = Span::from_ms(site.2);
            topology.scale.requests_per_second = site.3;
            topology.scale.sessions = site.4;
            topology.scale.header_budget_bytes = site.5;
            topology.existing.redis = flags[0];
            topology.existing.postgresql = flags[1];
            topology.requirements.revocation_reads = Span::from_ms(bounds[0]);
            topology.requirements.revocation_writes = Span::from_ms(bounds[1]);
            topology.requirements.revocation_admin = Span::from_ms(bounds[2]);
            topology.requirements.compliance = books.to_vec();
            topology.requirements.added_latency = Span::from_ms(latency);
            topology.requirements.store_down = advisor::topology::StoreDown::ALL[down];
            let w = &mut topology.weights;
            let fields = [
                &mut w.revocation,
                &mut w.latency,
                &mut w.theft,
                &mut w.availability,
                &mut w.simplicity,
            ];
            for (field, value) in fields.into_iter().zip(&weights) {
                *field = *value;
            }
            (w.bytes, w.store_load) = (weights[5], weights[6]);
            let client = &mut topology.clients[0];
            client.dpop = flags[2] && client.has_tokens();
            client.acts_for_user = flags[3];
            client.same_host_api = flags[4] && kind == advisor::topology::Kind::Spa;
            client.offline_validation = flags[5] && latency % 4 == 0;
            if latency % 2 == 0 {
                client.operations.push(Operation::Admin);
            }
            topology
        },
    )
}

/// One requirement made tighter, and the axis on which the answer may not get weaker.
fn tighten(topology: &Topology, which: usize, by: u64) -> (Topology, Axis) {
    let mut tighter = topology.clone();
    let r = &mut tighter.requirements;
    let shorter = |span: Span| Span::from_ms(span.as_ms() / (by + 1));
    let axis = match which {
        0 => {
            r.revocation_reads = shorter(r.revocation_reads);
            Axis::Hold
        }
        1 => {
            r.revocation_writes = shorter(r.revocation_writes);
            r.revocation_admin = shorter(r.revocation_admin);
            Axis::Hold
        }
        2 => {
            let book =
                advisor::topology::Compliance::ALL[by as usize % advisor::topology::Compliance::ALL.len()];
            r.compliance.push(book);
            Axis::Hold
        }
        3 => {
            r.idle = Some(r.idle.map_or(Span::from_hours(1), shorter));
            Axis::Hold
        }
        4 => {
            r.added_latency = shorter(r.added_latency);
            Axis::Autonomy
        }
        5 => {
            use advisor::topology::StoreDown::{Everything, Reads, Refuse};
            r.store_down = if r.store_down == Refuse { Reads } else { Everything };
            Axis::Autonomy
        }
        _ => {
            tighter.clients[0].offline_validation = true;
            Axis::Autonomy
        }
    };
    (tighter, axis)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tightening_a_requirement_never_weakens_the_answer(topology in any_topology(), which in 0usize..7, by in 1u64..100) {
        let constants = Constants::default();
        let answer = |topology: &Topology| advisor::decide::mechanism(topology, &topology.clients[0], &constants);
        let (tighter, axis) = tighten(&topology, which, by);
        // Nothing left is the strongest answer: everything is refused.
        let rank = |answer: Option<Mechanism>| answer.map_or(u8::MAX, |mechanism| mechanism.rank(axis));
        let (before, after) = (answer(&topology), answer(&tighter));
        prop_assert!(rank(after) >= rank(before), "{before:?} became {after:?}");
    }

    #[test]
    fn no_route_tolerates_more_than_its_operations_accept(topology in any_topology()) {
        let constants = Constants::default();
        let promise = advisor::emit::promise(&topology, &constants);
        let client = &topology.clients[0];
        let chosen = advisor::decide::mechanism(&topology, client, &constants);
        for route in &promise.routes {
            let covers = |operation: &&Operation| match **operation {
                Operation::Reads => !route.except_reads,
                Operation::Writes | Operation::Admin => route.methods.is_empty(),
            };
            let accepted = client.operations.iter().filter(covers).map(|o| topology.requirements.revocation(*o)).min();
            let accepted = accepted.unwrap();
            let covered = route.beyond_lease.map_or(route.max_staleness, |beyond| promise.limits.lease + beyond);
            // A clock may run a thousandth apart, and is read in whole milliseconds.
            let worst = covered.as_ms() + covered.as_ms() / 1000 + 3;
            // What no edge can keep is asked of the store at every request, which is planned.
            let look_up = chosen == Some(Mechanism::ServerSession) && route.asks;
            prop_assert!(worst <= accepted.as_ms() || look_up, "{route:?} for {accepted}");
        }
    }

    #[test]
    fn exclusions_of_an_axis_take_the_weakest_first(topology in any_topology()) {
        let constants = Constants::default();
        let case = Case { topology: &topology, client: &topology.clients[0], constants: &constants };
        let taken = |axis: Option<Axis>| -> Vec<Mechanism> {
            let fired = EXCLUSIONS.iter().filter(|rule| rule.axis == axis && (rule.fires)(&case).is_some());
            fired.flat_map(|rule| rule.excludes.iter().copied()).collect()
        };
        let by_nature = taken(None);
        for axis in [Axis::Hold, Axis::Autonomy] {
            let taken = taken(Some(axis));
            for stronger in &taken {
                for weaker in Mechanism::ALL.iter().filter(|m| m.rank(axis) < stronger.rank(axis)) {
                    prop_assert!(
                        taken.contains(weaker) || by_nature.contains(weaker),
                        "{stronger:?} is taken and {weaker:?} is left"
                    );
                }
            }
        }
    }
}

#[test]
fn a_wrong_topology_is_no_topology() {
    let raw: RawTopology = toml::from_str("[[client]]\nkind = \"spaceship\"\n").unwrap();
    assert_eq!(raw.check().unwrap_err()[0].path, "client.0.kind");
    assert!(toml::from_str::<RawTopology>("[[client]]\nkindd = \"spa\"\n").is_err());
}
