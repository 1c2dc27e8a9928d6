use super::*;

#[test]
fn values_read_well() {
    for (value, unit, text) in [
        (0.065, Unit::Ms, "65 µs"),
        (0.0, Unit::Ms, "0"),
        (1.5, Unit::Ms, "1.5 ms"),
        (10_000.0, Unit::Ms, "10 s"),
        (305_000.0, Unit::Ms, "5.1 min"),
        (0.0, Unit::PerSecond, "0/s"),
        (48_000.0, Unit::PerSecond, "48k/s"),
        (145.0, Unit::Bytes, "145 B"),
        (6.0e9, Unit::Bytes, "6 GB"),
        (1234.0, Unit::BytesPerSecond, "1.2 kB/s"),
        (0.5, Unit::Cores, "0.50"),
        (99.9, Unit::Percent, "100 %"),
    ] {
        assert_eq!(human(value, unit), text);
    }
}

/// Worked out by hand: two regions 80 ms apart, four edges behind nginx, 6000 sessions, 300 requests a second at peak.
const PHONE: &str = "[deployment]\nregions = 2\nedges = 4\ngateway = \"nginx\"\n\
    [existing]\npostgresql = true\n\
    [scale]\nusers = 6000\nsessions = 6000\nrequests_per_second = 100\nlogins_per_day = 86400\nrevocations_per_day = 86400\n\
    [requirements]\nrevocation_reads = \"65s\"\nrevocation_writes = \"65s\"\noutage = \"2m\"\n\
    [[client]]\nkind = \"mobile\"\n";

#[test]
fn the_formulas_give_what_they_say() {
    let raw: crate::RawTopology = toml::from_str(PHONE).unwrap();
    let topology = raw.check().unwrap();
    let constants = Constants::default();
    let case = Case {
        topology: &topology,
        client: &topology.clients[0],
        constants: &constants,
    };
    let near = |scheme: &str, id: &str, expected: f64| {
        let price = prices(&case)
            .into_iter()
            .find(|price| price.scheme.as_str() == scheme)
            .unwrap();
        let found = price.value(id);
        assert!(
            (found - expected).abs() <= expected.abs() * 1e-6 + 1e-9,
            "{scheme} {id}: {found}, not {expected}"
        );
    };
    // 3 ms, and half of the way for the half of the requests that is far.
    near("edge_token", "F-01", 3.0 + 80.0 * 0.5 / 2.0);
    // A lease of 60 s, for all accept more; its margin is a thousandth and 3 ms.
    near("edge_token", "F-02", 60_000.0 + 63.0);
    // A life of 65 s less 5 s of leeway.
    near("self_contained_token", "F-01", 30_000.0);
    near("self_contained_token", "F-02", 65_000.0);
    near("server_session", "F-04", 4.0 + 80.0);
    near("edge_token", "F-04", 0.8 + 0.063);
    near("edge_session", "F-04", 0.8 + 0.046);
    near("server_session", "F-05", 300.0);
    // 6000 families refresh every 5 minutes; a login a second.
    near("edge_token", "F-05", 20.0 + 1.0);
    near("self_contained_token", "F-11", 100.0);
    near("server_session", "F-06", 6000.0 * 600.0);
    near("edge_token", "F-08", 745.0 * 100.0 * 2_592_000.0);
    // Two edges of a region see each token once in its life.
    near("edge_token", "F-09", (300.0 * 2.0 + 40.0 * 63.0) / 1e6);
    near("self_contained_token", "F-09", 300.0 * 63.0 / 1e6);
    // Renewals every 20 s.
    near("edge_token", "F-10", 4.0 * (96.0 + 220.0 / 20.0));
    near("polled_blocklist", "F-10", 4.0 * 60.0 * 96.0 / 30.0);
    near("edge_token", "F-13", 6000.0 * 40.0 / 2.0);
    near("server_session", "F-14", 0.0);
    near("edge_token", "F-14", 50.0);
    // Tokens of all ages, at most 60 s: on the average 30 s of 120 s.
    near("self_contained_token", "F-14", 25.0);
    near("cached_introspection", "F-05", 6000.0 * 2.0 / 60.0);
}

#[test]
fn every_figure_has_a_formula_that_names_its_constants() {
    let raw: crate::RawTopology = toml::from_str(PHONE).unwrap();
    let topology = raw.check().unwrap();
    let constants = Constants::default();
    let names: Vec<&str> = constants.list().iter().map(|constant| constant.name).collect();
    let case = Case {
        topology: &topology,
        client: &topology.clients[0],
        constants: &constants,
    };
    for price in prices(&case) {
        assert_eq!(price.figures.len(), FIGURES.len());
        for figure in price.figures {
            assert!(figure.value.is_finite() && figure.value >= 0.0, "{figure:?}");
            // A word with an underscore is a constant, a key of the topology, or of the configuration.
            let words = figure
                .formula
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            for word in words.filter(|word| word.contains('_')) {
                let known = ["round_trip", "max_staleness", "beyond_lease"];
                assert!(
                    names.contains(&word) || known.contains(&word),
                    "{word} in {}",
                    figure.formula
                );
            }
        }
    }
}
