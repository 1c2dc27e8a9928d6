//! A copy of the repository with the edits in it, and its test programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;

use super::plan::Mutant;
use super::weave::{self, Cut};
use crate::attacks::Edit;
use crate::tree::{File, Tree};
use crate::{Failure, world};

/// Tests that clear the environment of what they start would put the mutant to sleep.
const CLEARED: &str = ".env_clear()";

/// What fuzz targets begin with; it is looked at, never changed.
const CORPUS: &str = "fuzz/corpus";

/// The copy.
pub(super) struct Scratch {
    root: PathBuf,
    home: PathBuf,
}

/// A test program: what it is called with, and where it is run.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The crate's folder (`jose`), or the test's file (`jose/tests/jwk.rs`): what stands before the test's name.
    pub(super) prefix: String,
    pub(super) file: PathBuf,
    pub(super) folder: PathBuf,
}

impl Scratch {
    /// Below the folder for what is built, so that a second run builds only what has changed.
    pub(super) fn new() -> Scratch {
        let home = world::root().join("target/mutate");
        Scratch {
            root: home.join("tree"),
            home,
        }
    }

    /// Where what the tests say is kept.
    pub(super) fn said(&self) -> PathBuf {
        self.home.join("said")
    }

    /// Makes the copy the same as the repository, with the mutants in it.
    pub(super) fn fill(&self, tree: &Tree, mutants: &[Mutant]) -> Result<(), Failure> {
        let woven = woven(tree, mutants)?;
        let fault = |path: &Path, error| Failure::Fault(format!("cannot write {}: {error}", path.display()));
        for path in tree.paths().filter(|path| *path != ".git") {
            let to = self.root.join(path);
            match (woven.get(path).map(String::as_str)).or(tree.text(path)) {
                Some(text) => write(&to, text.as_bytes()),
                None => fs::read(world::root().join(path)).and_then(|bytes| write(&to, &bytes)),
            }
            .map_err(|error| fault(&to, error))?;
        }
        let copied = Tree::read(&self.root).map_err(|error| fault(&self.root, error))?;
        for path in copied.paths().filter(|path| !tree.has(path)) {
            let gone = self.root.join(path);
            fs::remove_file(&gone).map_err(|error| fault(&gone, error))?;
        }
        // The tree does not read it, and the smoke of every fuzz target does.
        let corpus = self.root.join(CORPUS);
        if !corpus.exists() {
            std::os::unix::fs::symlink(world::root().join(CORPUS), &corpus)
                .map_err(|error| fault(&corpus, error))?;
        }
        fs::create_dir_all(self.said()).map_err(|error| fault(&self.said(), error))
    }

    /// Puts the edits of one mutant into the copy, awake, on top of the sleeping ones of the others.
    pub(super) fn edit(&self, tree: &Tree, mutants: &[Mutant], alone: &Mutant) -> Result<(), Failure> {
        let mut changed: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in &alone.edits {
            changed.entry(&edit.file).or_default().push(edit);
        }
        let woven = woven(tree, mutants)?;
        for (path, edits) in changed {
            let mut text = (woven.get(path).map(String::as_str))
                .or(tree.text(path))
                .unwrap_or_default()
                .to_owned();
            for edit in edits {
                let copy = Tree::one(path, &text);
                let place = edit.place(&copy);
                let place = place.map_err(|why| Failure::Fault(format!("{} {why}", alone.check)))?;
                text.replace_range(place, &edit.replace);
            }
            let to = self.root.join(path);
            write(&to, text.as_bytes())
                .map_err(|error| Failure::Fault(format!("cannot write {}: {error}", to.display())))?;
        }
        Ok(())
    }

    /// Cargo, in the copy, with a folder of its own for what is built.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = world::cargo(arguments);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.home.join("build"))
            .env_remove("CARGO_MANIFEST_DIR")
            .stdin(Stdio::null());
        command
    }

    /// Builds the tests and says which programs came of it: all of them, or those in which the named tests are. Always of the whole
    /// workspace: a part of it would ask for other features of the crates below, and so build them again.
    pub(super) fn build(&self, named: Option<&[String]>) -> Result<Vec<Program>, Failure> {
        let targets = named.map(targets).unwrap_or_default();
        if named.is_some() && targets.is_empty() {
            return Ok(Vec::new());
        }
        let mut arguments = vec![
            "test",
            "--workspace",
            "--no-run",
            "--locked",
            "--message-format=json",
        ];
        arguments.extend(targets.iter().map(String::as_str));
        let output = self
            .cargo(&arguments)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Failure::Fault(format!("cannot run cargo: {error}")))?;
        let mut programs = Vec::new();
        let mut errors = String::new();
        for message in Message::parse_stream(output.stdout.as_slice()).flatten() {
            match message {
                Message::CompilerArtifact(made) if made.profile.test => {
                    programs.extend(program(&made, &self.root));
                }
                Message::CompilerMessage(said)
                    if said.message.level == cargo_metadata::diagnostic::DiagnosticLevel::Error =>
                {
                    errors.push_str(said.message.rendered.as_deref().unwrap_or_default());
                }
                _ => {}
            }
        }
        match output.status.success() {
            true => Ok(programs),
            false => Err(Failure::Fault(format!(
                "the copy with the edits does not build (its lines name the checks):\n{errors}"
            ))),
        }
    }
}

/// The kinds of programs in which these tests are. Examples in documents are in none: cargo builds them as it runs them.
fn targets(tests: &[String]) -> BTreeSet<String> {
    let mut targets = BTreeSet::new();
    for test in tests.iter().filter(|test| !test.ends_with(" (compile_fail)")) {
        match test.split_once(".rs::") {
            Some((file, _)) => targets.extend(file.rsplit('/').next().map(|name| format!("--test={name}"))),
            None => targets.extend(["--lib".to_owned(), "--bins".to_owned()]),
        }
    }
    targets
}

/// The texts of the files that are not copied as they are.
fn woven(tree: &Tree, mutants: &[Mutant]) -> Result<BTreeMap<String, String>, Failure> {
    let mut cuts: BTreeMap<&str, Vec<Cut>> = BTreeMap::new();
    for mutant in mutants.iter().filter(|mutant| !mutant.alone) {
        for edit in &mutant.edits {
            let place = edit.place(tree);
            cuts.entry(&edit.file).or_default().push(Cut {
                check: mutant.check.clone(),
                place: place
                    .map_err(|why| Failure::Fault(format!("{}: a check that {why}", mutant.check)))?,
                replace: edit.replace.clone(),
            });
        }
    }
    let mut texts = BTreeMap::new();
    for (path, cuts) in cuts {
        let text = weave::weave(tree.text(path).unwrap_or_default(), &cuts);
        texts.insert(
            path.to_owned(),
            text.map_err(|why| Failure::Fault(format!("{path}: {why}")))?,
        );
    }
    let wake = weave::WAKE;
    let kept = format!("{CLEARED}.envs(::std::env::var_os(\"{wake}\").map(|check| (\"{wake}\", check)))");
    for file in tree.rust().filter(|file| clears(file)) {
        texts.insert(file.path.clone(), file.text.replace(CLEARED, &kept));
    }
    Ok(texts)
}

fn clears(file: &File) -> bool {
    file.is_test() && file.path.starts_with("crates/") && file.text.contains(CLEARED)
}

/// Writes what differs, so that cargo sees as changed only what is.
fn write(to: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, bytes)
}

/// The package of a crate's folder.
pub(super) fn package(folder: &str) -> String {
    match folder {
        "cli" => "symbolon".to_owned(),
        _ => format!("symbolon-{folder}"),
    }
}

fn program(made: &cargo_metadata::Artifact, root: &Path) -> Option<Program> {
    let folder = made.manifest_path.parent()?;
    let crates = root.join("crates");
    let source = made.target.src_path.strip_prefix(crates.to_str()?).ok()?;
    let prefix = match made.target.is_test() {
        true => source.to_string(),
        false => source.iter().next()?.to_owned(),
    };
    Some(Program {
        prefix,
        file: made.executable.clone()?.into_std_path_buf(),
        folder: folder.to_path_buf().into_std_path_buf(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(check: &str, find: &str, alone: bool) -> Mutant {
        Mutant {
            check: check.to_owned(),
            tests: Vec::new(),
            edits: vec![Edit {
                file: "crates/a/src/b.rs".to_owned(),
                after: None,
                find: find.to_owned(),
                replace: "false".to_owned(),
            }],
            alone,
            hangs: false,
            aborts: false,
        }
    }

    #[test]
    fn edits_are_woven_in_but_those_that_are_built_alone() {
        let tree = Tree::of(&[("crates/a/src/b.rs", "x && y")]);
        let texts = woven(&tree, &[mutant("a-1", "x", false), mutant("a-2", "y", true)]).unwrap();
        let text = &texts["crates/a/src/b.rs"];
        assert!(
            text.contains("a-1") && !text.contains("a-2") && text.ends_with("&& y"),
            "{text}"
        );
    }

    #[test]
    fn an_edit_that_cannot_be_applied_is_a_fault_that_names_its_check() {
        let tree = Tree::of(&[("crates/a/src/b.rs", "x && x")]);
        for find in ["x", "z"] {
            let error = woven(&tree, &[mutant("a-1", find, false)]).unwrap_err();
            assert!(matches!(error, Failure::Fault(text) if text.contains("a-1")));
        }
    }

    #[test]
    fn only_the_programs_of_the_named_tests_are_built() {
        let of = |test: &str| targets(&[test.to_owned()]).into_iter().collect::<Vec<_>>();
        assert_eq!(of("jose::a::tests::b"), ["--bins", "--lib"]);
        assert_eq!(of("cli/tests/nginx.rs::b"), ["--test=nginx"]);
        assert_eq!(of("jose/src/a.rs (compile_fail)"), [""; 0]);
    }

    #[test]
    fn the_mutant_gets_past_tests_that_clear_the_environment() {
        let tree = Tree::of(&[
            ("crates/a/tests/b.rs", "c.env_clear().env()"),
            ("crates/a/src/b.rs", "c.env_clear()"),
        ]);
        let texts = woven(&tree, &[]).unwrap();
        assert!(texts["crates/a/tests/b.rs"].starts_with("c.env_clear().envs(") && texts.len() == 1);
    }
}
