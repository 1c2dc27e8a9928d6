//! The text as a table, with the line of every key.

use std::collections::BTreeMap;

use toml::Table;
use toml::de::{DeTable, DeValue};

/// Lines, counted from 1, by path; elements of lists have a number in theirs.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of a path, or of the nearest thing around it.
    pub(crate) fn of(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(*line);
            }
            path = path.rsplit_once('.')?.0;
        }
    }
}

/// Parses; all syntax errors at once, each with its line.
pub(crate) fn parse(text: &str) -> Result<(Table, Lines), Vec<(usize, String)>> {
    let line = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let told = |error: &toml::de::Error| {
        let at = error.span().map_or(1, |span| line(span.start));
        (at, error.message().to_owned())
    };
    let (spanned, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(told).collect());
    }
    let table = toml::from_str::<Table>(text).map_err(|error| vec![told(&error)])?;
    let mut lines = BTreeMap::new();
    note_table(spanned.get_ref(), "", &line, &mut lines);
    Ok((table, Lines(lines)))
}

fn note_table(
    table: &DeTable<'_>,
    prefix: &str,
    line: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) {
    for (key, value) in table {
        let path = join(prefix, key.get_ref());
        lines.insert(path.clone(), line(key.span().start));
        note_value(value.get_ref(), &path, line, lines);
        if let DeValue::Array(list) = value.get_ref() {
            for (index, element) in list.iter().enumerate() {
                let path = join(&path, &index.to_string());
                lines.insert(path.clone(), line(element.span().start));
                note_value(element.get_ref(), &path, line, lines);
            }
        }
    }
}

fn note_value(
    value: &DeValue<'_>,
    path: &str,
    line: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) {
    if let DeValue::Table(inner) = value {
        note_table(inner, path, line, lines);
    }
}

/// `prefix.name`.
pub(crate) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}
