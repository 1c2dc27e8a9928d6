//! The IETF http-state cases (tests/data/cookies/SOURCE): what a user agent sends, we read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use serde_json::Value;
use verifier::pairs;

#[test]
fn what_browsers_send_is_read_as_they_meant_it() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/cookies/parser.json")).unwrap();
    let mut compared = 0;
    for case in &cases {
        let Some(sent) = case["sent"].as_array().filter(|sent| !sent.is_empty()) else {
            continue;
        };
        let text = |pair: &Value, key: &str| pair[key].as_str().unwrap().to_owned();
        let expected: Vec<(String, String)> =
            sent.iter().map(|p| (text(p, "name"), text(p, "value"))).collect();
        let header: Vec<String> = expected
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let read: Vec<(String, String)> = pairs(header.join("; ").as_bytes())
            .map(|p| {
                (
                    String::from_utf8_lossy(p.name).into(),
                    String::from_utf8_lossy(p.value).into(),
                )
            })
            .collect();
        assert_eq!(read, expected, "{}", case["test"]);
        compared += 1;
    }
    assert!(compared > 100, "only {compared} cases");
}
