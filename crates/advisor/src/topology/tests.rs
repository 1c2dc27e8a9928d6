use super::*;

fn read(text: &str) -> Topology {
    let raw: RawTopology = toml::from_str(text).unwrap();
    raw.check().unwrap()
}

fn problems(text: &str) -> Vec<String> {
    let raw: RawTopology = toml::from_str(text).unwrap();
    let found = raw.check().err().unwrap_or_default();
    found
        .iter()
        .map(|p| format!("{}: {} [{}]", p.path, p.message, p.hint))
        .collect()
}

#[test]
fn one_client_is_a_topology() {
    let topology = read("[[client]]\nname = \"web\"\nkind = \"browser_same_site\"\n");
    assert_eq!(topology.deployment.regions, 1);
    assert_eq!(topology.scale.sessions, 2_000);
    assert_eq!(
        topology.requirements.revocation(Operation::Admin),
        Span::from_secs(10)
    );
    let client = &topology.clients[0];
    assert!(client.has_cookies() && !client.has_tokens() && client.acts_for_user && !client.secret);
    assert_eq!(client.share, 100);
}

#[test]
fn defaults_follow_the_kind() {
    let text = Kind::ALL
        .iter()
        .map(|kind| format!("[[client]]\nkind = \"{}\"\n", kind.as_str()))
        .collect::<String>();
    let topology = read(&text);
    let by = |kind: Kind| {
        topology
            .clients
            .iter()
            .find(|client| client.kind == kind)
            .unwrap()
    };
    assert!(by(Kind::Mobile).keystore && !by(Kind::Mobile).has_cookies());
    assert!(by(Kind::Server).secret && !by(Kind::Server).acts_for_user);
    assert!(by(Kind::Spa).has_cookies() && by(Kind::Spa).has_tokens());
    assert!(!by(Kind::Iot).acts_for_user && !by(Kind::Iot).secret);
}

#[test]
fn all_problems_come_at_once_with_their_remedies() {
    let found = problems(
        "[deployment]\nissuer = \"http://id\"\nregions = 0\n\
         [requirements]\nidle = \"2h\"\nabsolute = \"1h\"\ncompliance = [\"pci\"]\nrevocation_reads = \"2w\"\n\
         [[client]]\nname = \"a\"\nkind = \"mobile\"\nsecret = true\n\
         [[client]]\nname = \"a\"\nkind = \"browser_embedded\"\ndpop = true\nhosts = [\"https://x\"]\npath = \"x\"\n\
         [[client]]\noperations = []\nshare = 101\n",
    );
    for (path, hint) in [
        ("deployment.issuer: ", "https://id.example.org"),
        ("deployment.regions: 0 is out of bounds", "choose 1 to 100"),
        ("requirements.idle: ", "choose at most 1h"),
        ("requirements.compliance: \"pci\"", "pci-dss-4"),
        ("requirements.revocation_reads: ", "15m"),
        ("client.0.secret: a mobile application", "RFC 8252"),
        ("client.1.name: \"a\" is described twice", "of its own"),
        ("client.1.dpop: ", "leave it out"),
        ("client.1.hosts: ", "app.example.org"),
        ("client.1.path: ", "/x/*"),
        ("client.2.kind: is missing", "browser_same_site"),
        ("client.2.operations: is empty", "reads"),
        ("client.2.share: 101", "0 to 100"),
    ] {
        assert!(
            found
                .iter()
                .any(|text| text.starts_with(path) && text.contains(hint)),
            "{path} [{hint}] in {found:#?}"
        );
    }
    assert_eq!(found.len(), 13, "{found:#?}");
    assert!(
        problems("")
            .iter()
            .any(|text| text.contains("no client is described"))
    );
}

#[test]
fn shares_are_of_one_hundred() {
    let two = |one: u64, other: u64| {
        format!("[[client]]\nkind = \"spa\"\nshare = {one}\n[[client]]\nkind = \"iot\"\nshare = {other}\n")
    };
    assert_eq!(problems(&two(60, 40)), [""; 0]);
    assert!(problems(&two(60, 41))[0].contains("101 percent"));
}

#[test]
fn one_path_takes_tokens_for_one_audience() {
    let two = |path: &str| {
        format!(
            "[[client]]\nname = \"a\"\nkind = \"mobile\"\naudience = \"x\"\n\
             [[client]]\nname = \"b\"\nkind = \"server\"\naudience = \"y\"\npath = \"{path}\"\n"
        )
    };
    assert!(problems(&two("/*"))[0].starts_with("client.1.audience: \"a\" and \"b\" call one path"));
    assert_eq!(problems(&two("/b/*")), [""; 0]);
}

#[test]
fn hipaa_asks_for_an_idle_limit_and_names_no_length() {
    let idle = |more: &str| {
        let topology = read(&format!(
            "[requirements]\ncompliance = [\"hipaa\"]\n{more}\n[[client]]\nkind = \"spa\"\n"
        ));
        let constants = crate::Constants::default();
        let case = crate::case::Case {
            topology: &topology,
            client: &topology.clients[0],
            constants: &constants,
        };
        case.idle().map(|(span, _)| span)
    };
    assert_eq!(idle(""), Some(Span::from_mins(15)));
    assert_eq!(idle("idle = \"30m\""), Some(Span::from_mins(30)));
}

#[test]
fn the_words_of_the_settings_are_the_words_of_the_types() {
    let form = |path: &str| SETTINGS.iter().find(|s| s.path == path).unwrap().form;
    let all = |words: Vec<&str>| words.join(", ");
    let names = |kinds: &[Kind]| all(kinds.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("[[client]].kind"), format!("one of {}", names(Kind::ALL)));
    let books = all(Compliance::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("requirements.compliance"), format!("list of {books}"));
    let gateways = all(Gateway::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("deployment.gateway"), format!("one of {gateways}"));
    let down = all(StoreDown::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("requirements.store_down"), format!("one of {down}"));
    let cdn = all(Cdn::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("deployment.cdn"), format!("one of {cdn}"));
    let idp = all(IdentityProvider::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("existing.identity_provider"), format!("one of {idp}"));
    let operations = all(Operation::ALL.iter().map(|k| k.as_str()).collect());
    assert_eq!(form("[[client]].operations"), format!("list of {operations}"));
}

#[test]
fn the_schema_describes_every_key() {
    let schema = json_schema();
    for setting in SETTINGS {
        let pointer = match setting.path.strip_prefix("[[client]].") {
            Some(key) => format!("/properties/client/items/properties/{key}/description"),
            None => format!(
                "/properties/{}/description",
                setting.path.replace('.', "/properties/")
            ),
        };
        assert_eq!(
            schema.pointer(&pointer),
            Some(&serde_json::json!(setting.doc)),
            "{pointer}"
        );
    }
    let regions = schema
        .pointer("/properties/deployment/properties/regions")
        .unwrap();
    assert_eq!(
        (&regions["minimum"], &regions["maximum"]),
        (&1.into(), &100.into())
    );
    let kinds = schema
        .pointer("/properties/client/items/properties/kind/enum")
        .unwrap();
    assert_eq!(kinds.as_array().unwrap().len(), Kind::ALL.len());
}
