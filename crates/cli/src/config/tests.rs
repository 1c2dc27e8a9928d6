//! Loading, against a small list of settings, and the generated pages against the real one.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::testing::Directory;

const fn key(path: &'static str, form: &'static str, bounds: &'static str) -> Setting {
    Setting {
        path,
        form,
        default: "",
        bounds,
        doc: "What it is.",
    }
}

const SETTINGS: &[Setting] = &[
    key("session.idle", "duration", "1m to 90d"),
    key("session.cap", "integer", "1 to 1000"),
    key("session.overflow", "one of oldest_ends, refuse", ""),
    key("session.applications", "list of text", ""),
    key("keys.sealing", "secret", ""),
    key("events.stdout", "boolean", ""),
    key("[[route]].upstream", "text", ""),
    key("[[route]].match.host", "text", ""),
    key("[[upstream]].secret", "secret", ""),
];

fn load_with(text: &str, environment: &[(&str, &str)]) -> Result<Checked, Vec<Located>> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let source = Source {
        name: "symbolon.toml".to_owned(),
        text: text.to_owned(),
        environment: environment.iter().map(own).collect(),
    };
    load(&source, SETTINGS)
}

fn problems(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let found = load_with(text, environment).err().unwrap_or_default();
    found
        .iter()
        .map(|problem| format!("{problem} [{}]", problem.hint))
        .collect()
}

#[test]
fn a_sound_file_loads() {
    let text = "[session]\nidle = \"15m\"\ncap = 3\noverflow = \"refuse\"\napplications = [\"https://a\"]\n\
        [events]\nstdout = true\n[[route]]\nupstream = \"x\"\nmatch.host = \"h\"\n[[route]]\n[route.match]\nhost = \"i\"\n";
    let checked = load_with(text, &[]).ok().unwrap();
    assert_eq!(checked.table["session"]["cap"].as_integer(), Some(3));
    assert_eq!(checked.table["route"][1]["match"]["host"].as_str(), Some("i"));
    assert!(load_with("", &[]).is_ok());
}

#[test]
fn all_problems_come_at_once_with_their_lines() {
    let text = "[session]\nidel = \"15m\"\ncap = 5000\noverflow = \"refused\"\nidle = \"1s\"\n\n[[route]]\nupstrem = \"x\"\n";
    let mut found = problems(text, &[]);
    found.sort();
    assert_eq!(
        found,
        [
            "symbolon.toml:2: session.idel: is no key that exists [did you mean \"idle\"?]",
            "symbolon.toml:3: session.cap: 5000 is out of bounds [choose 1 to 1000]",
            "symbolon.toml:4: session.overflow: \"refused\" is not one of oldest_ends, refuse [choose one: perhaps \"refuse\"]",
            "symbolon.toml:5: session.idle: \"1s\" is out of bounds [choose 1m to 90d]",
            "symbolon.toml:8: route.0.upstrem: is no key that exists [did you mean \"upstream\"?]",
        ]
    );
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    for (text, near) in [
        ("[sesion]\ncap = 1\n", "session"),
        ("[session]\ncpa = 1\n", "cap"),
        ("[events]\noverflow = \"refuse\"\n", "session.overflow"),
        ("[[route]]\n[route.match]\nhots = \"a\"\n", "host"),
    ] {
        let found = problems(text, &[]);
        assert!(
            found.len() == 1 && found[0].contains(&format!("did you mean \"{near}\"?")),
            "{found:?}"
        );
    }
    assert!(problems("qqqqq = 1\n", &[])[0].contains("is no key that exists"));
}

#[test]
fn wrong_forms_are_refused() {
    for text in [
        "[session]\nidle = 15\n",
        "[session]\nidle = \"15 minutes\"\n",
        "[session]\ncap = \"3\"\n",
        "[session]\napplications = \"a\"\n",
        "[session]\napplications = [1]\n",
        "[events]\nstdout = \"yes\"\n",
        "[route]\nupstream = \"x\"\n",
        "[[session]]\ncap = 1\n",
        "session = 1\n",
    ] {
        assert_eq!(problems(text, &[]).len(), 1, "{text}");
    }
}

#[test]
fn syntax_errors_have_lines() {
    let found = problems("[session]\ncap = \n", &[]);
    assert!(found[0].starts_with("symbolon.toml:2: "), "{found:?}");
}

#[test]
fn the_environment_overrides_by_the_settings_form() {
    let variables = [
        ("SYMBOLON_SESSION__CAP", "7"),
        ("SYMBOLON_SESSION__IDLE", "30m"),
        ("SYMBOLON_SESSION__APPLICATIONS", "https://a, https://b"),
        ("SYMBOLON_EVENTS__STDOUT", "true"),
    ];
    let table = load_with("[session]\ncap = 3\n", &variables).ok().unwrap().table;
    assert_eq!(table["session"]["cap"].as_integer(), Some(7));
    assert_eq!(table["session"]["applications"].as_array().unwrap().len(), 2);
    assert_eq!(table["events"]["stdout"].as_bool(), Some(true));
    let found = problems(
        "",
        &[("SYMBOLON_SESSION__CPA", "1"), ("SYMBOLON_SESSION__CAP", "many")],
    );
    assert!(found[0].starts_with("SYMBOLON_SESSION__CAP: session.cap: \"many\" is not a whole number"));
    assert!(found[1].contains("did you mean \"cap\"?"));
}

#[test]
fn secrets_come_by_reference_only_and_are_never_quoted() {
    let dir = Directory::new();
    let file = dir.path().join("sealing.key");
    std::fs::write(&file, "hunter2-from-file\n").unwrap();
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    let text = format!("[keys]\nsealing = {{ file = {:?} }}\n", file.display());
    let checked = load_with(&text, &[]).ok().unwrap();
    assert_eq!(checked.secrets["keys.sealing"].as_str(), "hunter2-from-file");
    assert!(!format!("{:?}", checked.table).contains("hunter2"));
    mode(0o644);
    let found = problems(&text, &[]);
    assert!(
        found[0].contains("chmod 600") && !found[0].contains("hunter2"),
        "{found:?}"
    );
    for written in [
        "\"hunter2\"",
        "{ file = \"a\", env = \"b\" }",
        "{ value = \"hunter2\" }",
        "{ env = \"NOT_SET_HERE\" }",
    ] {
        let found = problems(&format!("[keys]\nsealing = {written}\n"), &[]);
        assert!(found.len() == 1 && !found[0].contains("hunter2"), "{found:?}");
    }
}

#[test]
fn the_example_and_the_reference_are_made_from_the_settings() {
    let all = settings();
    let paths: std::collections::BTreeSet<&str> = all.iter().map(|setting| setting.path).collect();
    assert_eq!(paths.len(), all.len(), "a key is listed twice");
    let page = reference(&all);
    assert!(
        all.iter()
            .all(|setting| page.contains(&format!("| `{}` |", setting.path.rsplit('.').next().unwrap())))
    );
    let template = template(&all);
    let source = |text: String| Source {
        name: "symbolon.toml".to_owned(),
        text,
        environment: BTreeMap::new(),
    };
    assert!(load(&source(template.clone()), &all).is_ok(), "{template}");
    // With every default switched on it must load and satisfy every room.
    let live: String = template
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') && !rest.ends_with("= ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let live = source(live);
    let checked = load(&live, &all);
    let checked = checked.unwrap_or_else(|problems| panic!("{problems:?}\n{}", live.text));
    assert_eq!(judge(&checked, &live), []);
}

#[test]
fn rooms_judge_what_a_form_cannot() {
    let source = Source {
        name: "s.toml".to_owned(),
        text: "[server]\nissuer = \"http://id.example.org\"\nlisten = \"0.0.0.0:80\"\n[server.tls]\nkey = \"k\"\n".to_owned(),
        environment: BTreeMap::new(),
    };
    let checked = load(&source, &settings()).ok().unwrap();
    let places: Vec<String> = judge(&checked, &source)
        .iter()
        .map(|p| format!("{} {}", p.place, p.path))
        .collect();
    for expected in [
        "s.toml:2 server.issuer",
        "s.toml:3 server.listen",
        "s.toml:4 server.tls.certificate",
    ] {
        assert!(
            places.iter().any(|place| place == expected),
            "{expected} in {places:?}"
        );
    }
}
