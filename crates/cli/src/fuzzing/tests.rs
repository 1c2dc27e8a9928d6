use super::smoke::{corpus, smoke};
use super::*;
use crate::config::{Source, load, settings};

#[test]
fn config() {
    smoke("config", 1_000, fuzz_config);
}

#[test]
fn cli_input() {
    smoke("cli_input", 5_000, fuzz_cli_input);
}

/// The corpus is only worth mutating if it reaches the depths: some of it is accepted.
#[test]
fn the_corpus_reaches_the_depths() {
    let accepted = corpus("config").into_iter().filter(|data| {
        let source = Source {
            text: String::from_utf8_lossy(data)
                .split("\n%%\n")
                .next()
                .unwrap()
                .to_owned(),
            ..Source::default()
        };
        load(&source, &settings()).is_ok()
    });
    assert!(accepted.count() >= 3);
    let input = corpus("cli_input");
    let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap_or_default();
    assert!(
        input
            .iter()
            .any(|data| crate::token::Unverified::decode(&text(data)).is_ok())
    );
    assert!(
        input
            .iter()
            .any(|data| crate::admin_file::AdminFile::parse(&text(data)).is_some())
    );
}
