//! Files made from code: each is the same as what its maker makes now.

use std::collections::BTreeMap;
use std::fs;

use super::arrows::ROOMS;
use super::{Report, read_tree};
use crate::attacks;
use crate::tree::Tree;
use crate::{Failure, out, world};

const RULE: &str = "generated";

/// A file and what makes it. Add a line to extend the house; `cargo xtask generate` then writes the file.
struct Generated {
    file: &'static str,
    made_by: Maker,
}

enum Maker {
    /// A function of xtask.
    Here(fn() -> String),
    /// A function of xtask that reads the tree.
    Tree(fn(&Tree) -> Result<String, Failure>),
    /// What `symbolon` prints for these arguments.
    Symbolon(&'static [&'static str]),
}

const FILES: &[Generated] = &[
    Generated {
        file: "docs/ROOMS.md",
        made_by: Maker::Here(rooms_page),
    },
    Generated {
        file: "docs/ATTACKS.md",
        made_by: Maker::Tree(attacks_page),
    },
    reference("docs/CONFIG.md", &["config", "reference"]),
    reference("docs/CLI.md", &["config", "reference", "cli"]),
    reference("docs/ERRORS.md", &["config", "reference", "errors"]),
    reference("docs/EVENTS.md", &["config", "reference", "events"]),
    reference("docs/METRICS.md", &["config", "reference", "metrics"]),
    reference("docs/openapi.json", &["config", "reference", "openapi"]),
    reference("docs/TOPOLOGY.md", &["config", "reference", "topology"]),
    reference("docs/topology.schema.json", &["advise", "--schema"]),
    reference("docs/advice/README.md", &["config", "reference", "advice"]),
    reference("docs/audit/CHECKS.md", &["config", "reference", "audit"]),
];

/// A folder and what prints its files, each after a line `%%% NAME`. Nothing else is in it.
const FOLDERS: &[(&str, &[&str])] = &[
    ("docs/audit/checks", &["audit", "checks", "--pages"]),
    ("docs/advice/drills", &["config", "reference", "drills"]),
];

/// Files by path, as the folder's maker prints them.
fn files_of(folder: &str, printed: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = None;
    for line in printed.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("%%% ") {
            let path = format!("{folder}/{}", name.trim_end());
            open = Some(path.clone());
            files.insert(path, String::new());
        } else if let Some(text) = open.as_ref().and_then(|path| files.get_mut(path)) {
            text.push_str(line);
        }
    }
    files
}

/// Files that are in a folder and that nothing makes any more.
fn strays<'a>(tree: &'a Tree, folder: &str, made: &BTreeMap<String, String>) -> Vec<&'a str> {
    let inside = |path: &&str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let paths = tree.files().map(|file| file.path.as_str());
    paths
        .filter(inside)
        .filter(|path| !made.contains_key(*path))
        .collect()
}

const fn reference(file: &'static str, arguments: &'static [&'static str]) -> Generated {
    Generated {
        file,
        made_by: Maker::Symbolon(arguments),
    }
}

/// Compares every generated file with what its maker makes.
pub(crate) fn check(tree: &Tree, report: &mut Report) -> Result<(), Failure> {
    for generated in FILES {
        compare(tree, generated.file, &generated.made_by.make(tree)?, report);
    }
    let mut more = 0;
    for (folder, arguments) in FOLDERS {
        let made = files_of(folder, &symbolon(arguments)?);
        more += made.len();
        for (path, text) in &made {
            compare(tree, path, text, report);
        }
        for path in strays(tree, folder, &made) {
            report.find(RULE, path, "is made by nothing any more: remove it");
        }
    }
    report
        .figures
        .push(format!("generated: {} files compared", FILES.len() + more));
    Ok(())
}

/// Writes every generated file anew.
pub(crate) fn rewrite() -> Result<(), Failure> {
    let tree = read_tree()?;
    for generated in FILES {
        write(&tree, generated.file, &generated.made_by.make(&tree)?)?;
    }
    for (folder, arguments) in FOLDERS {
        let path = world::root().join(folder);
        let fault = |error| Failure::Fault(format!("cannot make {folder}: {error}"));
        fs::create_dir_all(path).map_err(fault)?;
        let made = files_of(folder, &symbolon(arguments)?);
        for (path, text) in &made {
            write(&tree, path, text)?;
        }
        for path in strays(&tree, folder, &made) {
            let fault = |error| Failure::Fault(format!("cannot remove {path}: {error}"));
            fs::remove_file(world::root().join(path)).map_err(fault)?;
            out::line(&format!("removed {path}"));
        }
    }
    Ok(())
}

fn write(tree: &Tree, file: &str, text: &str) -> Result<(), Failure> {
    let is_same = tree.text(file) == Some(text);
    let fault = |error| Failure::Fault(format!("cannot write {file}: {error}"));
    fs::write(world::root().join(file), text).map_err(fault)?;
    out::line(&format!("{} {file}", if is_same { "same" } else { "written" }));
    Ok(())
}

fn compare(tree: &Tree, file: &str, made: &str, report: &mut Report) {
    match tree.text(file) {
        Some(text) if text == made => {}
        Some(text) => {
            let same = text
                .lines()
                .zip(made.lines())
                .take_while(|(one, other)| one == other)
                .count();
            let text = "differs from what the code makes: run `cargo xtask generate`";
            report.find(RULE, &format!("{file}:{}", same + 1), text);
        }
        None => report.find(RULE, file, "is missing: run `cargo xtask generate`"),
    }
}

impl Maker {
    fn make(&self, tree: &Tree) -> Result<String, Failure> {
        match self {
            Maker::Here(make) => Ok(make()),
            Maker::Tree(make) => make(tree),
            Maker::Symbolon(arguments) => symbolon(arguments),
        }
    }
}

fn symbolon(arguments: &[&str]) -> Result<String, Failure> {
    let said = arguments.join(" ");
    let mut command = world::cargo(&["run", "--quiet", "--locked", "--package", "symbolon", "--"]);
    let output = command.args(arguments).output();
    let output = output.map_err(|error| Failure::Fault(format!("symbolon {said}: {error}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Fault(format!(
            "symbolon {said}: {}\n{why}",
            output.status
        )));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::Fault(format!("symbolon {said}: not UTF-8")))
}

/// The attacks as a page.
fn attacks_page(tree: &Tree) -> Result<String, Failure> {
    let sections = attacks::read(tree).map_err(Failure::Finding)?;
    Ok(attacks::page(&sections))
}

/// The table of rooms as a page.
fn rooms_page() -> String {
    let mut page = String::from(
        "# Rooms\n\nMade by `cargo xtask generate` from the table in [xtask](../xtask/src/tidy/arrows.rs), which `cargo xtask tidy` enforces.\n\
         A crate may use only what is above it. A crate that is not in the table fails the check.\n\n\
         | crate | exists because | may use |\n|---|---|---|\n",
    );
    for room in ROOMS {
        let uses = if room.may_use.is_empty() {
            "-".to_owned()
        } else {
            room.may_use.join(", ")
        };
        page.push_str(&format!("| {} | {} | {uses} |\n", room.name, room.because));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let mut report = Report::default();
        compare(
            &Tree::of(&[("docs/A.md", text)]),
            "docs/A.md",
            "a\nb\n",
            &mut report,
        );
        report.findings
    }

    #[test]
    fn a_folder_holds_what_is_printed_and_nothing_else() {
        let made = files_of("docs/x", "%%% a.md\n# a\ntext\n%%% b.md\n# b\n");
        assert_eq!(made["docs/x/a.md"], "# a\ntext\n");
        assert_eq!(made.len(), 2);
        let tree = Tree::of(&[("docs/x/a.md", ""), ("docs/x/old.md", ""), ("docs/xy/b.md", "")]);
        assert_eq!(strays(&tree, "docs/x", &made), ["docs/x/old.md"]);
    }

    #[test]
    fn a_fresh_file_passes() {
        assert_eq!(findings("a\nb\n"), [""; 0]);
    }

    #[test]
    fn a_stale_or_missing_file_fails() {
        assert!(findings("a\nc\n")[0].starts_with("docs/A.md:2: differs"));
        assert!(findings("a\nb")[0].starts_with("docs/A.md:3: differs"));
        let mut report = Report::default();
        compare(&Tree::of(&[]), "docs/A.md", "", &mut report);
        assert!(report.findings[0].contains("is missing"));
    }

    #[test]
    fn the_page_names_every_room() {
        let page = rooms_page();
        assert!(
            ROOMS
                .iter()
                .all(|room| page.contains(&format!("| {} | {} |", room.name, room.because)))
        );
    }
}
