//! docs/ATTACKS.md, made from the sections.

use super::{Attack, FOLDER, Section};

/// The page.
pub(crate) fn page(sections: &[Section]) -> String {
    let mut page = format!(
        "# Attacks\n\nMade by `cargo xtask generate` from [the files of attacks](attacks/), which also hold the edits that take each check away.\n\n\
         Each row: an attack, the type or check that stops it, where that stands, and the tests that prove it. `cargo xtask test` fails if a named test\n\
         did not run and pass. `cargo xtask mutate` takes each check away in turn and fails if the tests of its row still pass.\n\
         `cargo xtask tidy` fails if a test does not exist, or a check is no longer where `{FOLDER}` says. Tests of the store run on every back end.\n"
    );
    for section in sections {
        page.push_str(&format!(
            "\n## {}\n\n| id | attack | stopped by | in | test |\n|---|---|---|---|---|\n",
            section.title
        ));
        section
            .attacks
            .iter()
            .for_each(|attack| page.push_str(&row(attack)));
    }
    page
}

fn row(attack: &Attack) -> String {
    let mut files: Vec<&str> = attack
        .checks
        .iter()
        .flat_map(|check| &check.edits)
        .map(|edit| edit.file.as_str())
        .collect();
    files.dedup();
    let places: Vec<String> = files.into_iter().map(place).collect();
    let tests: Vec<String> = attack.tests.iter().map(|test| format!("`{test}`")).collect();
    let cells = [
        &attack.id,
        &attack.what,
        &attack.stopped_by,
        &places.join(" "),
        &tests.join(" "),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// A link to a file, under its name without the crates' folder.
fn place(file: &str) -> String {
    let name = file.strip_prefix("crates/").unwrap_or(file).replace("/src/", "/");
    format!("[{name}](../{file})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn a_row_names_the_attack_the_place_and_the_tests() {
        let text = "title = 'A b'\n[[attack]]\nid = 'a-1'\nwhat = 'x | y'\nstopped_by = 's'\ntests = ['t', 'u']\n\
            [[attack.check]]\n[[attack.check.edit]]\nfile = 'crates/jose/src/a.rs'\nfind = 'x'\nreplace = ''\n";
        let sections = super::super::read(&Tree::of(&[("docs/attacks/1-a.toml", text)])).unwrap();
        let page = page(&sections);
        assert!(page.contains("\n## A b\n"));
        assert!(
            page.ends_with("\n| a-1 | x \\| y | s | [jose/a.rs](../crates/jose/src/a.rs) | `t` `u` |\n"),
            "{page}"
        );
    }
}
