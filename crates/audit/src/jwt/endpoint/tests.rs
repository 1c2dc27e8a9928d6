use std::time::Duration;

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        url: Url::parse("http://app.example/").unwrap(),
        status,
        fields: Vec::new(),
        body: body.as_bytes().to_vec(),
        is_cut: false,
        is_garbled: false,
        took: Duration::ZERO,
    }
}

fn oracle(good: &Answer, none: &Answer, text: Option<&str>) -> Result<Oracle, String> {
    let oracle = Oracle {
        good: Shape::of(good),
        none: Shape::of(none),
        text: text.map(str::to_owned),
    };
    oracle.sound(good, none)
}

#[test]
fn an_answer_is_like_the_good_one_or_like_the_one_to_nobody() {
    let by_status = oracle(&answer(200, "ada"), &answer(401, ""), None).unwrap();
    for (status, meaning) in [
        (200, Admission::Accepted),
        (204, Admission::Accepted),
        (401, Admission::Refused),
        (403, Admission::Refused),
        (400, Admission::Refused),
        (500, Admission::Unclear),
        (501, Admission::Refused),
        (429, Admission::Unclear),
        (503, Admission::Unclear),
        (302, Admission::Unclear),
    ] {
        assert_eq!(by_status.judge(&answer(status, "")), meaning, "{status}");
    }
    let by_size = oracle(&answer(200, "hello ada"), &answer(200, "sign in"), None).unwrap();
    assert_eq!(by_size.judge(&answer(200, "hello bob")), Admission::Accepted);
    assert_eq!(by_size.judge(&answer(200, "sign in")), Admission::Refused);
    assert_eq!(by_size.judge(&answer(200, "something else")), Admission::Unclear);
    let by_text = oracle(&answer(200, "hello ada"), &answer(200, "hello you"), Some("ada")).unwrap();
    assert_eq!(by_text.judge(&answer(200, "ada, again")), Admission::Accepted);
    assert_eq!(by_text.judge(&answer(200, "hello you")), Admission::Refused);
}

#[test]
fn an_endpoint_that_does_not_tell_is_not_an_oracle() {
    assert!(
        oracle(&answer(401, ""), &answer(401, ""), None)
            .unwrap_err()
            .contains("401")
    );
    assert!(oracle(&answer(200, "open"), &answer(200, "open"), None).is_err());
    assert!(
        oracle(&answer(200, "open"), &answer(500, ""), None)
            .unwrap_err()
            .contains("500")
    );
    assert!(oracle(&answer(200, "open"), &answer(200, "open"), Some("ada")).is_err());
}
