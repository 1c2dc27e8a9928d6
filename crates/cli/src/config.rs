//! `symbolon.toml` with the environment on top: read, checked against every room's settings, handed on as a table.
//! Secrets are resolved here and nowhere else, and leave as [`Zeroizing`] texts.

mod edges;
mod environment;
mod form;
mod lines;
mod pages;
mod resolve;
mod server;
mod shape;

use std::collections::BTreeMap;
use std::path::Path;

use domain::setting::{Problem, Setting};
use serde::Serialize;
use toml::Table;
use zeroize::Zeroizing;

pub(crate) use edges::RawEdges;
pub(crate) use pages::{reference, reference_json, template, topology_reference};
pub(crate) use server::{RawServing, ServingConfig, TlsFiles};

use crate::failure::Failure;
use lines::Lines;
use shape::Shape;

/// What is loaded.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The file's name, for messages; empty when there is no file.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
    /// `SYMBOLON_SECTION__KEY` variables.
    pub(crate) environment: BTreeMap<String, String>,
}

/// A configuration whose keys are known and whose values have their form.
pub(crate) struct Checked {
    /// Everything but secrets, for each room's raw structure.
    pub(crate) table: Table,
    /// Secrets by path, such as `keys.sealing` or `upstream.0.secret`.
    pub(crate) secrets: BTreeMap<String, Zeroizing<String>>,
}

/// A problem with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Located {
    /// `symbolon.toml:12`, or the variable's name.
    pub(crate) place: String,
    /// `section.key`.
    pub(crate) path: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: String,
}

impl std::fmt::Display for Located {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let separator = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}: {}{separator}{}", self.place, self.path, self.message)
    }
}

/// Every setting of every room, in the order of the reference.
pub(crate) fn settings() -> Vec<Setting> {
    let rooms: &[&[Setting]] = &[
        server::SETTINGS,
        authority::SETTINGS,
        edge::SETTINGS,
        edge::ROUTE_SETTINGS,
    ];
    let mut all: Vec<Setting> = rooms.iter().copied().flatten().copied().collect();
    // Sections stay together, in the order in which they first appear.
    let sections: Vec<&str> = all.iter().map(|setting| shape::section(setting.path)).collect();
    let place = |path: &str| {
        sections
            .iter()
            .position(|section| *section == shape::section(path))
    };
    all.sort_by_key(|setting| place(setting.path));
    all
}

/// One room's part of a table whose values have their form.
pub(crate) fn room<R: serde::de::DeserializeOwned>(table: &Table) -> Result<R, Failure> {
    table
        .clone()
        .try_into()
        .map_err(|error| Failure::fault("the configuration cannot be read").because(&error))
}

/// Nothing starts with these.
pub(crate) fn refuse(problems: &[Located]) -> Failure {
    let mut failure = Failure::mistake("the configuration has problems")
        .hint("`symbolon config check` lists them with their remedies");
    failure.causes = problems.iter().map(|p| format!("{p} ({})", p.hint)).collect();
    failure
}

/// The file's text.
pub(crate) fn read_file(file: &Path) -> Result<String, Failure> {
    read_text(file).map_err(|failure| failure.hint("`symbolon config init` writes a first one"))
}

/// A file's text, without a word on where to find one.
pub(crate) fn read_text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::mistake(format!("cannot read {}", file.display())).because(&error))
}

/// Reads a configuration.
///
/// # Errors
/// Every problem at once, each with its place and remedy.
pub(crate) fn load(source: &Source, settings: &[Setting]) -> Result<Checked, Vec<Located>> {
    let shape = Shape::of(settings);
    let (table, lines) = parsed(source)?;
    let mut problems = Vec::new();
    let mut table = table;
    let overridden = environment::apply(&mut table, &source.environment, &shape, &mut problems);
    let mut secrets = BTreeMap::new();
    resolve::walk(&mut table, &shape, &mut secrets, &mut problems);
    if problems.is_empty() {
        return Ok(Checked { table, secrets });
    }
    Err(located(problems, source, &lines, &overridden))
}

fn parsed(source: &Source) -> Result<(Table, Lines), Vec<Located>> {
    lines::parse(&source.text).map_err(|errors| {
        let located = errors.into_iter().map(|(line, message)| Located {
            place: format!("{}:{line}", source.name),
            path: String::new(),
            message,
            hint: "see https://toml.io: texts stand in quotes".to_owned(),
        });
        located.collect()
    })
}

/// Reads a file of another kind by its own settings. What is wrong with a value's form does not hide how the others fit.
///
/// # Errors
/// Every problem at once, each with its place and remedy.
pub(crate) fn read_as<R: serde::de::DeserializeOwned, T>(
    source: &Source,
    settings: &[Setting],
    check: impl Fn(R) -> Result<T, Vec<Problem>>,
) -> Result<T, Vec<Located>> {
    let (mut table, lines) = parsed(source)?;
    let mut problems = Vec::new();
    resolve::walk(
        &mut table,
        &Shape::of(settings),
        &mut BTreeMap::new(),
        &mut problems,
    );
    for problem in &problems {
        remove(&mut table, &problem.path);
    }
    let value = match table.try_into::<R>() {
        Ok(raw) => check(raw),
        Err(error) => Err(vec![Problem::new("", error.message(), "mend the rest first")]),
    };
    match value {
        Ok(value) if problems.is_empty() => return Ok(value),
        Ok(_) => {}
        // A key that was taken away for its form is not missing.
        Err(unfit) => {
            let known: Vec<String> = problems.iter().map(|problem| problem.path.clone()).collect();
            problems.extend(unfit.into_iter().filter(|problem| !known.contains(&problem.path)));
        }
    }
    let mut told = located(problems, source, &lines, &BTreeMap::new());
    // What is missing altogether is told where it may be added: at the end.
    let end = source.text.lines().count().max(1);
    for problem in told.iter_mut().filter(|problem| problem.place == source.name) {
        problem.place = format!("{}:{end}", source.name);
    }
    Err(told)
}

/// Takes a key out of a table, wherever it stands.
fn remove(table: &mut Table, path: &str) {
    let Some((inside, key)) = path.rsplit_once('.') else {
        table.remove(path);
        return;
    };
    let mut segments = inside.split('.');
    let first = segments.next().and_then(|name| table.get_mut(name));
    let here = segments.try_fold(first, |here, segment| match here? {
        toml::Value::Table(inner) => Some(inner.get_mut(segment)),
        toml::Value::Array(list) => Some(segment.parse::<usize>().ok().and_then(|at| list.get_mut(at))),
        _ => None,
    });
    if let Some(toml::Value::Table(inner)) = here.flatten() {
        inner.remove(key);
    }
}

/// What the rooms themselves hold against it: how values fit each other.
pub(crate) fn judge(checked: &Checked, source: &Source) -> Vec<Located> {
    let mut problems = Vec::new();
    problems.extend(problems_of::<RawServing, _>(checked, RawServing::check));
    problems.extend(problems_of::<authority::RawConfig, _>(
        checked,
        authority::RawConfig::check,
    ));
    // Routes are judged for an issuer: once that is sound.
    if let Some(authority) = checked
        .table
        .clone()
        .try_into()
        .ok()
        .and_then(|raw: authority::RawConfig| raw.check().ok())
    {
        problems.extend(problems_of::<RawEdges, _>(checked, |raw| raw.check(&authority)));
    }
    locate(problems, source)
}

/// Problems of a configuration with the lines or variables that they come from.
pub(crate) fn locate(problems: Vec<Problem>, source: &Source) -> Vec<Located> {
    let lines = lines::parse(&source.text)
        .map(|(_, lines)| lines)
        .unwrap_or_default();
    located(problems, source, &lines, &environment::names(&source.environment))
}

fn problems_of<R: serde::de::DeserializeOwned, T>(
    checked: &Checked,
    check: impl Fn(R) -> Result<T, Vec<Problem>>,
) -> Vec<Problem> {
    match checked.table.clone().try_into::<R>() {
        Ok(raw) => check(raw).err().unwrap_or_default(),
        Err(error) => vec![Problem::new(
            "",
            error.message(),
            "see `symbolon config reference`",
        )],
    }
}

fn located(
    problems: Vec<Problem>,
    source: &Source,
    lines: &Lines,
    overridden: &BTreeMap<String, String>,
) -> Vec<Located> {
    let place = |path: &str| match (overridden.get(path), lines.of(path)) {
        (Some(variable), _) => variable.clone(),
        (None, Some(line)) => format!("{}:{line}", source.name),
        (None, None) => source.name.clone(),
    };
    let located = problems.into_iter().map(|problem| Located {
        place: place(&problem.path),
        path: problem.path,
        message: problem.message,
        hint: problem.hint,
    });
    located.collect()
}

#[cfg(test)]
mod tests;
