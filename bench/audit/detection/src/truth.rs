//! What is wrong with each target, and what is not: data in `bench/audit/truth`, written down before the checks are run.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::Fault;

/// One file: targets of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    #[serde(rename = "target")]
    pub(crate) targets: Vec<Target>,
    /// What holds for every twin of the file: how this benchmark's own part of the targets is made.
    #[serde(default, rename = "remains")]
    remains: Vec<Remains>,
}

/// A program from a registry in one version, in one use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The server's source, below `bench/audit`.
    pub(crate) program: String,
    /// Node: the package's name in `package.json`. Python: the file of requirements.
    pub(crate) set: String,
    /// How the library is used: an argument of the server.
    #[serde(rename = "use")]
    pub(crate) usage: String,
    /// Absent for a target with faults; else the one that this is the mended form of.
    pub(crate) twin_of: Option<String>,
    #[serde(default, rename = "fault")]
    pub(crate) faults: Vec<Known>,
    #[serde(default, rename = "remains")]
    pub(crate) remains: Vec<Remains>,
}

/// What a target does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Checks tokens: `symbolon audit jwt`.
    Token,
    /// Signs users in: `symbolon pentest` and `symbolon audit cookies`.
    Site,
}

/// A fault that somebody else wrote about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    pub(crate) class: String,
    pub(crate) says: String,
    /// CVE, advisory or page of the documentation.
    pub(crate) source: String,
    /// Any of these checks finds it; `check @ place` wants a finding at that place.
    pub(crate) found_by: Vec<String>,
    /// Any of these categories of wapiti's report does.
    #[serde(default)]
    pub(crate) wapiti: Vec<String>,
    /// Whether somebody gains by it at once. The bound on recall is for these.
    #[serde(default = "yes")]
    pub(crate) exploitable: bool,
}

/// What is true of a twin all the same, and is therefore no false finding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remains {
    #[serde(default)]
    pub(crate) checks: Vec<String>,
    #[serde(default)]
    pub(crate) wapiti: Vec<String>,
    pub(crate) why: String,
}

const fn yes() -> bool {
    true
}

/// Reads every file, and refuses what cannot be true.
///
/// # Errors
/// A file is no truth: an unknown check, a fault without a source, a twin of nothing.
pub(crate) fn read(folder: &Path) -> Result<Vec<Target>, Fault> {
    let mut targets = Vec::new();
    for name in ["tokens.toml", "sites.toml"] {
        let text = std::fs::read_to_string(folder.join(name)).map_err(Fault::io(name))?;
        targets.extend(parse(&text).map_err(|error| Fault::new(format!("{name}: {error}")))?);
    }
    sound(&targets).map_err(Fault::new)?;
    Ok(targets)
}

/// The check and the place of an entry: `check`, or `check @ place`.
pub(crate) fn place_of(entry: &str) -> (&str, Option<&str>) {
    entry
        .split_once(" @ ")
        .map_or((entry, None), |(check, place)| (check, Some(place)))
}

fn parse(text: &str) -> Result<Vec<Target>, String> {
    let truth: Truth = toml::from_str(text).map_err(|error| error.to_string())?;
    let common = truth.remains;
    let with_common = |mut target: Target| {
        if target.faults.is_empty() {
            target.remains.extend(common.iter().cloned());
        }
        target
    };
    Ok(truth.targets.into_iter().map(with_common).collect())
}

fn sound(targets: &[Target]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for target in targets {
        let name = &target.name;
        if !names.insert(name.as_str()) {
            return Err(format!("{name} comes twice"));
        }
        if let Some(of) = &target.twin_of
            && !targets
                .iter()
                .any(|other| other.name == *of && !other.faults.is_empty())
        {
            return Err(format!("{name} is the twin of {of}, which has no fault"));
        }
        let checks = target.faults.iter().flat_map(|fault| &fault.found_by);
        let checks = checks.chain(target.remains.iter().flat_map(|remains| &remains.checks));
        for entry in checks {
            let (check, _) = place_of(entry);
            if audit::by_id(check).is_none() {
                return Err(format!("{name}: there is no check {check}"));
            }
        }
        let is_told = |fault: &Known| {
            !(fault.class.is_empty()
                || fault.says.is_empty()
                || fault.source.is_empty()
                || fault.found_by.is_empty())
        };
        if !target.faults.iter().all(is_told) {
            return Err(format!("{name}: a fault without class, words, source or checks"));
        }
        if target.remains.iter().any(|remains| remains.why.is_empty()) {
            return Err(format!("{name}: something remains without a reason"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[target]]
        name = "a 1"
        kind = "token"
        program = "node/tokens.cjs"
        set = "a-1"
        use = "a"
        [[target.fault]]
        class = "confusion"
        says = "the public key is taken for a secret"
        source = "CVE-0000-0000"
        found_by = ["jwt.confusion-der"]

        [[target]]
        name = "a 2"
        kind = "token"
        program = "node/tokens.cjs"
        set = "a-2"
        use = "a"
        twin_of = "a 1"

        [[remains]]
        checks = ["jwt.generic-type"]
        why = "the issuer writes `JWT`"
    "#;

    fn judged(text: &str) -> Result<Vec<Target>, String> {
        let targets = parse(text)?;
        sound(&targets).map(|()| targets)
    }

    #[test]
    fn what_remains_of_a_file_holds_for_its_twins_alone() {
        let targets = judged(GOOD).unwrap();
        assert!(targets[0].remains.is_empty() && targets[0].faults[0].exploitable);
        assert_eq!(targets[1].remains[0].checks, ["jwt.generic-type"]);
    }

    #[test]
    fn what_cannot_be_true_is_refused() {
        let wrong = [
            ("jwt.confusion-der", "jwt.no-such-check", "no check"),
            ("twin_of = \"a 1\"", "twin_of = \"b 1\"", "no fault"),
            ("name = \"a 2\"", "name = \"a 1\"", "twice"),
            ("source = \"CVE-0000-0000\"", "source = \"\"", "without class"),
            (
                "why = \"the issuer writes `JWT`\"",
                "why = \"\"",
                "without a reason",
            ),
            ("class = \"confusion\"", "clas = \"confusion\"", "clas"),
        ];
        for (from, to, says) in wrong {
            let error = judged(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    /// The real files can be true.
    #[test]
    fn the_truth_is_whole() {
        let targets = read(&crate::folder().join("truth")).unwrap();
        assert!(targets.iter().filter(|target| !target.faults.is_empty()).count() >= 15);
        assert!(targets.iter().filter(|target| target.faults.is_empty()).count() >= 15);
    }
}
