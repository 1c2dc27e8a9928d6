use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn sources(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(sources(&path));
        } else if path.is_file() && path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs")
        {
            found.push(path);
        }
    }
    found
}

/// Literals made of lower-case words in the HTTP adapters, outside their tests: every code that is answered is one.
fn literals() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut words = BTreeSet::new();
    for path in sources(&root) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for word in code.split('"') {
            if !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                words.insert(word.to_owned());
            }
        }
    }
    words
}

/// The words that stand where a code stands: second argument of a `problem`, first of a table's row.
fn answered() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut words = BTreeSet::new();
    for path in sources(&root) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for opening in ["problem(", "Problem::new(", "unreadable("] {
            for call in code.split(opening).skip(1) {
                let arguments: String = call.chars().take(160).collect();
                let mut parts = arguments.splitn(3, ',');
                let second = parts.nth(1).unwrap_or_default().trim();
                if let Some(word) = second.strip_prefix('"').and_then(|s| s.split('"').next()) {
                    words.insert(word.to_owned());
                }
            }
        }
    }
    words
}

#[test]
fn every_code_that_is_answered_is_listed_and_every_listed_one_is_answered() {
    let listed: BTreeSet<String> = CODES.iter().map(|c| c.word.to_owned()).collect();
    assert_eq!(listed.len(), CODES.len(), "each once");
    let found = answered();
    assert!(found.contains("unauthorized"), "the scan sees nothing: {found:?}");
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(missing.is_empty(), "answered but not listed: {missing:?}");
    let literals = literals();
    let unused: Vec<_> = listed.difference(&literals).collect();
    assert!(unused.is_empty(), "listed but never answered: {unused:?}");
}

#[test]
fn every_reason_event_and_oauth_error_has_its_row() {
    let (events, errors) = (events(), errors());
    for (kind, ..) in Event::KINDS {
        assert!(events.contains(&format!("| `{kind}` |")), "{kind}");
    }
    for reason in Reason::ALL {
        assert!(
            errors.contains(&format!("| `{reason}` | {} |", reason.status())),
            "{reason}"
        );
    }
    for code in CODES {
        assert!(
            errors.contains(&format!("| `{}` | {} |", code.word, code.status)),
            "{}",
            code.word
        );
    }
    assert!(events.ends_with("|\n") && errors.ends_with("|\n"));
}

#[test]
fn the_document_is_json_of_openapi() {
    let document: serde_json::Value = serde_json::from_str(&openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(openapi(), openapi(), "the same every time");
}
