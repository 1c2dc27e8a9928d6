//! Words that must not be in the tree.

use super::Report;
use crate::source::Source;
use crate::tree::{File, Tree};

const RULE: &str = "words";

/// A text that may not stand in some files.
struct Word {
    text: &'static str,
    looks_in: Part,
    /// The files where it may stand all the same.
    except: fn(&File) -> bool,
    instead: &'static str,
}

#[derive(PartialEq, Eq)]
enum Part {
    /// Rust code, without comments, literals and test blocks.
    Code,
    /// Rust code with its test blocks, without comments and literals.
    CodeAndTests,
    /// Everything written, comments and literals too, in every kind of file.
    Everything,
}

const WORDS: &[Word] = &[
    word(
        "/work/",
        Part::Everything,
        nowhere,
        "a path relative to the crate",
    ),
    word(
        "/root/",
        Part::Everything,
        nowhere,
        "a path relative to the crate",
    ),
    word(
        "/home/",
        Part::Everything,
        tests_and_docs,
        "a path relative to the crate",
    ),
    word("/tmp/", Part::Everything, tests_and_docs, "std::env::temp_dir"),
    word("todo!", Part::CodeAndTests, nowhere, "the real thing"),
    word("unimplemented!", Part::CodeAndTests, nowhere, "the real thing"),
    word("#[ignore", Part::CodeAndTests, nowhere, "a test that runs"),
    word("unsafe", Part::CodeAndTests, the_disk_that_forgets, "safe code"),
    word(
        "Box<dyn Error",
        Part::Code,
        tests_and_docs,
        "an enum of refusals or faults",
    ),
    word(
        "Box<dyn std::error::Error",
        Part::Code,
        tests_and_docs,
        "an enum of refusals or faults",
    ),
];

const fn word(text: &'static str, looks_in: Part, except: fn(&File) -> bool, instead: &'static str) -> Word {
    Word {
        text,
        looks_in,
        except,
        instead,
    }
}

/// The one file that must name what it forbids, and files of data that we did not write.
fn is_out_of_scope(file: &File) -> bool {
    file.path == "xtask/src/tidy/words.rs" || file.path.ends_with(".json") || file.path.ends_with(".lock")
}

fn nowhere(_: &File) -> bool {
    false
}

/// The one crate with unsafe code (`manifests.rs`): no server carries it.
fn the_disk_that_forgets(file: &File) -> bool {
    file.path.starts_with("crates/faults/")
}

fn tests_and_docs(file: &File) -> bool {
    file.is_test() || file.path.ends_with(".md")
}

/// Looks for every word in every file.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    for file in tree.files().filter(|file| !is_out_of_scope(file)) {
        let source = file.path.ends_with(".rs").then(|| Source::of(&file.text));
        for word in WORDS.iter().filter(|word| !(word.except)(file)) {
            for line in lines_with(word, file, source.as_ref()) {
                let text = format!("`{}` is banned: use {}", word.text, word.instead);
                report.find(RULE, &format!("{}:{line}", file.path), &text);
            }
        }
    }
}

fn lines_with(word: &Word, file: &File, source: Option<&Source>) -> Vec<usize> {
    let text = match (&word.looks_in, source) {
        (Part::Everything, _) => file.text.as_str(),
        (_, Some(source)) => source.code.as_str(),
        (_, None) => return Vec::new(),
    };
    let allowed_in_tests = word.looks_in == Part::Code
        || (word.except)(&File {
            path: "tests.rs".to_owned(),
            text: String::new(),
        });
    let in_tests = |line: usize| source.is_some_and(|source| source.is_in_tests(line));
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let found = numbered
        .filter(|(number, line)| stands_in(word.text, line) && !(allowed_in_tests && in_tests(*number)));
    found.map(|(number, _)| number).collect()
}

/// Whether the word stands in the line by itself, not as a part of a longer word or path.
fn stands_in(word: &str, line: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let joined_before =
            |letter: char| is_part(letter) || (word.starts_with('/') && ".~-}*/".contains(letter));
        let joined_after = |letter: char| word.ends_with(is_part) && is_part(letter);
        !before.is_some_and(joined_before) && !after.is_some_and(joined_after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        let mut report = Report::default();
        check(&Tree::of(&[(path, text)]), &mut report);
        report.findings.len()
    }

    #[test]
    fn each_word_is_found() {
        for text in [
            "// see /work/a",
            "const A: &str = \"/root/a\";",
            "let a = \"/home/b\";",
            "let a = \"/tmp/b\";",
            "fn a() { todo!() }",
            "fn a() { unimplemented!(\"b\") }",
            "#[ignore]\nfn a() {}",
            "#[ignore = \"slow\"]\nfn a() {}",
            "unsafe fn a() {}",
            "type A = Box<dyn Error + Send>;",
            "fn a() -> Box<dyn std::error::Error> {}",
        ] {
            assert_eq!(findings("a.rs", text), 1, "{text}");
        }
        assert_eq!(findings("a.sh", "cd /work/a"), 1);
        assert_eq!(findings("a/tests.rs", "\"/work/a\"; todo!()"), 2);
    }

    #[test]
    fn what_only_looks_like_one_passes() {
        for text in [
            "// todo!() unsafe",
            "const A: &str = \"unsafe todo!\";",
            "const A: &str = \"a/work/b ./root/ */home/ {}/tmp/\";",
            "#![forbid(unsafe_code)]",
            "fn ignore() {}",
            "type A = Box<dyn ErrorKind>;",
            "\"/rooted\" \"/workers\"",
        ] {
            assert_eq!(findings("a.rs", text), 0, "{text}");
        }
    }

    #[test]
    fn tests_and_documents_have_some_freedom() {
        assert_eq!(
            findings(
                "a/tests.rs",
                "\"/tmp/a\"; fn a() -> Result<(), Box<dyn Error>> {}"
            ),
            0
        );
        assert_eq!(
            findings(
                "a.rs",
                "#[cfg(test)]\nmod tests {\n\"/tmp/a\"; type A = Box<dyn Error>;\n}"
            ),
            0
        );
        assert_eq!(findings("a.md", "symbolon --data /tmp/a"), 0);
        assert_eq!(findings("a.md", "cd /work/a"), 1);
        assert_eq!(findings("a/data.json", "\"/work/\""), 0);
    }
}
