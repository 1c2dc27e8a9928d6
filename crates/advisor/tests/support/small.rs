//! Forty small topologies: the mechanism, what is excluded by which rule, and the conflicts.
#![allow(unreachable_pub, reason = "test code")]

/// What is asked, one client, and the answer. Sections are written `@section key = value; key = value`.
pub const CASES: &[(&str, &str, &str)] = &[
    (
        "a browser and nothing else",
        "kind = \"browser_same_site\"",
        "server_session, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a browser, many gateways",
        "kind = \"browser_same_site\" @deployment edges = 20",
        "edge_session, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a browser, three regions",
        "kind = \"browser_same_site\" @deployment regions = 3",
        "edge_session, not server_session X-11, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a browser, next request must fail",
        "kind = \"browser_same_site\" @requirements revocation_writes = \"0ms\"",
        "server_session, not edge_session X-05, not edge_token X-01 X-05, not self_contained_token X-01 X-04",
    ),
    (
        "a browser, next request, far away",
        "kind = \"browser_same_site\" @deployment regions = 2 @requirements revocation_writes = \"0ms\"",
        "nothing, not server_session X-11, not edge_session X-05, not edge_token X-01 X-05, not self_contained_token X-01 X-04, conflicts C-01",
    ),
    (
        "a browser, next request, far away, patient",
        "kind = \"browser_same_site\" @deployment regions = 2 @requirements revocation_writes = \"0ms\"; added_latency = \"200ms\"",
        "server_session, not edge_session X-05, not edge_token X-01 X-05, not self_contained_token X-01 X-04",
    ),
    (
        "a browser that goes on reading",
        "kind = \"browser_same_site\" @requirements store_down = \"reads\"; revocation_reads = \"10m\"",
        "edge_session, not server_session X-13, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a browser that goes on reading and forgets nothing",
        "kind = \"browser_same_site\" @requirements store_down = \"reads\"; revocation_reads = \"5s\"",
        "edge_session, not server_session X-13, not edge_token X-01, not self_contained_token X-01 X-04, conflicts C-02",
    ),
    (
        "a browser that goes on for an hour",
        "kind = \"browser_same_site\" @requirements store_down = \"everything\"; outage = \"1h\"; revocation_reads = \"2h\"; revocation_writes = \"2h\"",
        "edge_session, not server_session X-13, not edge_token X-01, not self_contained_token X-01, conflicts C-03",
    ),
    (
        "a browser behind a caching CDN",
        "kind = \"browser_same_site\" @deployment cdn = \"per_user\"",
        "server_session, not edge_token X-01, not self_contained_token X-01 X-04, conflicts C-05",
    ),
    (
        "a browser checked at the CDN",
        "kind = \"browser_same_site\"; offline_validation = true",
        "nothing, not server_session X-03, not edge_session X-03, not edge_token X-01 X-03, not self_contained_token X-01 X-04, conflicts C-01",
    ),
    (
        "a browser at 100k requests a second",
        "kind = \"browser_same_site\" @scale requests_per_second = 100000",
        "edge_session, not server_session X-12, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a browser on another site",
        "kind = \"browser_cross_site\" @deployment edges = 4",
        "edge_session, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a frame on other sites",
        "kind = \"browser_embedded\" @deployment edges = 4",
        "edge_session, not edge_token X-01, not self_contained_token X-01 X-04",
    ),
    (
        "a single-page application",
        "kind = \"spa\" @deployment edges = 4",
        "edge_session, not self_contained_token X-04",
    ),
    (
        "a single-page application, API elsewhere",
        "kind = \"spa\"; same_host_api = false @deployment edges = 4",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "a single-page application with DPoP, API elsewhere",
        "kind = \"spa\"; same_host_api = false; dpop = true @deployment edges = 4 @requirements compliance = [\"asvs-l3\"]",
        "edge_token, not edge_session X-02, not self_contained_token X-04 X-06",
    ),
    (
        "a single-page application, API elsewhere, level 3",
        "kind = \"spa\"; same_host_api = false @deployment edges = 4 @requirements compliance = [\"asvs-l3\"]",
        "nothing, not server_session X-10, not edge_session X-02, not edge_token X-09, not self_contained_token X-04 X-06 X-09, conflicts C-01",
    ),
    (
        "a single-page application, level 2",
        "kind = \"spa\" @deployment edges = 4 @requirements compliance = [\"asvs-l2\"]; revocation_reads = \"1h\"; revocation_writes = \"1h\"",
        "edge_session, not edge_token X-08, not self_contained_token X-06 X-08",
    ),
    (
        "a phone",
        "kind = \"mobile\" @deployment edges = 4",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "a phone, one place",
        "kind = \"mobile\"",
        "server_session, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "a phone that may be revoked within an hour",
        "kind = \"mobile\" @deployment edges = 4 @requirements revocation_reads = \"1h\"; revocation_writes = \"1h\"",
        "edge_token, not edge_session X-02",
    ),
    (
        "a phone under PCI DSS",
        "kind = \"mobile\" @deployment edges = 4 @requirements compliance = [\"pci-dss-4\"]; revocation_reads = \"1h\"; revocation_writes = \"1h\"",
        "edge_token, not edge_session X-02, not self_contained_token X-07",
    ),
    (
        "a phone under PCI DSS with a long idle limit",
        "kind = \"mobile\" @deployment edges = 4 @requirements compliance = [\"pci-dss-4\"]; idle = \"1h\"",
        "edge_token, not edge_session X-02, not self_contained_token X-04 X-07, conflicts C-04",
    ),
    (
        "a phone under FAPI without a key",
        "kind = \"mobile\" @requirements compliance = [\"fapi-2\"]",
        "nothing, not server_session X-10, not edge_session X-02, not edge_token X-09, not self_contained_token X-04 X-09, conflicts C-01",
    ),
    (
        "a phone under FAPI with DPoP",
        "kind = \"mobile\"; dpop = true @deployment edges = 4 @requirements compliance = [\"fapi-2\"]",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "a desktop under AAL3 that wants a day",
        "kind = \"desktop\" @deployment edges = 3 @requirements compliance = [\"nist-aal3\"]; absolute = \"24h\"",
        "edge_token, not edge_session X-02, not self_contained_token X-04 X-07, conflicts C-04",
    ),
    (
        "a device with small headers",
        "kind = \"iot\" @scale header_budget_bytes = 512",
        "server_session, not edge_session X-02, not edge_token X-14, not self_contained_token X-04 X-14",
    ),
    (
        "a device with small headers, far away",
        "kind = \"iot\" @deployment regions = 2 @scale header_budget_bytes = 512",
        "nothing, not server_session X-11, not edge_session X-02, not edge_token X-14, not self_contained_token X-04 X-14, conflicts C-01",
    ),
    (
        "a device in the field",
        "kind = \"iot\"; offline_validation = true @requirements revocation_reads = \"10m\"; revocation_writes = \"10m\"",
        "self_contained_token, not server_session X-03, not edge_session X-02 X-03, not edge_token X-03",
    ),
    (
        "a device in the field, revoked at once",
        "kind = \"iot\"; offline_validation = true @requirements revocation_reads = \"1s\"",
        "nothing, not server_session X-03, not edge_session X-02 X-03, not edge_token X-03, not self_contained_token X-04, conflicts C-01",
    ),
    (
        "a device whose person is logged out",
        "kind = \"iot\"; acts_for_user = true @deployment edges = 4 @requirements compliance = [\"asvs-l1\"]; revocation_reads = \"1h\"; revocation_writes = \"1h\"",
        "edge_token, not edge_session X-02, not self_contained_token X-06",
    ),
    (
        "own services",
        "kind = \"server\" @deployment edges = 40",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "own services at 100k requests a second",
        "kind = \"server\" @deployment edges = 40 @scale requests_per_second = 100000",
        "edge_token, not server_session X-12, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "own services within 100 ms",
        "kind = \"server\" @deployment edges = 40 @requirements revocation_writes = \"100ms\"",
        "server_session, not edge_session X-02 X-05, not edge_token X-05, not self_contained_token X-04",
    ),
    (
        "own services that go on",
        "kind = \"server\" @deployment edges = 40 @requirements store_down = \"everything\"; revocation_reads = \"10m\"; revocation_writes = \"10m\"",
        "edge_token, not server_session X-13, not edge_session X-02",
    ),
    (
        "a partner that asks us",
        "kind = \"partner\" @deployment edges = 4",
        "edge_token, not edge_session X-02, not self_contained_token X-04",
    ),
    (
        "a partner that checks alone",
        "kind = \"partner\"; offline_validation = true @requirements revocation_reads = \"15m\"; revocation_writes = \"15m\"",
        "self_contained_token, not server_session X-03, not edge_session X-02 X-03, not edge_token X-03",
    ),
    (
        "a partner that checks alone, for people",
        "kind = \"partner\"; offline_validation = true; acts_for_user = true @requirements compliance = [\"asvs-l1\"]; revocation_reads = \"15m\"; revocation_writes = \"15m\"",
        "nothing, not server_session X-03, not edge_session X-02 X-03, not edge_token X-03, not self_contained_token X-06, conflicts C-01",
    ),
    (
        "HIPAA in a browser",
        "kind = \"browser_same_site\" @deployment edges = 4 @requirements compliance = [\"hipaa\"]; idle = \"10m\"",
        "edge_session, not edge_token X-01, not self_contained_token X-01 X-04 X-07",
    ),
    (
        "a very slow line",
        "kind = \"server\" @deployment regions = 2; round_trip = \"2s\" @requirements revocation_reads = \"2s\"; revocation_writes = \"2s\"",
        "nothing, not server_session X-11, not edge_session X-02 X-05, not edge_token X-05, not self_contained_token X-04, conflicts C-01",
    ),
];

/// The text of a topology file.
pub fn expand(short: &str) -> String {
    let (client, sections) = short.split_once(" @").unwrap_or((short, ""));
    let mut text = format!("[[client]]\n{}\n", client.replace("; ", "\n"));
    for section in sections.split(" @").filter(|section| !section.is_empty()) {
        let (name, keys) = section.split_once(' ').unwrap_or_default();
        text.push_str(&format!("[{name}]\n{}\n", keys.replace("; ", "\n")));
    }
    text
}
