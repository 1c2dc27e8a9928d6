//! `symbolon.toml` and the variables that override it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::setting::Setting;
use toml::{Table, Value};

use crate::config::{Source, judge, load, settings};
use crate::env::PREFIX;

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(settings);

/// The data are a file; after a line of `%%`, variables, one `NAME=value` a line. What loads holds known keys alone,
/// and no secret; what does not load is told with its place.
pub fn fuzz_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (file, variables) = text.split_once("\n%%\n").unwrap_or((text, ""));
    let source = Source {
        name: "symbolon.toml".to_owned(),
        text: file.to_owned(),
        environment: environment(variables),
    };
    match load(&source, &SETTINGS) {
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            for problem in problems {
                let known = problem.place.starts_with("symbolon.toml") || problem.place.starts_with(PREFIX);
                assert!(
                    known && !problem.message.is_empty() && !problem.hint.is_empty(),
                    "{problem}"
                );
            }
        }
        Ok(checked) => {
            for (path, value) in leaves("", &checked.table) {
                let setting = SETTINGS
                    .iter()
                    .find(|setting| setting.path.replace(['[', ']'], "") == path);
                assert!(
                    setting.is_some_and(|setting| setting.form != "secret"),
                    "{path} = {value:?}"
                );
            }
            for path in checked.secrets.keys() {
                assert!(at(&checked.table, path).is_none(), "{path} stayed");
            }
            overridden(&checked.table, &source.environment);
            judge(&checked, &source);
            let slip = Source {
                text: format!("zz_unknown = 1\n{file}"),
                ..Source::default()
            };
            assert!(load(&slip, &SETTINGS).is_err(), "an unknown key was taken");
        }
    }
}

fn environment(lines: &str) -> BTreeMap<String, String> {
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    pairs
        .filter(|(name, _)| name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains("__")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Every value that is no table, by its path; elements of repeated sections go by the section.
fn leaves(prefix: &str, table: &Table) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, value) in table {
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Table(inner) => all.extend(leaves(&path, inner)),
            Value::Array(items) if items.iter().any(Value::is_table) => {
                all.extend(
                    items
                        .iter()
                        .filter_map(Value::as_table)
                        .flat_map(|inner| leaves(&path, inner)),
                );
            }
            other => all.push((path, other.clone())),
        }
    }
    all
}

fn at<'t>(table: &'t Table, path: &str) -> Option<&'t Value> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = table.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => at(value.as_table()?, rest),
    }
}

/// A variable wins over the file.
fn overridden(table: &Table, variables: &BTreeMap<String, String>) {
    for (name, text) in variables {
        let path = name
            .trim_start_matches(PREFIX)
            .to_ascii_lowercase()
            .replace("__", ".");
        let twice = variables
            .keys()
            .filter(|other| other.eq_ignore_ascii_case(name))
            .count()
            > 1;
        if let Some(Value::String(value)) = at(table, &path)
            && !twice
        {
            assert_eq!(value, text, "{path}");
        }
    }
}
