//! The body of this crate's fuzz target, as a plain function: `fuzz/` runs it under libFuzzer, the test here for a
//! moment. It stands in the sources because what it asks is private. It panics when a property does not hold.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking; no edge is built with it"
)]

use url::Url;

use crate::query::{encode, parameter, return_path};

/// The data are a query, and a path to return to.
pub fn fuzz_edge_query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for name in ["code", "return_to", "csrf_token"] {
        if let Some(value) = parameter(text, name) {
            counts_once(text, name, &value);
        }
    }
    let query = format!("a=1&x={}&b=2", encode(text));
    assert_eq!(
        parameter(&query, "x").as_deref(),
        Some(text),
        "not its own inverse"
    );
    stays_here(text);
}

/// Another reader of forms finds the same value under that name, and no second one.
fn counts_once(query: &str, name: &str, value: &str) {
    let written: Vec<&str> = query
        .split('&')
        .filter(|pair| pair.split('=').next() == Some(name) && pair.contains('='))
        .collect();
    assert_eq!(written.len(), 1, "{query}");
    let pair = url::form_urlencoded::parse(written[0].as_bytes()).next().unwrap();
    assert_eq!((&*pair.0, &*pair.1), (name, value), "{query}");
}

/// Whoever follows the path stays on the host and is not sent round in a circle; nothing in it breaks out of a page.
fn stays_here(text: &str) {
    let path = return_path(Some(text.to_owned()));
    assert!(path == text || path == "/");
    let base = Url::parse("https://app.example:8443/.symbolon/callback?x=1").unwrap();
    let url = base.join(&path).unwrap();
    assert_eq!(url.origin(), base.origin(), "{path}");
    assert!(!url.path().starts_with("/.symbolon"), "{path}");
    assert!(
        !path.contains(['"', '\'', '<', '>', '`', ' ', '\r', '\n']),
        "{path}"
    );
}

#[cfg(test)]
#[path = "../../../fuzz/smoke.rs"]
mod smoke;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_query() {
        smoke::smoke("edge_query", 5_000, fuzz_edge_query);
    }

    #[test]
    fn the_corpus_reaches_the_depths() {
        let corpus = smoke::corpus("edge_query");
        let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap_or_default();
        let returned = corpus
            .iter()
            .filter(|data| return_path(Some(text(data))) == text(data));
        assert!(returned.count() >= 3);
        assert!(corpus.iter().any(|data| parameter(&text(data), "code").is_some()));
    }
}
