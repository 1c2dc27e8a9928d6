//! What the pages for operators say is true: each command is one that we have, and each metric of a rule exists.

use std::path::Path;

use clap::Parser;
use clap::error::ErrorKind;

use super::Cli;

#[path = "../../../advisor/tests/support/small.rs"]
mod small;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Words as a shell takes them: quotes, and nothing else.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

/// What stands for something that differs at each installation.
fn sample(word: String) -> String {
    match word.as_str() {
        "SID" | "ses_..." => format!("ses_{}", "0".repeat(26)),
        "sec_..." => format!("sec_{}", "0".repeat(26)),
        "$(cat drill-session)" => format!("ses_{}", "0".repeat(26)),
        "user:01j..." => format!("user:{}", "0".repeat(26)),
        _ => word,
    }
}

/// Lines of a page's console blocks that run `symbolon`, up to a redirection or a pipe.
fn typed(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").or_else(|| line.strip_prefix("# "))
            && inside
            && command.starts_with("symbolon ")
        {
            lines.push(command.split(['>', '|', '<']).next().unwrap().to_owned());
        }
    }
    lines
}

/// Commands that a page mentions in its text.
fn mentioned(page: &str) -> Vec<String> {
    let prose = page.split("```").step_by(2).collect::<Vec<_>>().concat();
    let spans = prose.split('`').skip(1).step_by(2);
    spans
        .map(|s| s.trim_start_matches("$ "))
        .filter(|s| s.starts_with("symbolon "))
        .map(|s| s.split(['>', '|', '<']).next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_command_of_the_pages_is_one_that_we_have() {
    let mut seen = 0;
    for file in [
        "README.md",
        "docs/OPERATIONS.md",
        "docs/SECURITY-MODEL.md",
        "docs/audit/README.md",
    ] {
        let page = read(file);
        let whole = typed(&page).into_iter().map(|line| (line, false));
        for (line, may_be_short) in whole.chain(mentioned(&page).into_iter().map(|line| (line, true))) {
            let parsed = Cli::try_parse_from(words(&line).into_iter().map(sample));
            match parsed.map_err(|e| e.kind()) {
                Ok(_) => {}
                Err(
                    ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                ) if may_be_short => {}
                Err(kind) => panic!("{file}: {line}: {kind}"),
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "the pages are not read: {seen}");
}

#[test]
fn a_command_that_we_do_not_have_is_found() {
    let page = "```console\n$ symbolon sesion list\n$ cargo build\n```\n`symbolon user add --boss x`";
    assert_eq!(typed(page), ["symbolon sesion list"]);
    assert_eq!(mentioned(page), ["symbolon user add --boss x"]);
    for line in typed(page).into_iter().chain(mentioned(page)) {
        assert!(Cli::try_parse_from(words(&line)).is_err(), "{line}");
    }
}

/// Each `symbolon` of a drill's commands, up to what ends a command of the shell outside of quotes.
fn drilled(run: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in run.match_indices("symbolon ") {
        let mut quote = None;
        let inside = |c: &char| {
            match quote {
                Some(open) if open == *c => quote = None,
                None if matches!(c, '\'' | '"') => quote = Some(*c),
                None => return !matches!(c, '|' | '>' | '<' | ';' | '&' | ')' | '\n'),
                Some(_) => {}
            }
            true
        };
        found.push(run[at..].chars().take_while(inside).collect());
    }
    found
}

/// The drills of the worked topologies, and of the forty small ones.
fn plans() -> Vec<advisor::emit::Plan> {
    let small = small::CASES.iter().map(|(_, text, _)| small::expand(text));
    let worked = advisor::gallery::GALLERY
        .iter()
        .map(|(_, text)| (*text).to_owned());
    let read = |text: String| {
        let raw: advisor::RawTopology = toml::from_str(&text).unwrap();
        advisor::emit::drills(&raw.check().unwrap(), &advisor::Constants::default())
    };
    worked.chain(small).map(read).collect()
}

#[test]
fn every_command_of_every_emitted_drill_is_one_that_we_have() {
    let mut seen = 0;
    let plans = plans();
    assert!(plans.len() >= 52, "{}", plans.len());
    for plan in &plans {
        let steps = plan.drills.iter().flat_map(|drill| &drill.steps);
        let runs = steps
            .chain(&plan.prepare)
            .chain(&plan.clean)
            .filter_map(|step| match step {
                advisor::emit::Step::Run { run, .. } => Some(run.as_str()),
                advisor::emit::Step::Hand { .. } => None,
            });
        for run in runs.chain([plan.functions]) {
            for line in drilled(run) {
                let parsed = Cli::try_parse_from(words(&line).into_iter().map(sample));
                assert!(
                    parsed.is_ok(),
                    "{line}: {:?}",
                    parsed.err().map(|e| e.to_string())
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "the drills are not read: {seen}");
}

#[test]
fn a_drill_with_a_command_that_we_do_not_have_is_found() {
    let run = "x=\"$(cat y)\"; symbolon edge lst --json | jq '.a | .b'\nuntil symbolon revoke client \"a;b\" --wait enforcd > f; do :; done";
    assert_eq!(
        drilled(run),
        [
            "symbolon edge lst --json ",
            "symbolon revoke client \"a;b\" --wait enforcd "
        ]
    );
    for line in drilled(run) {
        assert!(Cli::try_parse_from(words(&line)).is_err(), "{line}");
    }
}

/// A metric's row: its name, and what its column of labels says.
fn rows(page: &str) -> Vec<(String, String)> {
    let cells = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().filter(|l| l.starts_with("| `symbolon_"));
    rows.map(cells)
        .map(|c| (c[1].trim_matches('`').to_owned(), c[4].clone()))
        .collect()
}

/// What is wrong with the metrics of one rule's expression.
fn wrong(expression: &str, metrics: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in expression.match_indices("symbolon_") {
        let rest = &expression[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let suffixes = ["", "_bucket", "_sum", "_count"];
        let base = |suffix: &&str| name.strip_suffix(suffix).map(str::to_owned);
        let known = suffixes
            .iter()
            .filter_map(base)
            .find_map(|base| metrics.iter().find(|(known, _)| *known == base));
        let Some((_, labels)) = known else {
            found.push(format!("no metric {name}"));
            continue;
        };
        let asked = rest.strip_prefix('{').and_then(|r| r.split_once('}'));
        for pair in asked
            .map_or("", |(pairs, _)| pairs)
            .split(',')
            .filter(|p| !p.is_empty())
        {
            let (label, values) = pair.split_once('=').unwrap();
            let of_label = labels
                .split("; ")
                .find_map(|l| l.strip_prefix(&format!("`{label}`: ")));
            let of_label: Vec<&str> = of_label.unwrap_or_default().split(", ").collect();
            for value in values.trim_matches(['~', '"']).split('|') {
                if !of_label.contains(&value) {
                    found.push(format!("{name} has no {label} {value}"));
                }
            }
        }
    }
    found
}

#[test]
fn every_metric_of_the_alert_rules_exists() {
    let metrics = rows(&read("docs/METRICS.md"));
    let rules = read("docs/alerts.yml");
    let expressions: Vec<&str> = rules
        .lines()
        .filter_map(|l| l.trim().strip_prefix("expr: "))
        .collect();
    assert!(expressions.len() > 10 && metrics.len() > 15);
    for expression in expressions {
        assert_eq!(wrong(expression, &metrics), [""; 0], "{expression}");
    }
}

#[test]
fn a_metric_or_label_that_does_not_exist_is_found() {
    let metrics = [(
        "symbolon_logins_total".to_owned(),
        "`what`: ok, refused".to_owned(),
    )];
    assert!(
        wrong(
            "rate(symbolon_logins_total{what=~\"ok|refused\"}[5m]) > 1",
            &metrics
        )
        .is_empty()
    );
    assert_eq!(
        wrong("symbolon_login_total > 1", &metrics),
        ["no metric symbolon_login_total"]
    );
    assert_eq!(
        wrong("symbolon_logins_total{what=\"lost\"} > 1", &metrics),
        ["symbolon_logins_total has no what lost"]
    );
    assert_eq!(
        wrong("symbolon_logins_total{who=\"ok\"}", &metrics),
        ["symbolon_logins_total has no who ok"]
    );
}
