use super::*;
use crate::simulation::{Asked, Scenario, run, scenario};
use crate::{Constants, RawTopology};

fn small() -> Scenario {
    let text = "[deployment]\nname = \"<b>x\\u001b[2J\"\nregions = 2\nedges = 4\n[scale]\nusers = 5000\nrequests_per_second = 5\n[[client]]\nkind = \"mobile\"\n";
    let raw: RawTopology = toml::from_str(text).unwrap();
    scenario(
        &raw.check().unwrap(),
        &Constants::default(),
        &Asked {
            days: Some(0.1),
            ..Asked::default()
        },
    )
    .unwrap()
}

fn outcome() -> Outcome {
    run(&small(), 1, &mut |_| {})
}

#[test]
fn a_terminal_gets_80_columns_and_nothing_that_steers_it() {
    let text = text(&outcome());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}') && text.contains("exposure, worst"));
}

#[test]
fn pages_need_nothing_from_elsewhere_and_names_are_text() {
    let outcome = outcome();
    let page = html(&outcome);
    for word in [
        "http://", "https://", "url(", "src=", "@import", "<link", "<script", "<b>",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    let drawing = svg(&outcome);
    assert_eq!(
        drawing.matches("http").count(),
        1,
        "the name of the form, and nothing else"
    );
    for page in [&page, &drawing] {
        assert!(page.contains("prefers-color-scheme: dark"));
        for word in ["NaN", "inf,", "\"inf"] {
            assert!(!page.contains(word), "{word}");
        }
        for tag in [
            "svg", "text", "g", "figure", "div", "table", "ul", "li", "section",
        ] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn every_chart_has_every_way_that_has_something_to_show() {
    let page = figures(&outcome());
    for title in [
        "Latency of the check",
        "Accepted after a revocation",
        "Operations at the store",
        "Good requests refused",
        "Revoked requests accepted",
    ] {
        assert!(page.contains(title), "{title}");
    }
    // The store's load of each.
    for way in Way::ALL {
        assert!(
            page.matches(&format!("<polyline class=\"{}\"", way.as_str()))
                .count()
                >= 1,
            "{}",
            way.as_str()
        );
    }
}

#[test]
fn json_has_the_figures() {
    let json = json(&outcome());
    assert_eq!(json["ways"].as_array().unwrap().len(), 5);
    assert_eq!(json["ways"][4]["way"], "ours");
    assert_eq!(json["ways"][4]["past_bound"], 0);
    assert_eq!(json["scenario"]["method"], "exact");
}
