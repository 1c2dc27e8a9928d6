//! The repository as the rules see it: paths and texts, so that a rule can be tested on a tree made up in memory.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Names of what is made, not written: folders, and the `.git` of a linked check-out, which is a file.
const MADE: &[&str] = &[
    ".git",
    "target",
    "symbolon-data",
    "artifacts",
    "corpus",
    "node_modules",
];

/// Below `src` everything is written: a module may be called `target`.
fn is_made(folder: &str, name: &str) -> bool {
    MADE.contains(&name) && !folder.split('/').any(|part| part == "src")
}

/// Every file of the repository.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    paths: BTreeSet<String>,
    files: Vec<File>,
}

/// One file that holds text. The path is relative to the root, with `/` between its parts.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// Reads the tree below `root`.
    pub(crate) fn read(root: &Path) -> io::Result<Tree> {
        let mut tree = Tree::default();
        tree.read_folder(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// A tree made of the given paths and texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.add((*path).to_owned(), (*text).to_owned());
        }
        tree
    }

    /// A tree of one file.
    pub(crate) fn one(path: &str, text: &str) -> Tree {
        let mut tree = Tree::default();
        tree.add(path.to_owned(), text.to_owned());
        tree
    }

    /// All files with text.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The paths of all files, also of those that hold no text.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.path.ends_with(".rs"))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    }

    /// Whether a file or a folder of that path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.paths.contains(path)
            || self
                .paths
                .range(folder.clone()..)
                .next()
                .is_some_and(|next| next.starts_with(&folder))
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if kind.is_dir() && !is_made(prefix, &name) {
                self.read_folder(&entry.path(), &format!("{prefix}{name}/"))?;
            } else if kind.is_file() && !is_made(prefix, &name) {
                self.read_file(&entry.path(), format!("{prefix}{name}"))?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, file: &Path, path: String) -> io::Result<()> {
        match fs::read(file) {
            // Bytes that are no text (pictures) still count as a place that a link may name.
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => self.add(path, text),
                Err(_) => _ = self.paths.insert(path),
            },
            // A file may go while the tree is read: an editor's swap file, for one.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn add(&mut self, path: String, text: String) {
        self.paths.insert(path.clone());
        self.files.push(File { path, text });
    }
}

impl File {
    /// Whether the whole file is test code: below a `tests` or `benches` folder, or named `tests.rs`.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/').rev();
        parts.next() == Some("tests.rs") || parts.any(|part| part == "tests" || part == "benches")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_files_folders_and_what_is_missing() {
        let tree = Tree::of(&[("docs/A.md", ""), ("docs-old.md", "")]);
        assert!(tree.has("docs/A.md") && tree.has("docs") && tree.has(""));
        assert!(!tree.has("doc") && !tree.has("docs/B.md"));
    }

    #[test]
    fn knows_test_files() {
        let tree = Tree::of(&[
            ("crates/a/src/b/tests.rs", ""),
            ("crates/a/tests/c/d.rs", ""),
            ("crates/a/src/tests_of.rs", ""),
        ]);
        assert_eq!(
            tree.rust().map(File::is_test).collect::<Vec<_>>(),
            [true, true, false]
        );
    }

    #[test]
    fn reads_this_repository_without_what_is_built() {
        let tree = Tree::read(&crate::world::root()).unwrap();
        assert!(tree.has("xtask/src/tree.rs"));
        assert!(!tree.files().any(|file| file.path.starts_with("target/")));
        // A module that is called as cargo's folder.
        assert!(tree.has("crates/audit/src/pentest/target/part.rs"));
    }
}
