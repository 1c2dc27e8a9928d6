//! Every crate takes the workspace's lints and says at its root what it is.

use super::Report;
use crate::tree::Tree;

const RULE: &str = "manifests";
/// May use `unsafe`, with a reason at each place; may be used by tests alone, which the table of arrows sees to.
const WITH_UNSAFE: &str = "crates/faults";

/// Looks at the root manifest, and at each crate's manifest and root module.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let root = tree.text("Cargo.toml").unwrap_or_default();
    if !says(root, "workspace.lints.rust", "unsafe_code", "\"forbid\"") {
        report.find(
            RULE,
            "Cargo.toml",
            "[workspace.lints.rust] must have unsafe_code = \"forbid\"",
        );
    }
    let manifests = tree
        .files()
        .filter_map(|file| Some((file, file.path.strip_suffix("/Cargo.toml")?)));
    for (manifest, folder) in manifests.filter(|(_, folder)| is_member(folder)) {
        if folder == WITH_UNSAFE {
            if !says(
                &manifest.text,
                "lints.clippy",
                "undocumented_unsafe_blocks",
                "\"deny\"",
            ) {
                report.find(
                    RULE,
                    &manifest.path,
                    "must have undocumented_unsafe_blocks = \"deny\"",
                );
            }
        } else if !says(&manifest.text, "lints", "workspace", "true") {
            report.find(RULE, &manifest.path, "must have [lints] workspace = true");
        }
        let roots = ["lib.rs", "main.rs"].map(|name| format!("{folder}/src/{name}"));
        let texts: Vec<_> = roots
            .iter()
            .filter_map(|path| Some((path, tree.text(path)?)))
            .collect();
        if texts.is_empty() {
            report.find(RULE, &manifest.path, "a crate without src/lib.rs and src/main.rs");
        }
        for (path, _) in texts.iter().filter(|(_, text)| !text.starts_with("//! ")) {
            report.find(RULE, path, "must begin with `//!` and what the crate is");
        }
    }
}

/// The workspace's members; fuzz/ has a workspace of its own, for it needs a nightly toolchain.
fn is_member(folder: &str) -> bool {
    folder == "xtask"
        || folder
            .strip_prefix("crates/")
            .is_some_and(|name| !name.contains('/'))
}

/// Whether a manifest has `key = value` in a section, written there or as `section.key = value`.
fn says(manifest: &str, section: &str, key: &str, value: &str) -> bool {
    let mut current = String::new();
    manifest.lines().map(str::trim).any(|line| {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut current);
            return false;
        }
        let Some((name, text)) = line.split_once('=') else {
            return false;
        };
        let full = if current.is_empty() {
            name.trim().to_owned()
        } else {
            format!("{current}.{}", name.trim())
        };
        full == format!("{section}.{key}") && text.trim() == value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n");

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let mut report = Report::default();
        check(&Tree::of(files), &mut report);
        report.findings
    }

    #[test]
    fn a_crate_with_lints_and_a_first_sentence_passes() {
        let manifest = (
            "crates/a/Cargo.toml",
            "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n",
        );
        assert_eq!(
            findings(&[ROOT, manifest, ("crates/a/src/lib.rs", "//! A room.\n")]),
            [""; 0]
        );
        let short = (
            "xtask/Cargo.toml",
            "lints.workspace = true\n[package]\nname = \"a\"",
        );
        assert_eq!(
            findings(&[ROOT, short, ("xtask/src/main.rs", "//! Chores.\n")]),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_without_them_fails() {
        let manifest = ("crates/a/Cargo.toml", "[package]\nworkspace = true\n");
        assert!(findings(&[ROOT, manifest, ("crates/a/src/lib.rs", "//! A room.\n")])[0].contains("[lints]"));
        let manifest = ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n");
        assert!(findings(&[ROOT, manifest, ("crates/a/src/lib.rs", "mod a;\n")])[0].contains("`//!`"));
        assert!(findings(&[ROOT, manifest])[0].contains("without src/lib.rs"));
    }

    #[test]
    fn the_crate_that_may_be_unsafe_must_give_reasons() {
        let root = ("crates/faults/src/lib.rs", "//! A disk that forgets.\n");
        let silent = (
            "crates/faults/Cargo.toml",
            "[lints.rust]\nunsafe_code = \"deny\"\n",
        );
        assert!(findings(&[ROOT, silent, root])[0].contains("undocumented_unsafe_blocks"));
        let told = (
            "crates/faults/Cargo.toml",
            "[lints.clippy]\nundocumented_unsafe_blocks = \"deny\"\n",
        );
        assert_eq!(findings(&[ROOT, told, root]), [""; 0]);
    }

    #[test]
    fn the_root_must_forbid_what_is_not_safe() {
        assert_eq!(
            findings(&[("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"warn\"\n")]).len(),
            1
        );
        assert_eq!(findings(&[ROOT]), [""; 0]);
    }
}
