use std::collections::BTreeMap;

use advisor::gallery::GALLERY;
use advisor::{Constants, RawTopology, SETTINGS, Topology};

use super::*;
use crate::config::{self, Source};

fn source(text: &str) -> Source {
    Source {
        name: "symbolon.toml".to_owned(),
        text: text.to_owned(),
        environment: BTreeMap::new(),
    }
}

fn topology(text: &str) -> Topology {
    config::read_as::<RawTopology, Topology>(&source(text), SETTINGS, RawTopology::check).unwrap()
}

fn written(topology: &Topology) -> String {
    let mut files = advisor::emit::files(topology, &Constants::default()).into_iter();
    files.find(|file| file.name == "symbolon.toml").unwrap().text
}

fn held(configuration: &str, topology: &Topology) -> Vec<String> {
    let source = source(configuration);
    let checked =
        config::load(&source, &config::settings()).unwrap_or_else(|p| panic!("{p:?}\n{configuration}"));
    assert_eq!(config::judge(&checked, &source), []);
    let found = broken(&checked, &advisor::emit::promise(topology, &Constants::default()));
    found
        .iter()
        .map(|p| format!("{}: {} [{}]", p.path, p.message, p.hint))
        .collect()
}

#[test]
fn what_was_emitted_keeps_every_promise() {
    for (name, text) in GALLERY {
        let topology = topology(text);
        let configuration = written(&topology);
        assert_eq!(
            held(&configuration, &topology),
            [""; 0],
            "{name}\n{configuration}"
        );
    }
}

const BANK: &str = "[deployment]\nedges = 4\n[requirements]\nrevocation_reads = \"10m\"\nrevocation_writes = \"1s\"\n\
    compliance = [\"nist-aal2\"]\nidle = \"5m\"\nstore_down = \"reads\"\n\
    [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nhosts = [\"app.example.org\"]\n\
    [[client]]\nname = \"phone\"\nkind = \"mobile\"\nhosts = [\"api.example.org\"]\naudience = \"https://api.example.org\"\n\
    [[client]]\nname = \"partner\"\nkind = \"partner\"\noffline_validation = true\noperations = [\"reads\"]\n";

/// One change to the configuration, and what is said about it.
const CHANGES: &[(&str, &str, &str)] = &[
    (
        "max_staleness = \"990ms\"",
        "max_staleness = \"5s\"",
        "route.max_staleness: route \"web\": an edge may be 5s behind",
    ),
    (
        "max_staleness = \"990ms\"\n",
        "",
        "route.max_staleness: route \"web\": an edge may be 10s behind",
    ),
    (
        "beyond_lease = \"5m\"",
        "beyond_lease = \"10m\"",
        "route.beyond_lease: route \"web-reads\": goes on 10m beyond the lease",
    ),
    ("read_only = true\n", "", "web-reads"),
    (
        "accept = [\"session\"]",
        "accept = [\"session\", \"bearer\"]",
        "route.accept: route \"web-reads\": accepts bearer",
    ),
    (
        "accept = [\"session\"]",
        "accept = [\"session\"]\ncsrf = false",
        "route.csrf: route \"web-reads\": asks for no proof against CSRF",
    ),
    (
        "accept = [\"session\"]",
        "public = true",
        "route.public: route \"web-reads\": lets everybody through",
    ),
    (
        "assurance = \"aal2\"",
        "assurance = \"aal1\"",
        "route.assurance: route \"web-reads\": is open below aal2",
    ),
    (
        "max_age = \"1d\"",
        "max_age = \"2d\"",
        "route.max_age: route \"phone-reads\": is open to who signed in longer ago than 1d",
    ),
    (
        "audience = \"https://api.example.org\"",
        "audience = \"https://other.example.org\"",
        "route.audience: route \"phone-reads\": takes tokens for https://other.example.org",
    ),
    (
        "host = \"app.example.org\"",
        "host = \"www.example.org\"",
        "app.example.org",
    ),
    (
        "idle_aal2 = \"5m\"",
        "idle_aal2 = \"6m\"",
        "session.idle_aal2: is 6m, where the requirements allow 5m",
    ),
    (
        "absolute_aal2 = \"1d\"",
        "absolute_aal2 = \"2d\"",
        "session.absolute_aal2: is 2d, where the requirements allow 1d",
    ),
    (
        "applications = [\"https://app.example.org\"]",
        "applications = []",
        "session.applications: https://app.example.org is not listed",
    ),
    (
        "issuer = \"https://id.example.org\"",
        "issuer = \"https://id2.example.org\"",
        "server.issuer: is https://id2.example.org",
    ),
];

#[test]
fn each_promise_that_is_broken_is_named_with_its_remedy() {
    let topology = topology(BANK);
    let sound = written(&topology);
    assert_eq!(held(&sound, &topology), [""; 0], "{sound}");
    for (from, to, said) in CHANGES {
        let changed = sound.replace(from, to);
        assert_ne!(changed, sound, "{from} is not in\n{sound}");
        let found = held(&changed, &topology);
        let named = |text: &String| text.contains(said) && !text.ends_with("[]");
        // An exception for every method is no less where the route is for reads by its methods.
        let harmless = *from == "read_only = true\n";
        assert_eq!(
            found.iter().any(named),
            !harmless,
            "{from} -> {to}: {found:#?}\n{changed}"
        );
    }
}

#[test]
fn a_longer_token_is_named_where_nothing_but_its_end_takes_it_back() {
    let text = "[requirements]\nrevocation_reads = \"2m\"\nrevocation_writes = \"2m\"\n[[client]]\nname = \"hook\"\nkind = \"partner\"\noffline_validation = true\n";
    let topology = topology(text);
    let sound = written(&topology);
    assert_eq!(held(&sound, &topology), [""; 0]);
    let found = held(
        &sound.replace("access_life = \"115s\"", "access_life = \"5m\""),
        &topology,
    );
    assert_eq!(
        found,
        ["token.access_life: is 5m, where the requirements allow 115s [write \"115s\" or less]"]
    );
}

#[test]
fn the_quick_start_is_held_to_the_same() {
    let topology = topology(
        "[deployment]\nedges = 4\n[requirements]\nrevocation_writes = \"1s\"\n[[client]]\nkind = \"browser_same_site\"\n",
    );
    let found = held("[server]\nissuer = \"https://id.example.org\"\n", &topology);
    assert!(
        found.iter().any(|text| text.contains("accepts bearer")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|text| text.contains("an edge may be 10s behind")),
        "{found:?}"
    );
}

#[test]
fn places_meet_by_whole_segments() {
    let below = |start: &str| PathPattern::Below(start.to_owned());
    for (pattern, promised, expected) in [
        (below(""), "/x/*", true),
        (below("/x"), "/*", true),
        (below("/x"), "/x/y", true),
        (below("/x"), "/xy/*", false),
        (PathPattern::Exact("/x".into()), "/x/*", true),
        (PathPattern::Exact("/x".into()), "/x/y/*", false),
        (PathPattern::Exact("/x".into()), "/x", true),
    ] {
        assert_eq!(paths_meet(&pattern, promised), expected, "{pattern:?} {promised}");
    }
}
