use super::*;
use crate::config::settings;

fn problems(text: &str) -> Vec<String> {
    let found = parse("topology.toml", text).err().unwrap_or_default();
    found
        .iter()
        .map(|problem| format!("{problem} [{}]", problem.hint))
        .collect()
}

#[test]
fn mistakes_of_form_and_of_fit_come_at_once_with_their_lines() {
    let found = problems(
        "[deployment]\nregoins = 3\nregions = 0\ngateway = \"ngnix\"\n[requirements]\nidle = \"2h\"\nabsolute = \"1h\"\n\
         compliance = [\"pci\"]\n[[client]]\nname = \"a b\"\nkind = \"mobile\"\nshare = \"all\"\n[[client]]\nname = \"c\"\n",
    );
    for expected in [
        "topology.toml:2: deployment.regoins: is no key that exists [did you mean \"regions\"?]",
        "topology.toml:3: deployment.regions: 0 is out of bounds [choose 1 to 100]",
        "topology.toml:4: deployment.gateway: \"ngnix\" is not one of",
        "topology.toml:6: requirements.idle: is longer than the absolute limit [choose at most 1h]",
        "topology.toml:8: requirements.compliance: \"pci\" is not a choice [choose of pci-dss-4",
        "topology.toml:10: client.0.name: \"a b\" is not a client's name",
        "topology.toml:12: client.0.share: is a text, not a whole number",
        "topology.toml:13: client.1.kind: is missing [write kind",
    ] {
        assert!(
            found.iter().any(|text| text.starts_with(expected)),
            "{expected} in {found:#?}"
        );
    }
    assert_eq!(found.len(), 8, "{found:#?}");
}

/// Also what is about nothing that is written, and what is about two things: the line of the one that is named.
#[test]
fn every_problem_has_a_line() {
    let of = |text: &str| {
        let found = problems(text);
        found
            .iter()
            .map(|told| told.split(" [").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("[deployment]\nedges = 2\n"),
        ["topology.toml:2: client: no client is described"]
    );
    assert_eq!(of(""), ["topology.toml:1: client: no client is described"]);
    let two = "[requirements]\nabsolute = \"1h\"\nidle = \"2h\"\n\n[[client]]\nname = \"a\"\nkind = \"mobile\"\nshare = 60\n\
               audience = \"https://a\"\n\n[[client]]\nname = \"a\"\nkind = \"mobile\"\nshare = 60\naudience = \"https://b\"\n";
    assert_eq!(
        of(two),
        [
            "topology.toml:3: requirements.idle: is longer than the absolute limit",
            "topology.toml:12: client.1.name: \"a\" is described twice",
            "topology.toml:15: client.1.audience: \"a\" and \"a\" call one path, for different audiences",
            "topology.toml:5: client: the shares add up to 120 percent",
        ]
    );
}

/// As it is written, with every room's check of it.
fn faults(text: &str) -> Vec<String> {
    let source = Source {
        name: "symbolon.toml".to_owned(),
        text: text.to_owned(),
        environment: BTreeMap::new(),
    };
    let found = match config::load(&source, &settings()) {
        Ok(checked) => config::judge(&checked, &source),
        Err(problems) => problems,
    };
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn every_emitted_configuration_passes_the_check() {
    let rest = [
        "[[client]]\nkind = \"browser_same_site\"\n",
        "[[client]]\nkind = \"browser_same_site\"\n[requirements]\nrevocation_reads = \"1h\"\nstore_down = \"reads\"\noutage = \"1h\"\n",
        "[[client]]\nkind = \"browser_same_site\"\n[requirements]\nrevocation_writes = \"0ms\"\nidle = \"1m\"\nabsolute = \"5m\"\n",
        "[[client]]\nname = \"a\"\nkind = \"spa\"\nhosts = [\"a.example.org\", \"b.example.org\"]\n[[client]]\nname = \"b\"\nkind = \"mobile\"\nhosts = [\"a.example.org\"]\n[requirements]\nidle = \"90d\"\nabsolute = \"90d\"\n",
        "[[client]]\nname = \"hook\"\nkind = \"partner\"\noffline_validation = true\n",
        "[deployment]\nname = \"a\\nb = [\"\n[[client]]\nkind = \"iot\"\naudience = \"urn:\\\"x\\\"\"\n[scale]\nsessions = 900000000\n",
    ];
    let gallery = advisor::gallery::GALLERY.iter().map(|(_, text)| *text);
    for text in gallery.chain(rest) {
        let topology = parse("topology.toml", text).unwrap();
        for file in advisor::emit::files(&topology, &Constants::default()) {
            if file.name == "symbolon.toml" {
                assert_eq!(faults(&file.text), [""; 0], "{}", file.text);
            }
        }
    }
}

#[test]
fn syntax_errors_have_lines() {
    let found = problems("[deployment]\nregions = \n");
    assert!(found[0].starts_with("topology.toml:2: "), "{found:?}");
}

#[test]
fn every_worked_topology_has_its_page_of_drills() {
    let pages = drills();
    let page = gallery();
    for (name, text) in advisor::gallery::GALLERY {
        let topology = parse(name, text).unwrap();
        let own = advisor::emit::drills(&topology, &Constants::default()).page();
        assert!(pages.contains(&format!("%%% {name}.md\n{own}")), "{name}");
        assert!(page.contains(&format!("](drills/{name}.md)")), "{name}");
    }
    assert_eq!(pages.matches("%%% ").count(), 12);
}

#[test]
fn the_page_has_every_worked_topology() {
    let page = gallery();
    for (name, _) in advisor::gallery::GALLERY {
        assert!(page.contains(&format!("[{name}.toml]({name}.toml): ")), "{name}");
    }
    assert_eq!(advisor::gallery::GALLERY.len(), 12);
}

/// A key that a rule cites as its source exists.
#[test]
fn rules_cite_settings_that_exist() {
    let all = settings();
    let sources = advisor::rules::EXCLUSIONS.iter().map(|rule| rule.source);
    let sources = sources.chain(advisor::rules::parameters().map(|rule| rule.source));
    let sources = sources.chain(advisor::rules::CONFLICTS.iter().map(|rule| rule.source));
    let mut cited = 0;
    for source in sources.filter(|source| source.contains("docs/CONFIG.md")) {
        let words: Vec<&str> = source.split([' ', ';']).collect();
        let keys = words.windows(2).filter(|pair| pair[0].starts_with('['));
        for pair in keys {
            let section = pair[0];
            let path = match section.strip_prefix("[[") {
                Some(_) => format!("{section}.{}", pair[1]),
                None => format!("{}.{}", section.trim_matches(['[', ']']), pair[1]),
            };
            assert!(
                all.iter().any(|setting| setting.path == path),
                "{path} in {source}"
            );
            cited += 1;
        }
    }
    assert!(cited > 4);
}
