use super::*;
use crate::{Constants, RawTopology};

/// Two regions, four edges; a busy hour.
const BUSY: &str = "[deployment]\nregions = 2\nedges = 4\ngateway = \"nginx\"\nround_trip = \"80ms\"\n\
    [scale]\nusers = 1000000\nsessions = 100000\nrequests_per_second = 400\npeak_factor = 1\nlogins_per_day = 2600000\n\
    revocations_per_day = 1200000\n\
    [requirements]\nrevocation_reads = \"5m\"\nrevocation_writes = \"5m\"\n[[client]]\nkind = \"mobile\"\n";

fn asked(days: f64, method: Method) -> Asked {
    Asked {
        days: Some(days),
        method: Some(method),
        ..Asked::default()
    }
}

fn made(text: &str, asked: &Asked) -> Scenario {
    let raw: RawTopology = toml::from_str(text).unwrap();
    scenario(&raw.check().unwrap(), &Constants::default(), asked).unwrap()
}

fn busy(method: Method) -> Scenario {
    made(BUSY, &asked(1.0 / 24.0, method))
}

/// Without disturbance, and all clocks right.
fn calm(mut s: Scenario) -> Scenario {
    let never = Window {
        from_s: f64::INFINITY,
        to_s: f64::INFINITY,
    };
    (s.outage, s.partition, s.skew_s, s.leeway_s) = (never, never, 0.0, 0.0);
    s
}

fn played(s: &Scenario, seed: u64) -> Outcome {
    run(s, seed, &mut |_| {})
}

fn part(one: &Outcome, way: Way) -> &WayOutcome {
    one.way(way).unwrap()
}

#[track_caller]
fn near(what: &str, one: f64, other: f64, within: f64) {
    assert!(
        (one - other).abs() <= other.abs() * within,
        "{what}: {one} and {other}"
    );
}

/// The figures that are compared, each with the number of events that it rests on.
fn figures_of(outcome: &Outcome) -> Vec<(String, f64, f64)> {
    let mut all = vec![
        ("good", outcome.good),
        ("revoked", outcome.revoked),
        ("revocations", outcome.revocations),
        ("waited", outcome.waited),
        ("logins", outcome.logins),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count as f64, count as f64))
    .collect::<Vec<_>>();
    for one in &outcome.ways {
        let name = |name: &str| format!("{} {name}", one.way.as_str());
        for (what, count) in [
            ("accepted", one.good_accepted),
            ("refused", one.good_refused),
            ("revoked accepted", one.revoked_accepted),
            ("revoked refused", one.revoked_refused),
            ("lookups", one.lookups),
            ("remembered", one.remembered),
        ] {
            // A few busy credentials send much of what is tried: it is worth fewer events.
            let even = if what == "revoked accepted" { 8.0 } else { 1.0 };
            all.push((name(what), count as f64, count as f64 / even));
        }
        // Of the revocations only those count that were noticed, and for the p99 those beyond it. Those of ours are
        // where contact is lost, and the timers of two edges decide about them.
        let noticed = match one.way {
            Way::Introspection => 0.1,
            Way::Ours => 0.02,
            _ => 1.0,
        } * outcome.revocations as f64;
        for (what, value, events) in [
            ("latency mean", one.latency_ms.mean, one.good_accepted as f64),
            ("latency p50", one.latency_ms.p50, one.good_accepted as f64),
            (
                "latency p99",
                one.latency_ms.p99,
                one.good_accepted as f64 / 100.0,
            ),
            ("exposure expected", one.exposure_s.expected, noticed),
            ("exposure p99", one.exposure_s.p99, noticed / 100.0),
            (
                "store mean",
                one.store.mean_per_s,
                one.store.mean_per_s * outcome.scenario.length_s,
            ),
        ] {
            all.push((name(what), value, events));
        }
    }
    all
}

/// Five percent, and what chance leaves of fewer than 20,000 events.
fn tolerance(events: f64) -> f64 {
    if events >= 20_000.0 {
        0.05
    } else {
        0.05 + 5.0 / events.max(1.0).sqrt()
    }
}

/// Every figure in which two outcomes disagree.
fn disagreements(one: &Outcome, other: &Outcome) -> Vec<String> {
    let pairs = figures_of(one).into_iter().zip(figures_of(other));
    let far = |((name, one, events), (_, other, _)): ((String, f64, f64), (String, f64, f64))| {
        let within = (one - other).abs() <= tolerance(events) * one.abs().max(other.abs());
        (!within).then(|| format!("{name}: {one} and {other}, of {events}"))
    };
    pairs.filter_map(far).collect()
}

#[test]
fn exact_and_aggregated_agree_at_a_hundred_thousand() {
    let exact = played(&busy(Method::Exact), 1);
    assert_eq!(exact.scenario.credentials, 100_000);
    let aggregated = played(&busy(Method::Aggregated), 2);
    assert_eq!(disagreements(&exact, &aggregated), [""; 0]);
    for outcome in [&exact, &aggregated] {
        assert_eq!(broken(&busy(Method::Exact), outcome), [""; 0]);
    }
    // Nearly all of it is renewals: whoever signed in after a loss of contact renews a life later, and not before.
    let load = |outcome: &Outcome| part(outcome, Way::Jwt).store.mean_per_s;
    near("renewals", load(&exact), load(&aggregated), 0.015);
    // Another deployment does not pass for this one.
    for change in [
        (|s: &mut Scenario| s.ttl_s *= 1.2) as fn(&mut Scenario),
        |s| s.jwt_life_s *= 0.8,
        |s| s.poll_s *= 1.3,
        |s| s.covered_s *= 0.5,
        |s| s.remembered = 2000,
        |s| s.requests_per_s *= 1.1,
        |s| s.revocations_per_s *= 0.9,
        |s| s.round_trip_s *= 1.2,
    ] {
        let mut other = busy(Method::Aggregated);
        change(&mut other);
        assert!(!disagreements(&exact, &played(&other, 2)).is_empty(), "{other:?}");
    }
}

/// A memory that is too small for all: what is forgotten follows the law.
#[test]
fn exact_and_aggregated_agree_where_edges_forget() {
    let mut s = busy(Method::Exact);
    s.remembered = 3000;
    let mut law = busy(Method::Aggregated);
    law.remembered = 3000;
    assert_eq!(disagreements(&played(&s, 3), &played(&law, 4)), [""; 0]);
}

const SMALL: &str = "[deployment]\nregions = 2\nedges = 4\n[scale]\nusers = 10000\nsessions = 2000\nrequests_per_second = 60\n\
    peak_factor = 2\nlogins_per_day = 60000\nrevocations_per_day = 50000\n[requirements]\nrevocation_reads = \"2m\"\n\
    revocation_writes = \"2m\"\noutage = \"2m\"\n";

fn small(kind: &str, method: Method) -> Scenario {
    made(
        &format!("{SMALL}[[client]]\nkind = \"{kind}\"\n"),
        &asked(0.05, method),
    )
}

#[test]
fn the_same_seed_gives_the_same_outcome_bit_for_bit() {
    for method in [Method::Exact, Method::Aggregated] {
        let s = small("mobile", method);
        let told = |seed| json(&played(&s, seed)).to_string();
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }
}

/// Written down: a change of the generator, of the order of draws or of the model is seen here.
#[test]
fn a_seed_of_today_gives_the_outcome_of_today() {
    let counts = |method| {
        let outcome = played(&small("browser_same_site", method), 42);
        [
            outcome.good,
            outcome.revoked,
            outcome.revocations,
            part(&outcome, Way::Jwt).revoked_accepted,
        ]
    };
    assert_eq!(
        [counts(Method::Exact), counts(Method::Aggregated)],
        [[65058, 10311, 651, 268], [65326, 9742, 662, 246]]
    );
}

#[test]
fn the_laws_hold_for_every_kind_method_and_seed() {
    for kind in ["mobile", "browser_same_site"] {
        for method in [Method::Exact, Method::Aggregated] {
            for seed in 0..6 {
                let s = small(kind, method);
                assert_eq!(broken(&s, &played(&s, seed)), [""; 0], "{kind} {method:?} {seed}");
            }
        }
    }
}

/// Each law finds the variant that breaks it.
#[test]
fn the_laws_find_what_breaks_them() {
    let s = small("mobile", Method::Exact);
    let found = |change: &dyn Fn(&mut Outcome)| {
        let mut outcome = played(&s, 1);
        change(&mut outcome);
        broken(&s, &outcome).join("; ")
    };
    assert_eq!(found(&|_| {}), "");
    for (word, change) in [
        (
            "good requests were judged",
            (|o: &mut Outcome| o.ways[1].good_accepted += 1) as fn(&mut Outcome),
        ),
        ("revoked requests were judged", |o| o.ways[4].revoked_refused -= 1),
        ("a series tells", |o| o.ways[2].accepted_revoked.values[0] += 1.0),
        ("requests asked the store", |o| o.ways[0].lookups -= 1),
        ("a cache makes more look-ups", |o| {
            o.ways[3].lookups = o.ways[0].lookups + 1
        }),
        ("sessions: a revoked request was accepted", |o| {
            o.ways[0].revoked_accepted += 1;
            o.ways[0].revoked_refused -= 1;
            o.ways[0].accepted_revoked.values[0] += 1.0;
        }),
        ("a list lengthens", |o| {
            o.ways[2].exposure_s.expected = o.ways[1].exposure_s.expected * 2.0
        }),
        ("out of order", |o| o.ways[1].latency_ms.p99 = 1e9),
    ] {
        assert!(found(&change).contains(word), "{word}: {}", found(&change));
    }
    // Models that break what was promised: a lease that reaches too far, tokens and answers that live too long.
    let mut s = s;
    (s.covered_s, s.renew_s) = (15.0, 5.0);
    (s.revocations_per_s, s.logins_per_s) = (5.0, 5.0);
    for (way, change) in [
        (
            Way::Ours,
            (|s: &mut Scenario| s.covered_s *= 4.0) as fn(&mut Scenario),
        ),
        (Way::Jwt, |s| s.jwt_life_s *= 1.5),
        (Way::Introspection, |s| s.ttl_s *= 1.5),
    ] {
        let mut other = s.clone();
        change(&mut other);
        let found = broken(&s, &played(&other, 1)).join("; ");
        assert!(
            found.contains(&format!("{}: accepted for", way.as_str())),
            "{found}"
        );
    }
}

/// Nothing is accepted past the lease, even where the push never arrives.
#[test]
fn ours_accepts_nothing_past_its_lease() {
    for (push_s, passes) in [(3600.0, 0), (0.003, 0)] {
        let mut s = small("browser_same_site", Method::Exact);
        s.spreads.push_s = super::chance::Spread::new(push_s, push_s * 1.1);
        let outcome = played(&s, 5);
        let ours = part(&outcome, Way::Ours);
        assert_eq!(ours.past_bound, passes);
        assert!(ours.exposure_s.worst <= s.covered_s + 1e-9);
        assert!(
            push_s < 1.0 || ours.exposure_s.p50 > s.covered_s * 0.97,
            "{:?}",
            ours.exposure_s
        );
    }
}

#[test]
fn the_exposure_of_a_token_is_even_from_nothing_to_its_life() {
    for method in [Method::Exact, Method::Aggregated] {
        let s = calm(busy(method));
        let mean = |s: &Scenario| part(&played(s, 1), Way::Jwt).exposure_s;
        let e = mean(&s);
        near("mean", e.expected, s.jwt_life_s / 2.0, 0.05);
        near("median", e.p50, s.jwt_life_s / 2.0, 0.06);
        near("p99", e.p99, s.jwt_life_s * 0.99, 0.02);
        near("worst", e.worst, s.jwt_life_s, 0.01);
        let mut other = s.clone();
        other.leeway_s = 30.0;
        assert!(
            mean(&other).expected > s.jwt_life_s / 2.0 * 1.05,
            "a leeway comes on top"
        );
    }
}

#[test]
fn a_list_is_half_an_interval_old() {
    for method in [Method::Exact, Method::Aggregated] {
        let mut s = calm(busy(method));
        s.jwt_life_s = 3600.0;
        let expected = part(&played(&s, 1), Way::Blocklist).exposure_s.expected;
        // A token that ends before the next list is short of it.
        near("mean", expected, s.poll_s / 2.0, 0.02);
        s.poll_s *= 1.2;
        assert!(part(&played(&s, 1), Way::Blocklist).exposure_s.expected > expected * 1.1);
    }
}

/// Equal credentials at one edge: the closed form of a cache whose answers end.
#[test]
fn the_hit_ratio_is_that_of_the_closed_form() {
    let text = "[deployment]\nedges = 1\n[scale]\nusers = 100\nsessions = 1\nrequests_per_second = 1\npeak_factor = 1\n\
        logins_per_day = 0\nrevocations_per_day = 0\n[[client]]\nkind = \"mobile\"\n";
    for method in [Method::Exact, Method::Aggregated] {
        let ratio = |ttl_s: f64| {
            let mut s = calm(made(text, &asked(1.0, method)));
            s.ttl_s = ttl_s;
            let outcome = played(&s, 1);
            part(&outcome, Way::Introspection).remembered as f64 / outcome.good as f64
        };
        for ttl_s in [0.5, 1.0, 4.0, 60.0] {
            near("hits", ratio(ttl_s), ttl_s / (1.0 + ttl_s), 0.02);
        }
        assert!((ratio(2.0) / (1.0 / 2.0) - 1.0).abs() > 0.2);
    }
}

#[test]
fn sessions_look_up_every_request() {
    let s = calm(small("browser_same_site", Method::Exact));
    let outcome = played(&s, 1);
    let sessions = part(&outcome, Way::Sessions);
    assert_eq!(sessions.lookups, outcome.good + outcome.revoked);
    near(
        "rate",
        outcome.good as f64,
        s.requests_per_s * s.curve.until(s.length_s),
        0.02,
    );
}

/// Each turn of a screw moves what it should, in its direction.
#[test]
fn figures_move_with_what_they_depend_on() {
    type Row = (&'static str, fn(&mut Scenario), fn(&Outcome) -> f64);
    for method in [Method::Exact, Method::Aggregated] {
        let s = small("mobile", method);
        let before = played(&s, 3);
        let rows: [Row; 7] = [
            (
                "life and exposure",
                |s| s.jwt_life_s *= 2.0,
                |o| part(o, Way::Jwt).exposure_s.expected,
            ),
            (
                "poll and exposure",
                |s| s.poll_s *= 2.0,
                |o| part(o, Way::Blocklist).exposure_s.expected,
            ),
            (
                "answers and exposure",
                |s| s.ttl_s *= 2.0,
                |o| part(o, Way::Introspection).exposure_s.expected,
            ),
            (
                "answers and look-ups",
                |s| s.ttl_s /= 2.0,
                |o| part(o, Way::Introspection).lookups as f64,
            ),
            (
                "lease and exposure",
                |s| s.covered_s *= 1.5,
                |o| part(o, Way::Ours).exposure_s.worst,
            ),
            (
                "lease and refusals",
                |s| s.covered_s /= 4.0,
                |o| part(o, Way::Ours).good_refused as f64,
            ),
            (
                "way and latency",
                |s| s.round_trip_s *= 2.0,
                |o| part(o, Way::Sessions).latency_ms.p99,
            ),
        ];
        for (name, change, read) in rows {
            let mut other = s.clone();
            change(&mut other);
            let (before, after) = (read(&before), read(&played(&other, 3)));
            assert!(after > before * 1.05, "{name}: {before} and {after}, {method:?}");
        }
    }
}

#[test]
fn clocks_beyond_the_leeway_refuse_good_tokens() {
    let refused = |skew_s: f64| {
        let mut s = calm(small("mobile", Method::Exact));
        (s.skew_s, s.leeway_s) = (skew_s, 5.0);
        part(&played(&s, 1), Way::Jwt).good_refused
    };
    assert_eq!(refused(4.9), 0);
    assert!(refused(20.0) > 0);
}

#[test]
fn a_topology_becomes_a_scenario() {
    let s = made(
        SMALL
            .trim_end()
            .to_owned()
            .as_str()
            .replace("[requirements]", "[[client]]\nkind = \"mobile\"\n[requirements]")
            .as_str(),
        &Asked::default(),
    );
    assert_eq!(
        (s.regions, s.edges, s.credentials, s.method),
        (2, 4, 2000, Method::Aggregated)
    );
    assert!((s.outage.to_s - s.outage.from_s - 120.0).abs() < 1e-9);
    near("life", s.jwt_life_s, 115.0, 1e-9);
    assert_eq!(s.ours_life_s, Some(300.0));
    let grown = made(
        BUSY,
        &Asked {
            credentials: Some(1_000_000_000),
            edges: Some(10_000),
            ..Asked::default()
        },
    );
    near("requests", grown.requests_per_s, 4_000_000.0, 1e-9);
    assert_eq!((grown.edges, grown.method), (10_000, Method::Aggregated));
}

#[test]
fn what_does_not_fit_is_told_at_once() {
    let raw: RawTopology = toml::from_str(BUSY).unwrap();
    let topology = raw.check().unwrap();
    let problems = |asked: Asked| {
        let found = scenario(&topology, &Constants::default(), &asked)
            .err()
            .unwrap_or_default();
        found.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
    };
    let wrong = Asked {
        credentials: Some(1_000_000_001),
        edges: Some(0),
        days: Some(f64::NAN),
        method: None,
    };
    assert_eq!(problems(wrong), ["credentials", "edges", "days"]);
    assert_eq!(
        problems(Asked {
            days: Some(0.02),
            ..Asked::default()
        }),
        ["days"]
    );
    assert_eq!(
        problems(Asked {
            credentials: Some(0),
            days: Some(32.0),
            ..Asked::default()
        }),
        ["credentials", "days"]
    );
    let many = Asked {
        credentials: Some(2_000_000),
        method: Some(Method::Exact),
        ..Asked::default()
    };
    assert_eq!(problems(many), ["method"]);
    // More than can be counted one by one.
    let wide =
        "[scale]\nusers = 1\nsessions = 1\nrequests_per_second = 100000000\n[[client]]\nkind = \"mobile\"\n";
    let wide = toml::from_str::<RawTopology>(wide).unwrap().check().unwrap();
    let billion = Asked {
        credentials: Some(1_000_000_000),
        ..Asked::default()
    };
    let found = scenario(&wide, &Constants::default(), &billion).unwrap_err();
    assert_eq!((found.len(), found[0].path.as_str()), (1, "credentials"));
    assert!(scenario(&wide, &Constants::default(), &Asked::default()).is_ok());
    assert_eq!(
        problems(Asked {
            edges: Some(10_000),
            ..Asked::default()
        }),
        [""; 0]
    );
}

/// Few credentials and few requests are not quick yet.
#[test]
fn many_logins_are_many_events() {
    let method = |more: &str| {
        let text = "[scale]\nusers = 1000\nsessions = 1000\nrequests_per_second = 1\n";
        made(
            &format!("{text}{more}\n[[client]]\nkind = \"mobile\"\n"),
            &Asked::default(),
        )
        .method
    };
    assert_eq!(method(""), Method::Exact);
    assert_eq!(method("logins_per_day = 100000000000"), Method::Aggregated);
    assert_eq!(method("revocations_per_day = 10000000"), Method::Aggregated);
}

#[test]
fn a_billion_credentials_run_in_cohorts() {
    let s = made(
        BUSY,
        &Asked {
            credentials: Some(1_000_000_000),
            edges: Some(10_000),
            days: Some(0.1),
            method: None,
        },
    );
    let mut told = Vec::new();
    let outcome = run(&s, 1, &mut |part| told.push(part));
    assert_eq!(broken(&s, &outcome), [""; 0]);
    assert!(outcome.good > 30_000_000_000);
    assert!(told.windows(2).all(|pair| pair[0] < pair[1]) && told.last() == Some(&1.0));
}
