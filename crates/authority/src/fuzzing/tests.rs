use super::smoke::{corpus, smoke};
use super::*;

#[test]
fn redirect_uri() {
    smoke("redirect_uri", 5_000, fuzz_redirect_uri);
}

#[test]
fn oauth_form() {
    smoke("oauth_form", 5_000, fuzz_oauth_form);
}

#[test]
fn json_bodies() {
    smoke("json_bodies", 10_000, fuzz_json_bodies);
}

/// The corpus is only worth mutating if it reaches the depths: some of it is accepted.
#[test]
fn the_corpus_reaches_the_depths() {
    let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap_or_default();
    let uris = corpus("redirect_uri");
    let registered = uris.iter().filter(|data| {
        crate::flows::admin::redirect_uri::check(text(data).split('\n').next().unwrap()).is_ok()
    });
    assert!(registered.count() >= 4);
    let returned = uris.iter().filter(|data| {
        crate::flows::return_to::ReturnTo::parse(&text(data), "https://issuer.example").is_some()
    });
    assert!(returned.count() >= 2);
    let bodies = corpus("json_bodies");
    assert!(
        bodies
            .iter()
            .filter(|data| crate::http::admin::body::members(data).is_ok())
            .count()
            >= 3
    );
}
