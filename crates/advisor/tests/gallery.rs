//! The twelve worked topologies of docs/advice: who gets what, what is excluded by which rule, and what is only planned.

mod support;

use support::{GALLERY, decided, line};

/// The topology, the client, and the answer.
const ANSWERS: &[(&str, &str, &str)] = &[
    (
        "b2b-federation",
        "portal",
        "edge_session, not server_session X-11, not edge_token X-01, not self_contained_token X-01 X-04 X-06 X-07",
    ),
    (
        "b2b-federation",
        "sync",
        "edge_token, not server_session X-11, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "cdn-cached-media",
        "player",
        "self_contained_token, not server_session X-03 X-11 X-12, not edge_session X-02 X-03, not edge_token X-03",
    ),
    (
        "cdn-cached-media",
        "account",
        "edge_session, not server_session X-11 X-12, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "embedded-widget",
        "widget",
        "edge_session, not server_session X-11, not edge_token X-01, not self_contained_token X-01 X-04 X-06",
    ),
    (
        "embedded-widget",
        "dashboard",
        "edge_session, not server_session X-11, not edge_token X-01, not self_contained_token X-01 X-04 X-06",
    ),
    (
        "gaming-ten-million",
        "game",
        "edge_token, not server_session X-11 X-12 X-13, not edge_session X-02",
    ),
    (
        "gaming-ten-million",
        "game-servers",
        "edge_token, not server_session X-11 X-12 X-13, not edge_session X-02",
    ),
    (
        "gaming-ten-million",
        "shop",
        "edge_session, not server_session X-11 X-12 X-13, not edge_token X-01, not self_contained_token X-01",
    ),
    (
        "government-aal3",
        "case-files",
        "edge_session, not edge_token X-01, not self_contained_token X-01 X-04 X-06 X-07",
    ),
    (
        "government-aal3",
        "field-laptop",
        "edge_token, not edge_session X-02, not self_contained_token X-04 X-06 X-07",
    ),
    (
        "government-aal3",
        "registers",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "internal-tools",
        "tools",
        "server_session, not edge_token X-01, not self_contained_token X-01 X-04 X-07",
    ),
    (
        "internal-tools",
        "cli",
        "server_session, not edge_session X-02, not self_contained_token X-04 X-07",
    ),
    (
        "iot-fleet",
        "telemetry",
        "edge_token, not server_session X-11 X-12 X-13, not edge_session X-02",
    ),
    (
        "iot-fleet",
        "site-controller",
        "self_contained_token, not server_session X-03 X-11 X-12 X-13, not edge_session X-02 X-03, not edge_token X-03",
    ),
    (
        "iot-fleet",
        "operators",
        "edge_session, not server_session X-11 X-12 X-13, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "microservices-behind-envoy",
        "web",
        "edge_session, not server_session X-12, not edge_token X-08, not self_contained_token X-04 X-06 X-08",
    ),
    (
        "microservices-behind-envoy",
        "mesh",
        "edge_token, not server_session X-12, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "microservices-behind-envoy",
        "back-office",
        "edge_session, not server_session X-12, not edge_token X-01, not self_contained_token X-01 X-04 X-06",
    ),
    (
        "mobile-bank",
        "phone",
        "edge_token, not server_session X-11 X-12, not edge_session X-02, not self_contained_token X-04 X-06 X-07",
    ),
    (
        "mobile-bank",
        "online-banking",
        "edge_session, not server_session X-11 X-12, not edge_token X-01, not self_contained_token X-01 X-04 X-06 X-07",
    ),
    (
        "monolith-with-redis",
        "web",
        "server_session, not edge_token X-01, not self_contained_token X-01 X-04 X-06",
    ),
    (
        "multi-region-saas",
        "app",
        "edge_session, not server_session X-11, not edge_token X-08, not self_contained_token X-04 X-06 X-08",
    ),
    (
        "multi-region-saas",
        "console",
        "edge_session, not server_session X-11, not edge_token X-08, not self_contained_token X-04 X-06 X-08",
    ),
    (
        "multi-region-saas",
        "customer-api",
        "edge_token, not server_session X-11, not edge_session X-02, not self_contained_token X-04",
    ),
    ("partner-api", "partner", "edge_token, not edge_session X-02"),
    (
        "partner-api",
        "callback",
        "self_contained_token, not server_session X-03, not edge_session X-02 X-03, not edge_token X-03",
    ),
];

/// What this version does not have, by topology.
const PLANNED: &[(&str, &str)] = &[
    ("b2b-federation", "federation postgres tenants"),
    ("cdn-cached-media", "postgres"),
    ("embedded-widget", "partitioned_cookie postgres tenants"),
    ("gaming-ten-million", "client_life dpop mtls postgres"),
    ("government-aal3", "client_life dpop mtls postgres second_factor"),
    ("internal-tools", "federation look_up_each second_factor"),
    ("iot-fleet", "client_life mtls postgres"),
    ("microservices-behind-envoy", "federation mtls postgres"),
    ("mobile-bank", "dpop postgres second_factor"),
    ("monolith-with-redis", "hot_tier look_up_each"),
    ("multi-region-saas", "federation postgres tenants"),
    ("partner-api", "client_life mtls postgres"),
];

#[test]
fn each_client_has_its_answer() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, text) in GALLERY {
        for answer in decided(text).clients {
            seen += 1;
            let found = line(&answer);
            let expected = ANSWERS
                .iter()
                .find(|(file, client, _)| file == name && *client == answer.client);
            if expected.is_none_or(|(_, _, expected)| *expected != found) {
                wrong.push(format!("(\"{name}\", \"{}\", \"{found}\"),", answer.client));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!((GALLERY.len(), seen), (12, ANSWERS.len()));
}

#[test]
fn what_is_only_planned_is_said() {
    let mut wrong = Vec::new();
    for (name, text) in GALLERY {
        let decision = decided(text);
        let mut features: Vec<&str> = decision
            .clients
            .iter()
            .flat_map(|answer| answer.planned.iter().map(|planned| planned.feature.as_str()))
            .collect();
        features.sort_unstable();
        features.dedup();
        let found = features.join(" ");
        if PLANNED
            .iter()
            .find(|(file, _)| file == name)
            .is_none_or(|(_, expected)| *expected != found)
        {
            wrong.push(format!("(\"{name}\", \"{found}\"),"));
        }
        let page = advisor::report::text(&decision);
        for feature in decision.clients.iter().flat_map(|answer| &answer.planned) {
            let words: Vec<&str> = page.split_whitespace().collect();
            let title: Vec<&str> = feature.feature.title().split_whitespace().collect();
            assert!(words.join(" ").contains(&title.join(" ")), "{name}: {title:?}");
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_report_fits_eighty_columns() {
    for (name, text) in GALLERY {
        let page = advisor::report::text(&decided(text));
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}
