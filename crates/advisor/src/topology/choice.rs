//! Words of the file as values.

use domain::setting::Problems;

/// A word, or the default where it is absent. Forms were judged with the file: here it is judged for other callers.
pub(super) fn word<T: Copy>(
    p: &mut Problems,
    path: &str,
    text: Option<&str>,
    (default, parse): (T, fn(&str) -> Option<T>),
) -> T {
    let Some(text) = text else { return default };
    parse(text).unwrap_or_else(|| {
        p.add(
            path,
            format!("\"{text}\" is not a choice"),
            "see `symbolon config reference topology`",
        );
        default
    })
}

pub(super) fn words<T: PartialEq>(
    p: &mut Problems,
    path: &str,
    texts: &[String],
    parse: fn(&str) -> Option<T>,
    choices: &str,
) -> Vec<T> {
    let mut found = Vec::new();
    for text in texts {
        match parse(text) {
            Some(word) if !found.contains(&word) => found.push(word),
            Some(_) => {}
            None => p.add(
                path,
                format!("\"{text}\" is not a choice"),
                format!("choose of {choices}"),
            ),
        }
    }
    found
}

pub(super) fn list<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> String {
    all.iter()
        .map(|value| name(*value))
        .collect::<Vec<_>>()
        .join(", ")
}
