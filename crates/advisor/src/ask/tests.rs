use super::*;
use crate::topology::RawTopology;

fn check(text: &str) -> Vec<String> {
    let raw = toml::from_str::<RawTopology>(text).map_err(|error| vec![error.to_string()]);
    let checked = raw.map(|raw| {
        raw.check()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|p| p.message)
            .collect()
    });
    checked.unwrap_or_else(|errors| errors)
}

fn spoken(lines: &[&str]) -> (Dialogue, Vec<String>) {
    let mut dialogue = Dialogue::default();
    let mut told = Vec::new();
    for line in lines {
        assert!(dialogue.prompt().is_some(), "{line}");
        told.extend(dialogue.hear(line, check).err());
    }
    (dialogue, told)
}

#[test]
fn enter_all_the_way_is_a_topology() {
    let (dialogue, told) = spoken(&[""; 11]);
    assert_eq!((dialogue.prompt(), told), (None, Vec::new()));
    assert_eq!(check(&dialogue.topology()), [""; 0]);
    assert!(dialogue.topology().contains("kind = \"browser_same_site\""));
}

#[test]
fn answers_come_by_number_or_word_and_one_can_go_back() {
    let (dialogue, told) = spoken(&[
        "4, mobile",
        "12",
        "b",
        "008",
        "3",
        "envoy",
        "1 2",
        "5000",
        "b",
        "6000",
    ]);
    assert_eq!(told, [""; 0]);
    let text = dialogue.topology();
    for line in [
        "kind = \"spa\"",
        "kind = \"mobile\"",
        "edges = 8\n",
        "regions = 3\n",
        "gateway = \"envoy\"",
        "redis = true\npostgresql = true",
        "sessions = 6000",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("edges = 12"));
    assert_eq!(check(&text), [""; 0]);
}

#[test]
fn a_wrong_answer_is_told_and_asked_again() {
    let (dialogue, told) = spoken(&["spaceship", "1", "0", "many", "1; x = 2", "2", "1", "1,2"]);
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[0].contains("\"spaceship\" is not among the choices") && told[1].contains("out of bounds"));
    assert!(told[3].contains("write a number") && told[4].contains("choose one only"));
    assert!(dialogue.topology().contains("edges = 2\n"));
}

#[test]
fn prompts_fit_a_terminal() {
    let mut dialogue = Dialogue::default();
    while let Some(prompt) = dialogue.prompt() {
        for line in prompt.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        dialogue.hear("", check).unwrap();
    }
}

#[test]
fn a_form_is_read_as_the_dialogue_is() {
    let (dialogue, _) = spoken(&["4, mobile", "8", "3", "envoy", "1 2", "6000", "50", "5s", "", "2"]);
    let form = [
        ("clients", "spa"),
        ("clients", "mobile"),
        ("edges", "8"),
        ("regions", "3"),
        ("gateway", "envoy"),
        ("existing", "redis"),
        ("existing", "postgresql"),
        ("sessions", " 6000 "),
        ("requests", "50"),
        ("revocation", "5s"),
        ("store_down", "reads"),
        ("utm_source", "x"),
    ];
    assert_eq!(Answers::read(&form).unwrap().topology(), dialogue.topology());
    let untouched: [(&str, &str); 1] = [("utm_source", "x")];
    assert_eq!(Answers::read(&untouched).unwrap(), Answers::default());
    assert_eq!(Answers::default().topology(), Dialogue::default().topology());
}

#[test]
fn every_field_that_is_no_answer_is_told_at_once() {
    let long = "9".repeat(500);
    let form = [
        ("edges", "1\nx = 2"),
        ("regions", long.as_str()),
        ("gateway", "nginx,envoy"),
        ("existing", "oracle"),
        ("sessions", ""),
        ("requests", "-1"),
        ("revocation", "\"10s"),
        ("store_down", "refuse"),
    ];
    let wrong = Answers::read(&form).unwrap_err();
    let told: Vec<&str> = wrong.iter().map(|wrong| wrong.id).collect();
    let all = [
        "clients",
        "edges",
        "regions",
        "gateway",
        "existing",
        "sessions",
        "requests",
        "revocation",
    ];
    assert_eq!(told, all);
    assert_eq!(wrong[0].message, "choose one", "whoever ticks no client has none");
}

#[test]
fn the_summary_shows_the_file_and_waits() {
    let (mut dialogue, _) = spoken(&[""; 10]);
    assert!(dialogue.prompt().unwrap().contains("[[client]]"));
    assert!(dialogue.hear("x", check).is_err() && dialogue.prompt().is_some());
    dialogue.hear("b", check).unwrap();
    assert!(dialogue.prompt().unwrap().contains("while the store is down"));
}
