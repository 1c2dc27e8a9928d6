//! A moment of each fuzz target on the stable toolchain: seeded mutations of the kept corpus in `fuzz/corpus/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod fuzz_bodies;
#[path = "../../../fuzz/smoke.rs"]
mod smoke;

use smoke::{corpus, smoke};
use verifier::{Credentials, Family, JudgedRequest, Route, normalise};

#[test]
fn cookie_header() {
    smoke("cookie_header", 10_000, fuzz_bodies::cookies::fuzz_cookie_header);
}

#[test]
fn request_path() {
    smoke("request_path", 15_000, fuzz_bodies::paths::fuzz_request_path);
}

#[test]
fn forwarded() {
    smoke("forwarded", 5_000, fuzz_bodies::forwarded::fuzz_forwarded);
}

#[test]
fn routes() {
    smoke("routes", 10_000, fuzz_bodies::routes::fuzz_routes);
}

/// The corpus is only worth mutating if it reaches the depths: some of it is accepted.
#[test]
fn the_corpus_reaches_the_depths() {
    let route = Route::any("https://issuer.example");
    let accepted = |target: &str, judge: &dyn Fn(&[u8]) -> bool| {
        corpus(target).iter().filter(|data| judge(data)).count()
    };
    let found = accepted("cookie_header", &|data| {
        Credentials::find(&fuzz_bodies::headers(data), &route).is_ok()
    });
    let paths = accepted("request_path", &|data| {
        std::str::from_utf8(data).is_ok_and(|path| normalise(path).is_ok())
    });
    let described = |family| {
        accepted("forwarded", &|data| {
            JudgedRequest::from_gateway(&fuzz_bodies::headers(data), family).is_ok()
        })
    };
    assert!(found >= 2 && paths >= 3, "{found} {paths}");
    assert!(described(Family::Forwarded) >= 1 && described(Family::Original) >= 1);
}
