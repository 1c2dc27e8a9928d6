use super::*;

const NOW_S: i64 = 1_700_000_000;

/// The IETF http-state cases (crates/verifier/tests/data/cookies/SOURCE): what a browser keeps and sends. The browsers for
/// which they were made dropped a cookie without a name, those of today and RFC 6265bis keep it: these are left out.
#[test]
fn the_jar_does_what_browsers_do() {
    let cases = include_str!("../../../../verifier/tests/data/cookies/parser.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(cases).unwrap();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["test"].as_str().unwrap();
        if name.starts_with("DISABLED_") || name.starts_with("OPTIONAL_") {
            continue;
        }
        seen += 1;
        let from = Url::parse(&format!("http://home.example.org:8888/cookie-parser?{name}")).unwrap();
        let to = case["sent-to"].as_str().unwrap_or("/cookie-parser-result");
        let to = from.join(to).unwrap();
        let mut jar = Jar::default();
        for field in case["received"].as_array().unwrap() {
            let cookie = SetCookie::parse(field.as_str().unwrap());
            if let Some(cookie) = cookie.filter(|cookie| !cookie.name.is_empty()) {
                jar.keep(cookie, &from, NOW_S);
            }
        }
        let pair = |one: &serde_json::Value| match one["name"].as_str().unwrap_or("") {
            "" => one["value"].as_str().unwrap().to_owned(),
            name => format!("{name}={}", one["value"].as_str().unwrap()),
        };
        let expected: Vec<String> = case["sent"].as_array().unwrap().iter().map(pair).collect();
        if jar.header(&to) != expected.join("; ") {
            wrong.push(format!(
                "{name}: {:?} gave {:?}, not {:?}",
                case["received"],
                jar.header(&to),
                expected
            ));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(seen > 200, "{seen}");
}

#[test]
fn what_a_browser_drops_is_dropped() {
    let https = Url::parse("https://app.example/a/b").unwrap();
    for field in [
        "__Host-a=1",
        "__Host-a=1; Secure; Path=/; Domain=app.example",
        "__host-a=1; Secure",
        "__Secure-a=1",
        "a=1; Domain=example",
        "a=1; Domain=other.example",
        "\u{1}=2",
    ] {
        let mut jar = Jar::default();
        if let Some(cookie) = SetCookie::parse(field) {
            jar.keep(cookie, &https, NOW_S);
        }
        assert_eq!(jar.header(&https), "", "{field}");
    }
    let mut jar = Jar::default();
    jar.keep(
        SetCookie::parse("__Host-a=1; Secure; Path=/").unwrap(),
        &https,
        NOW_S,
    );
    assert_eq!(jar.header(&https), "__Host-a=1");
    assert_eq!(jar.header(&Url::parse("http://app.example/").unwrap()), "");
    jar.keep(
        SetCookie::parse("__Host-a=; Secure; Path=/; Max-Age=0").unwrap(),
        &https,
        NOW_S,
    );
    assert_eq!(jar.header(&https), "");
}
