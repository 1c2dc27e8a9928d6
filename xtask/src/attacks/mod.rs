//! The attacks of `docs/attacks/*.toml`: what each one is, what stops it, which tests prove it, and the edits that take its
//! check away, so that `cargo xtask mutate` can show that the tests notice. docs/ATTACKS.md is made from them.

mod edit;
mod page;

use serde::Deserialize;

pub(crate) use edit::{Edit, Place};
pub(crate) use page::page;

use crate::tree::{File, Tree};

/// Where the sections are, one file each, in the order of their names.
pub(crate) const FOLDER: &str = "docs/attacks/";

/// A file of attacks: a part of the page.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) attacks: Vec<Attack>,
}

/// One attack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attack {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) stopped_by: String,
    /// `crate::module::test`, `crate/tests/file.rs::test`, or `crate/src/file.rs (compile_fail)`.
    pub(crate) tests: Vec<String>,
    #[serde(default, rename = "check")]
    pub(crate) checks: Vec<Check>,
}

/// A check in the code, as the edits that take it away. More than one where several lines stop the same attack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    #[serde(rename = "edit")]
    pub(crate) edits: Vec<Edit>,
    /// The edit cannot be switched at run time (a derive, a template): it is built by itself.
    #[serde(default)]
    pub(crate) alone: bool,
    /// Without the check a test waits for ever, and that is how it notices.
    #[serde(default)]
    pub(crate) hangs: bool,
    /// Without the check a test's process ends before it can say why (a stack overflow, for one).
    #[serde(default)]
    pub(crate) aborts: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    #[serde(rename = "attack")]
    attacks: Vec<Attack>,
}

impl Section {
    /// The word that names the section: `docs/attacks/2-login.toml` is `login`.
    pub(crate) fn word(&self) -> &str {
        let file = self.path.strip_prefix(FOLDER).unwrap_or(&self.path);
        let stem = file.strip_suffix(".toml").unwrap_or(file);
        stem.split_once('-').map_or(stem, |(_, word)| word)
    }
}

impl Attack {
    /// The checks with the name that each goes by: the attack's id, with a number from the second on.
    pub(crate) fn named_checks(&self) -> impl Iterator<Item = (String, &Check)> {
        self.checks.iter().enumerate().map(|(at, check)| match at {
            0 => (self.id.clone(), check),
            _ => (format!("{}.{}", self.id, at + 1), check),
        })
    }
}

/// Reads every section. An error names the file and the line.
pub(crate) fn read(tree: &Tree) -> Result<Vec<Section>, String> {
    let files = tree
        .files()
        .filter(|file| file.path.starts_with(FOLDER) && file.path.ends_with(".toml"));
    let mut sections: Vec<Section> = files.map(section).collect::<Result<_, _>>()?;
    sections.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sections)
}

fn section(file: &File) -> Result<Section, String> {
    let written: Written = toml::from_str(&file.text).map_err(|error| format!("{}: {error}", file.path))?;
    Ok(Section {
        path: file.path.clone(),
        title: written.title,
        attacks: written.attacks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "title = \"A b\"\n[[attack]]\nid = \"a-1\"\nwhat = \"w\"\nstopped_by = \"s\"\ntests = [\"t\"]\n";
    const CHECK: &str = "[[attack.check]]\n[[attack.check.edit]]\nfile = \"f\"\nfind = 'x'\nreplace = ''\n";

    #[test]
    fn reads_sections_in_the_order_of_their_files() {
        let tree = Tree::of(&[
            ("docs/attacks/2-b.toml", &format!("{GOOD}{CHECK}{CHECK}")),
            ("docs/attacks/1-a.toml", GOOD),
            ("docs/attacks/README.md", "no section"),
        ]);
        let sections = read(&tree).unwrap();
        assert_eq!(sections.iter().map(Section::word).collect::<Vec<_>>(), ["a", "b"]);
        let names: Vec<String> = sections[1].attacks[0]
            .named_checks()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["a-1", "a-1.2"]);
    }

    #[test]
    fn refuses_what_it_does_not_know_and_says_where() {
        for (text, word) in [
            (format!("{GOOD}stoped_by = \"x\"\n"), "stoped_by"),
            (format!("{GOOD}{CHECK}replaces = ''\n"), "replaces"),
            (GOOD.replace("what", "attack"), "attack"),
        ] {
            let error = read(&Tree::of(&[("docs/attacks/1-a.toml", &text)])).unwrap_err();
            assert!(
                error.contains(word) && error.contains("docs/attacks/1-a.toml"),
                "{error}"
            );
        }
    }
}
