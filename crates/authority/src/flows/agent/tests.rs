use super::*;

#[test]
fn agents_are_named_as_people_name_them() {
    let table = [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("  ", "Unknown device"),
    ];
    for (agent, name) in table {
        assert_eq!(agent_name(agent), name);
    }
    assert_eq!(agent_name(&"x".repeat(500)).len(), LONGEST);
}

/// Expected families from uap-core (see SOURCE beside the file): what we name, we name as it does.
#[test]
fn a_browser_that_we_name_is_the_one_that_others_name() {
    let rows = include_str!("../../../tests/vectors/uap/browsers.tsv");
    let (mut named, mut wrong) = (0, Vec::new());
    for row in rows.lines() {
        let (family, agent) = row.split_once('\t').unwrap();
        match browser(agent) {
            Some(ours) if family.starts_with(ours) => named += 1,
            Some(ours) => wrong.push(format!("{ours} is {family}: {agent}")),
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert_eq!(
        (named, rows.lines().count()),
        (65, 79),
        "the others are shown as they call themselves"
    );
}
