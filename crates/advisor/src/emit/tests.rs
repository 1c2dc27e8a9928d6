use super::*;

fn read(text: &str) -> Topology {
    let raw: crate::RawTopology = toml::from_str(text).unwrap();
    raw.check().unwrap()
}

fn written(text: &str, name: &str) -> String {
    let files = files(&read(text), &Constants::default());
    files
        .into_iter()
        .find(|file| file.name == name)
        .map(|file| file.text)
        .unwrap_or_default()
}

#[test]
fn reads_and_the_rest_have_routes_of_their_own_where_their_terms_differ() {
    let text = "[deployment]\nedges = 4\n[requirements]\nrevocation_reads = \"10s\"\nrevocation_writes = \"1s\"\n\
        [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nhosts = [\"app.example.org\"]\n";
    let promise = promise(&read(text), &Constants::default());
    let told: Vec<_> = promise
        .routes
        .iter()
        .map(|r| (r.name.as_str(), r.methods.len(), r.max_staleness.to_string()))
        .collect();
    assert_eq!(
        told,
        [("web-reads", 2, "9s".to_owned()), ("web", 0, "990ms".to_owned())]
    );
    let same = text.replace("\"1s\"", "\"10s\"");
    assert_eq!(
        super::promise(&read(&same), &Constants::default()).routes.len(),
        1
    );
}

#[test]
fn clients_of_one_place_share_a_route_and_its_strictest_terms() {
    let text = "[deployment]\nedges = 4\n[requirements]\nrevocation_writes = \"10s\"\nrevocation_admin = \"1s\"\n\
        [[client]]\nname = \"web\"\nkind = \"spa\"\noperations = [\"writes\"]\nhosts = [\"a.example.org\"]\n\
        [[client]]\nname = \"phone\"\nkind = \"mobile\"\noperations = [\"admin\"]\nhosts = [\"a.example.org\"]\n";
    let promise = promise(&read(text), &Constants::default());
    assert_eq!(promise.routes.len(), 1);
    assert_eq!(promise.routes[0].accept, ["session", "bearer"]);
    assert_eq!(promise.routes[0].max_staleness, Span::from_ms(990));
    assert_eq!(promise.limits.applications, ["https://a.example.org"]);
}

#[test]
fn a_route_that_needs_bound_tokens_accepts_nothing_weaker() {
    let text = "[deployment]\nedges = 4\n[requirements]\ncompliance = [\"asvs-l3\"]\n[[client]]\nname = \"phone\"\nkind = \"mobile\"\ndpop = true\n";
    let config = written(text, "symbolon.toml");
    assert!(
        config.contains("accept = [\"dpop\"]") && !config.contains("bearer\""),
        "{config}"
    );
    let free = written(&text.replace("\"asvs-l3\"", ""), "symbolon.toml");
    assert!(
        free.contains("# Bearer tokens until bound ones are there.\n")
            && free.contains("accept = [\"bearer\"]"),
        "{free}"
    );
}

#[test]
fn an_exception_is_written_for_reads_only_and_only_where_the_bound_leaves_room() {
    let text = "[deployment]\nedges = 4\n[requirements]\nrevocation_reads = \"10m\"\nstore_down = \"reads\"\noutage = \"5m\"\n\
        [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\n";
    let config = written(text, "symbolon.toml");
    assert_eq!(
        config
            .matches("beyond_lease = \"5m\"\nread_only = true\n")
            .count(),
        1,
        "{config}"
    );
    let tight = written(&text.replace("\"10m\"", "\"5s\""), "symbolon.toml");
    assert!(!tight.contains("beyond_lease"), "{tight}");
}

#[test]
fn nothing_is_written_for_a_client_whose_requirements_exclude_each_other() {
    let text = "[requirements]\nrevocation_writes = \"1s\"\n[[client]]\nname = \"hook\"\nkind = \"partner\"\noffline_validation = true\n";
    let config = written(text, "symbolon.toml");
    assert!(
        config.contains("# Nothing is written for hook") && !config.contains("[[route]]"),
        "{config}"
    );
    assert_eq!(written(text, "clients.sh"), "");
}

#[test]
fn names_cannot_leave_their_place() {
    let text = "[deployment]\nname = \"a\\n[server]\\nissuer = 1\"\n[[client]]\nname = \"c\"\nkind = \"mobile\"\naudience = \"https://x/\\\"'; rm -r . '\"\n";
    let config = written(text, "symbolon.toml");
    assert!(
        config.starts_with("# Written by `symbolon advise --emit` for a [server] issuer = 1.\n"),
        "{config}"
    );
    assert!(toml::from_str::<toml::Table>(&config).is_ok(), "{config}");
    assert!(written(text, "clients.sh").contains(" --audience 'https://x/\"'\\''; rm -r . '\\'''\n"));
}

#[test]
fn longer_paths_and_named_hosts_come_first() {
    let text = "[deployment]\nedges = 4\n[[client]]\nname = \"all\"\nkind = \"spa\"\n\
        [[client]]\nname = \"api\"\nkind = \"mobile\"\npath = \"/api/*\"\n\
        [[client]]\nname = \"host\"\nkind = \"spa\"\nhosts = [\"a.example.org\"]\n";
    let promise = promise(&read(text), &Constants::default());
    let names: Vec<&str> = promise.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["host", "api", "all"]);
}

#[test]
fn a_client_at_several_hosts_has_routes_of_different_names() {
    let text = "[[client]]\nname = \"web\"\nkind = \"spa\"\nhosts = [\"a.example.org\", \"b.example.org\"]\n";
    let promise = promise(&read(text), &Constants::default());
    let names: Vec<&str> = promise.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["web", "web-2"]);
}

#[test]
fn nginx_gets_its_file_with_a_server_for_each_host_and_others_get_none() {
    let text = "[deployment]\ngateway = \"nginx\"\nissuer = \"https://login.example.com:8443\"\n[[client]]\nkind = \"spa\"\n\
        hosts = [\"a.example.com\", \"b.example.com\", \"login.example.com\"]\n";
    let conf = written(text, "nginx.conf");
    assert_eq!(conf.matches("server {\n").count(), 3, "{conf}");
    for line in [
        "server_name login.example.com;",
        "server_name a.example.com;",
        "server_name b.example.com;",
        "# login.example.com is the authority's own host",
    ] {
        assert_eq!(conf.matches(line).count(), 1, "{line}: {conf}");
    }
    assert!(!conf.contains("example.org"), "{conf}");
    let any = written(
        "[deployment]\ngateway = \"nginx\"\n[[client]]\nkind = \"spa\"\n",
        "nginx.conf",
    );
    assert!(any.contains("server_name _;"), "{any}");
    assert_eq!(written(&text.replace("nginx", "envoy"), "nginx.conf"), "");
}

#[test]
fn edges_of_their_own_get_a_file_with_the_same_routes() {
    let text = "[deployment]\nedges = 4\n[requirements]\nrevocation_writes = \"1s\"\n\
        [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nhosts = [\"app.example.org\"]\n";
    let (server, edge) = (written(text, "symbolon.toml"), written(text, "edge.toml"));
    assert!(
        server.contains("\nfeed_listen = \"127.0.0.1:8702\"\n"),
        "{server}"
    );
    assert!(
        !server.contains("Planned, not in this version: edges"),
        "{server}"
    );
    let routes = |text: &str| {
        text.split_once("\n[[route]]")
            .map(|(_, routes)| routes.to_owned())
    };
    assert!(routes(&edge).is_some());
    assert_eq!(routes(&edge), routes(&server));
    assert!(edge.contains("[edge]\ncredential = { file = "), "{edge}");
    let alone = text.replace("edges = 4", "edges = 1");
    assert_eq!(written(&alone, "edge.toml"), "");
    assert!(!written(&alone, "symbolon.toml").contains("feed_listen"));
}

/// A gateway, its file, and what must stand there once each for two hosts beside the authority's.
type Row = (&'static str, &'static str, &'static [&'static str]);

#[test]
fn each_documented_gateway_gets_its_file_with_every_host_in_its_place() {
    let rows: [Row; 4] = [
        (
            "caddy",
            "Caddyfile",
            &[
                "\nlogin.example.com {\n",
                "\na.example.com {\n",
                "\nb.example.com {\n",
            ],
        ),
        (
            "haproxy",
            "haproxy.cfg",
            &["field(1,:) -i login.example.com\n", "lua-load symbolon.lua"],
        ),
        (
            "traefik",
            "traefik-dynamic.yml",
            &[
                "rule: Host(`login.example.com`)\n",
                "rule: (Host(`a.example.com`) || Host(`b.example.com`))\n",
                "rule: (Host(`a.example.com`) || Host(`b.example.com`)) && PathPrefix(`/.symbolon/`)\n",
            ],
        ),
        (
            "envoy",
            "envoy.yaml",
            &[
                "domains: [login.example.com]\n",
                "domains: [\"a.example.com\", \"b.example.com\"]\n",
            ],
        ),
    ];
    for (gateway, name, lines) in rows {
        let text = format!(
            "[deployment]\nname = \"Two\\nhosts\"\ngateway = \"{gateway}\"\nissuer = \"https://login.example.com\"\n[[client]]\nkind = \"spa\"\n\
             hosts = [\"a.example.com\", \"b.example.com\", \"login.example.com\"]\n"
        );
        let conf = written(&text, name);
        assert!(
            conf.starts_with("# Written by `symbolon advise --emit` for Two hosts: "),
            "{conf}"
        );
        assert!(
            !conf.contains("example.org") && !conf.contains("A test runs"),
            "{conf}"
        );
        assert_eq!(
            conf.matches("# login.example.com is the authority's own host")
                .count(),
            1,
            "{conf}"
        );
        for line in lines {
            assert_eq!(conf.matches(line).count(), 1, "{line}: {conf}");
        }
        let any = written(
            &format!("[deployment]\ngateway = \"{gateway}\"\n[[client]]\nkind = \"spa\"\n"),
            name,
        );
        assert!(
            !any.contains("app.example.org") && any.contains("id.example.org"),
            "{any}"
        );
        assert_eq!(written(&text, "symbolon.lua").is_empty(), gateway != "haproxy");
    }
}

#[test]
fn no_file_is_written_for_a_gateway_that_was_not_tested() {
    for gateway in ["other", "none"] {
        let text = format!("[deployment]\ngateway = \"{gateway}\"\n[[client]]\nkind = \"spa\"\n");
        let names: Vec<&str> = files(&read(&text), &Constants::default())
            .iter()
            .map(|file| file.name)
            .collect();
        assert_eq!(names, ["symbolon.toml", "drill.toml", "DRILL.md"]);
    }
}

#[test]
fn what_no_edge_sees_is_written_where_it_is_needed() {
    let text = "[deployment]\nedges = 4\n[scale]\nsessions = 1000\n[requirements]\nrevocation_reads = \"10m\"\nrevocation_writes = \"10m\"\n\
        [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\n\
        [[client]]\nname = \"hook\"\nkind = \"partner\"\noffline_validation = true\naudience = \"https://hooks.example\"\n\
        [[client]]\nname = \"forum\"\nkind = \"server\"\nacts_for_user = true\nhosts = [\"forum.example.org\"]\n";
    let config = written(text, "symbolon.toml");
    for section in [
        "\n[canary]\n# One entry of the log a round: proof at every edge, and an alarm when one accepts too late.\nevery = \"30s\"\n",
        "audiences = [\"https://hooks.example\"]\nsize = 131072\nttl = \"15s\"\n",
        "\n[logout]\n",
    ] {
        assert_eq!(config.matches(section).count(), 1, "{section}: {config}");
    }
    let commands = written(text, "clients.sh");
    let told = " --scope openid --backchannel-logout-uri 'https://forum.example.org/backchannel-logout'";
    assert_eq!(commands.matches(told).count(), 1, "{commands}");
    // In the field nobody can pull, one place needs no canary, and who keeps no secret keeps no sessions of its own.
    let bare = text
        .replace("edges = 4", "edges = 1")
        .replace("partner", "iot")
        .replace("acts_for_user = true", "acts_for_user = false");
    let config = written(&bare, "symbolon.toml");
    for section in ["[canary]", "[status_list]", "[logout]"] {
        assert!(!config.contains(section), "{section}: {config}");
    }
    assert!(!written(&bare, "clients.sh").contains("backchannel"));
    let many = text.replace("sessions = 1000", "sessions = 900000");
    assert!(!written(&many, "symbolon.toml").contains("[status_list]"));
}
