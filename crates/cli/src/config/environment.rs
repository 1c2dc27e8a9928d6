//! `SYMBOLON_SECTION__KEY`: the environment overrides the file, key by key.

use std::collections::BTreeMap;

use domain::setting::Problem;
use toml::{Table, Value};

use super::form;
use super::shape::Shape;
use crate::env::PREFIX;

/// Puts every variable into the table. Gives the variable of each path that was set by one.
pub(crate) fn apply(
    table: &mut Table,
    variables: &BTreeMap<String, String>,
    shape: &Shape,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    for (name, text) in variables {
        if let Err(problem) = set(table, name, text, shape) {
            problems.push(problem);
        }
    }
    names(variables)
}

/// The path of each variable.
pub(crate) fn names(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    variables
        .keys()
        .map(|name| (segments(name).join("."), name.clone()))
        .collect()
}

fn segments(name: &str) -> Vec<String> {
    let path = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase();
    path.split("__").map(str::to_owned).collect()
}

fn set(table: &mut Table, name: &str, text: &str, shape: &Shape) -> Result<(), Problem> {
    let segments = segments(name);
    let path = segments.join(".");
    let Some(setting) = shape.find(&segments) else {
        let (inside, key) = segments.split_at(segments.len().saturating_sub(1));
        let key = key.first().map(String::as_str).unwrap_or_default();
        let hint = match shape.nearest(inside, key) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "repeated sections stand in the file only; see `symbolon config reference`".to_owned(),
        };
        return Err(Problem::new(path, "is no key that a variable can set", hint));
    };
    let value = if setting.form == "secret" {
        // The variable itself is the reference.
        Value::Table(Table::from_iter([(
            "env".to_owned(),
            Value::String(name.to_owned()),
        )]))
    } else {
        form::from_text(setting, text).map_err(|(message, hint)| Problem::new(path.clone(), message, hint))?
    };
    insert(table, &segments, value).ok_or_else(|| {
        Problem::new(
            path,
            "stands inside something that is no section",
            "mend the file first",
        )
    })
}

fn insert(table: &mut Table, segments: &[String], value: Value) -> Option<()> {
    let (last, inside) = segments.split_last()?;
    let mut here = table;
    for segment in inside {
        let next = here
            .entry(segment.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        here = next.as_table_mut()?;
    }
    here.insert(last.clone(), value);
    Some(())
}
