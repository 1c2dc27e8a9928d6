//! Management commands: what they ask, what they print, how they end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use support::{Directory, admin_file, answering, symbolon, symbolon_with};

#[test]
fn a_list_is_a_table_or_json() {
    let page = r#"{"items":[{"id":"usr_1","name":"ada","email":null,"admin":true,"disabled":false}],"next":"usr_1"}"#;
    let dir = Directory::new();
    let server = answering(&[(200, page), (200, page)]);
    admin_file(dir.path(), &server.url, 0o600);
    let data = dir.path().to_str().unwrap();
    let said = symbolon(&["user", "list", "--data", data], "");
    assert_eq!(said.code, 0, "{}", said.err);
    let lines: Vec<Vec<&str>> = said
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["NAME", "ID", "EMAIL", "ADMIN", "DISABLED"]);
    assert_eq!(lines[1], ["ada", "usr_1", "-", "true", "false"]);
    assert!(said.err.contains("--after usr_1"));
    let asked = server.asked.recv().unwrap();
    assert!(
        asked.starts_with("GET /admin/v1/users?limit=100 HTTP/1.1"),
        "{asked}"
    );
    assert!(
        asked
            .to_ascii_lowercase()
            .contains("authorization: bearer sy_at_test")
    );
    let json = symbolon(&["--json", "user", "list", "--data", data], "");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json.out).unwrap()["next"],
        "usr_1"
    );
}

#[test]
fn a_password_travels_by_standard_input_alone() {
    let server = answering(&[(201, r#"{"id":"usr_1","name":"ada"}"#)]);
    let arguments = ["user", "add", "ada", "--password-stdin", "--url", &server.url];
    let said = symbolon_with(
        &arguments,
        "correct horse battery\n",
        &[("SYMBOLON_TOKEN", "sy_at_env")],
    );
    assert_eq!(said.code, 0, "{}", said.err);
    let asked = server.asked.recv().unwrap();
    assert!(asked.contains(r#""password":"correct horse battery""#) && asked.contains("sy_at_env"));
    assert!(!said.out.contains("horse") && !said.err.contains("horse"));
}

#[test]
fn a_client_secret_is_the_only_data_and_shown_once() {
    let server = answering(&[(201, r#"{"id":"billing","secret":"sy_cs_abc"}"#)]);
    let arguments = [
        "client",
        "add",
        "billing",
        "--grant",
        "client_credentials",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!((said.code, said.out.as_str()), (0, "sy_cs_abc\n"), "{}", said.err);
}

#[test]
fn a_receipt_says_what_is_enforced() {
    let receipt = r#"{"seq":68719476741,"level":"enforced","enforced_in_ms":12,"acknowledged":["a"],"expired":[],"exempt":[]}"#;
    let server = answering(&[(200, receipt)]);
    let arguments = [
        "revoke",
        "client",
        "billing",
        "--wait",
        "enforced",
        "--reason",
        "leaked",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("enforced in 12 ms") && said.out.contains("applied by: a"),
        "{}",
        said.out
    );
    let asked = server.asked.recv().unwrap();
    for part in [
        r#""class":"client""#,
        r#""key":"billing""#,
        r#""wait":"enforced""#,
        r#""reason":"leaked""#,
        "idempotency_key",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}

#[test]
fn a_wrong_target_is_refused_before_anything_is_asked() {
    for arguments in [
        ["revoke", "session", "grt_x"].as_slice(),
        &["revoke", "all", "x"],
        &["revoke", "sesion", "x"],
    ] {
        let said = symbolon(arguments, "");
        assert_eq!(said.code, 1);
        assert!(
            said.err.starts_with("error: ") && said.err.contains("hint: ") && said.out.is_empty(),
            "{}",
            said.err
        );
        assert!(!said.err.contains("no server"), "it was looked for: {}", said.err);
    }
}

#[test]
fn problems_of_the_server_are_told_with_code_and_hint() {
    let problem =
        r#"{"title":"Conflict","detail":"the name is taken","code":"name_taken","hint":"choose another"}"#;
    let server = answering(&[(409, problem), (503, "{}")]);
    let said = symbolon_with(
        &["user", "add", "ada", "--url", &server.url],
        "",
        &[("SYMBOLON_TOKEN", "t")],
    );
    assert_eq!(
        (said.code, said.err.as_str()),
        (1, "error: the name is taken (name_taken)\nhint: choose another\n")
    );
    let said = symbolon_with(
        &["--json", "user", "list", "--url", &server.url],
        "",
        &[("SYMBOLON_TOKEN", "t")],
    );
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.code, error["hint"].is_string()), (2, true), "{error}");
}

#[test]
fn without_a_server_the_hint_says_how_to_reach_one() {
    let dir = Directory::new();
    let said = symbolon(&["user", "list", "--data", dir.path().to_str().unwrap()], "");
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("hint: ") && said.err.contains("--data DIR"),
        "{}",
        said.err
    );
}

#[test]
fn an_admin_file_that_others_can_read_is_refused() {
    let dir = Directory::new();
    admin_file(dir.path(), "http://127.0.0.1:9", 0o644);
    let said = symbolon(&["user", "list", "--data", dir.path().to_str().unwrap()], "");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("open to other users"), "{}", said.err);
}

#[test]
fn the_token_never_goes_over_plain_http_to_another_machine() {
    let arguments = ["user", "list", "--url", "http://id.example.org:8701"];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("plain http is for this machine only"),
        "{}",
        said.err
    );
}

#[test]
fn events_are_json_lines() {
    let page = r#"{"items":[{"number":1,"kind":"user.added","body":{"z":1,"a":2}},{"number":2,"kind":"user.added"}],"next":null}"#;
    let server = answering(&[(200, page)]);
    let said = symbolon_with(
        &["events", "--json", "--url", &server.url],
        "",
        &[("SYMBOLON_TOKEN", "t")],
    );
    assert_eq!(said.out.lines().count(), 2, "{}", said.err);
    // What is hashed keeps its bytes.
    assert!(said.out.contains(r#""body":{"z":1,"a":2}"#), "{}", said.out);
}

#[test]
fn every_problem_of_a_request_is_told() {
    let problem = r#"{"detail":"The request is not usable.","code":"invalid_request",
        "errors":[{"path":"name","message":"is empty","hint":"write one"}]}"#;
    let server = answering(&[(422, problem)]);
    let said = symbolon_with(
        &["user", "add", " ", "--url", &server.url],
        "",
        &[("SYMBOLON_TOKEN", "t")],
    );
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("because: name is empty (write one)"),
        "{}",
        said.err
    );
    let asked = server.asked.recv().unwrap();
    assert!(!asked.contains("null"), "what was not given is left out: {asked}");
}

#[test]
fn an_admin_token_is_the_only_data_and_shown_once() {
    let made = r#"{"id":"adm_1","name":"prometheus","scopes":["metrics"],"expires_at":"2027-01-01T00:00:00.000Z","token":"sy_at_abc"}"#;
    let server = answering(&[(201, made)]);
    let arguments = [
        "admin-token",
        "add",
        "prometheus",
        "--scope",
        "metrics",
        "--expires",
        "365d",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!((said.code, said.out.as_str()), (0, "sy_at_abc\n"), "{}", said.err);
    let asked = server.asked.recv().unwrap();
    for part in [
        "POST /admin/v1/admin-tokens ",
        r#""scopes":["metrics"]"#,
        r#""expires_in":"365d""#,
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    let said = symbolon(&["admin-token", "add", "x", "--scope", "everything"], "");
    assert_eq!(said.code, 1, "{}", said.err);
}

#[test]
fn a_leaked_client_secret_is_replaced_at_once() {
    let rotated = r#"{"client":"billing","id":"sec_1","secret":"sy_cs_new","previous_end_at":null,"seq":7}"#;
    let server = answering(&[(201, rotated)]);
    let arguments = [
        "client",
        "secret",
        "rotate",
        "billing",
        "--now",
        "--revoke-tokens",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!((said.code, said.out.as_str()), (0, "sy_cs_new\n"), "{}", said.err);
    let asked = server.asked.recv().unwrap();
    assert!(
        asked.contains(r#""overlap":"0s""#) && asked.contains(r#""revoke":true"#),
        "{asked}"
    );
}

#[test]
fn filters_travel_and_a_short_page_is_followed_to_the_limit() {
    let first = r#"{"items":[],"next":"20000"}"#;
    let second = r#"{"items":[{"number":20007,"kind":"user.added","body":{}}],"next":null}"#;
    let server = answering(&[(200, first), (200, second)]);
    let arguments = [
        "events",
        "--json",
        "--kind",
        "user.*",
        "--actor",
        "admin:ops",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!((said.code, said.out.lines().count()), (0, 1), "{}", said.err);
    let asked = server.asked.recv().unwrap();
    assert!(
        asked.contains("actor=admin%3Aops") && asked.contains("kind=user.*"),
        "{asked}"
    );
    assert!(server.asked.recv().unwrap().contains("after=20000"));
}

#[test]
fn an_anchor_is_kept_and_asked_about_and_left_alone_when_history_was_cut() {
    let dir = Directory::new();
    let file = dir.path().join("anchor");
    let sound = r#"{"ok":true,"anchor":1,"checked":7,"digest":"ab","broken_at":null,"problem":null}"#;
    let cut = r#"{"ok":false,"anchor":7,"checked":7,"digest":"ab","broken_at":7,"problem":"cut off"}"#;
    let server = answering(&[(200, sound), (200, cut)]);
    let name = file.to_str().unwrap();
    let arguments = ["events", "verify", "--anchor", name, "--url", &server.url];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        server
            .asked
            .recv()
            .unwrap()
            .contains("GET /admin/v1/events/verify HTTP")
    );
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept, "{\"number\":7,\"digest\":\"ab\"}\n");
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(server.asked.recv().unwrap().contains("after=7&digest=ab"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
}

#[test]
fn edges_are_watched_line_by_line_until_interrupted() {
    let look = |frontier: u64| {
        format!(
            r#"{{"items":[{{"name":"edge-1","frontier":{frontier},"lag":0,"lease_left_ms":9000,"since_grant_ms":12,"keys_version":3,"keys_confirmed":true}}],"next":null}}"#
        )
    };
    let (one, two) = (look(7), look(8));
    // The server goes away for a moment: that is told, and the watch goes on.
    let answers = [(200, one.as_str()), (503, "{}"), (200, two.as_str())];
    let server = answering(&answers);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_symbolon"))
        .args(["edge", "list", "--watch", "--json", "--url", &server.url])
        .env_clear()
        .env("SYMBOLON_TOKEN", "t")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(out);
    for expected in [7, 8] {
        let line = lines.next().unwrap().unwrap();
        let page: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(page["items"][0]["frontier"], expected);
    }
    let pid = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        ended.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn receipts_are_listed() {
    let page = r#"{"items":[{"number":7,"at":"2026-01-01T00:00:00.000Z","targets":"client web","level":"enforced","reached":true,
        "enforced_in_ms":12,"expired":["edge-2"],"actor":"admin:ada","reason":"leaked"}],"next":"7"}"#;
    let server = answering(&[(200, page)]);
    let arguments = [
        "revoke",
        "--list",
        "--limit",
        "1",
        "--after",
        "9",
        "--url",
        &server.url,
    ];
    let said = symbolon_with(&arguments, "", &[("SYMBOLON_TOKEN", "t")]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["client web", "enforced", "edge-2", "admin:ada", "leaked"] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
    assert!(said.err.contains("--after 7"), "{}", said.err);
    let asked = server.asked.recv().unwrap();
    assert!(asked.contains("limit=1") && asked.contains("after=9"), "{asked}");
    for wrong in [
        &["revoke"][..],
        &["revoke", "--list", "all"],
        &["revoke", "all", "--limit", "3"],
    ] {
        assert_ne!(symbolon(wrong, "").code, 0, "{wrong:?}");
    }
}
