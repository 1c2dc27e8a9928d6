//! `symbolon advise` as a command: what it prints, and that what it writes passes the check, starts and guards its routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code"
)]

mod stage;
mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use stage::http::Request;
use stage::server::Plan;
use support::{Directory, Said, symbolon};

fn advice() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/advice")
}

/// Every worked topology.
fn worked() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(advice())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 12);
    files
}

fn run(arguments: &[&str]) -> Said {
    symbolon(arguments, "")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_emitted_configuration_is_sound_starts_and_guards_its_hosts() {
    for file in worked() {
        let dir = Directory::new();
        let emitted = dir.path().join("emitted");
        let said = run(&["advise", text(&file), "--emit", text(&emitted)]);
        assert_eq!(said.code, 0, "{}: {}", file.display(), said.err);
        let config = emitted.join("symbolon.toml");
        let said = run(&[
            "config",
            "check",
            "--config",
            text(&config),
            "--against",
            text(&file),
        ]);
        assert_eq!(said.code, 0, "{}: {}", file.display(), said.out);
        guards(&std::fs::read_to_string(&config).unwrap());
    }
}

/// Starts it on ports of its own, and asks its edge about each host without a credential.
fn guards(config: &str) {
    let mut plan = Plan::new("advise", "https://id.example.org", "");
    let listen = format!(
        "[server]\nlisten = \"127.0.0.1:{}\"\nadmin_listen = \"127.0.0.1:{}\"\n",
        plan.public, plan.admin
    );
    let edge = format!("[edge]\nlisten = \"127.0.0.1:{}\"\n", plan.edge);
    plan.config = config
        .replacen("[server]\n", &listen, 1)
        .replacen("[edge]\n", &edge, 1);
    let server = plan.start();
    let hosts: Vec<&str> = config
        .split("host = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(!hosts.is_empty(), "{config}");
    for host in hosts {
        assert_eq!(
            asked(server.edge, host),
            (401, "missing_credential".to_owned()),
            "{host}\n{config}"
        );
    }
    assert_eq!(asked(server.edge, "nobody.example"), (403, "no_route".to_owned()));
    assert!(server.stop());
}

fn asked(edge: u16, host: &str) -> (u16, String) {
    let response = Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", host)
        .header("X-Forwarded-Uri", "/api/x")
        .send(edge, host);
    (
        response.status,
        response.header("symbolon-reason").unwrap_or_default().to_owned(),
    )
}

#[test]
fn the_forms_of_the_report() {
    let file = advice().join("mobile-bank.toml");
    let said = run(&["advise", text(&file)]);
    assert!(
        said.code == 0 && said.out.starts_with("Mobile bank\n"),
        "{}",
        said.out
    );
    let said = run(&["advise", text(&file), "--format", "json"]);
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["clients"][0]["mechanism"], "edge_token");
    assert_eq!(json["clients"][0]["prices"].as_array().unwrap().len(), 6);
    assert!(json["rules"].as_array().unwrap().len() > 50 && json["constants"].as_array().unwrap().len() > 30);
    let one_line = run(&["advise", text(&file), "--json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&one_line).unwrap(), json);
    assert_eq!(one_line.lines().count(), 1);
    let said = run(&["advise", text(&file), "--format", "html"]);
    assert!(said.out.starts_with("<!doctype html>\n") && said.out.ends_with("</html>\n"));
}

#[test]
fn mistakes_and_conflicts_are_findings() {
    let dir = Directory::new();
    let file = dir.path().join("t.toml");
    std::fs::write(&file, "[deployment]\nregoins = 2\n[[client]]\nkind = \"spaa\"\n").unwrap();
    let said = run(&["advise", text(&file)]);
    assert_eq!(said.code, 1);
    for expected in [
        "t.toml:2: deployment.regoins: is no key",
        "did you mean \"regions\"?",
        "t.toml:4: client.0.kind: \"spaa\"",
    ] {
        assert!(said.out.contains(expected), "{expected} in {}", said.out);
    }
    let problems: Value = serde_json::from_str(&run(&["advise", text(&file), "--json"]).out).unwrap();
    assert_eq!(problems["problems"].as_array().unwrap().len(), 2);
    std::fs::write(
        &file,
        "[[client]]\nkind = \"partner\"\noffline_validation = true\n",
    )
    .unwrap();
    let said = run(&["advise", text(&file)]);
    assert!(
        said.code == 1 && said.out.contains("! no mechanism is left"),
        "{}",
        said.out
    );
    let said = run(&["advise", text(&dir.path().join("none.toml"))]);
    assert!(
        said.code == 1 && said.err.contains("hint: begin with one of docs/advice"),
        "{}",
        said.err
    );
    let said = run(&["advise"]);
    assert!(
        said.code == 1 && said.err.contains("no terminal to ask on"),
        "{}",
        said.err
    );
}

#[test]
fn constants_of_your_own_change_the_figures() {
    let dir = Directory::new();
    let topology = advice().join("monolith-with-redis.toml");
    let constants = dir.path().join("constants.toml");
    std::fs::write(&constants, "redis_p99_ms = 50\n").unwrap();
    let said = run(&[
        "advise",
        text(&topology),
        "--constants",
        text(&constants),
        "--json",
    ]);
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        json["clients"][0]["mechanism"], "edge_session",
        "a slow store rules the look-up out"
    );
    std::fs::write(&constants, "redis_p98_ms = 50\nverify_us = \"fast\"\n").unwrap();
    let said = run(&["advise", text(&topology), "--constants", text(&constants)]);
    assert!(
        said.code == 1 && said.err.contains("redis_p98_ms is no constant"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("verify_us is not a number from 0.000001 to 1000000000"),
        "{}",
        said.err
    );
}

#[test]
fn nothing_is_overwritten() {
    let dir = Directory::new();
    let file = advice().join("internal-tools.toml");
    std::fs::write(dir.path().join("clients.sh"), "mine").unwrap();
    let said = run(&["advise", text(&file), "--emit", text(dir.path())]);
    assert!(
        said.code == 1 && said.err.contains("exists and is left alone"),
        "{}",
        said.err
    );
    assert_eq!(
        std::fs::read_to_string(dir.path().join("clients.sh")).unwrap(),
        "mine"
    );
    assert!(!dir.path().join("symbolon.toml").exists());
}

#[test]
fn a_broken_promise_is_a_finding() {
    let dir = Directory::new();
    let file = advice().join("mobile-bank.toml");
    assert_eq!(run(&["advise", text(&file), "--emit", text(dir.path())]).code, 0);
    let config = dir.path().join("symbolon.toml");
    let sound = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        sound.replace("idle_aal2 = \"5m\"", "idle_aal2 = \"30m\""),
    )
    .unwrap();
    let check = ["config", "check", "--config", text(&config)];
    assert_eq!(run(&check).code, 0);
    let said = run(&[&check[..], &["--against", text(&file)]].concat());
    assert!(
        said.code == 1
            && said
                .out
                .contains("session.idle_aal2: is 30m, where the requirements allow 5m"),
        "{}",
        said.out
    );
}

#[test]
fn a_day_is_simulated_in_every_form() {
    let file = advice().join("mobile-bank.toml");
    let small = ["--credentials", "2000", "--days", "0.05", "--seed", "9"];
    let told = |more: &[&str]| run(&[&["simulate", text(&file)], &small[..], more].concat());
    let said = told(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("Mobile bank\n") && said.err.contains("simulated 100 %"));
    let json: Value = serde_json::from_str(&told(&["--json"]).out).unwrap();
    assert_eq!(json["scenario"]["credentials"], 2000);
    assert_eq!(
        json,
        serde_json::from_str::<Value>(&told(&["--format", "json"]).out).unwrap()
    );
    assert!(told(&["--format", "html"]).out.starts_with("<!doctype html>\n"));
    assert!(told(&["--format", "svg"]).out.starts_with("<svg xmlns="));
}

#[test]
fn a_simulation_that_does_not_fit_is_a_finding() {
    let file = advice().join("mobile-bank.toml");
    let wrong = ["--edges", "10001", "--days", "0.001"];
    let said = run(&[&["simulate", text(&file)], &wrong[..]].concat());
    assert!(
        said.code == 1
            && said.out.contains("edges: 10001 is out of bounds")
            && said.out.contains("days: 0.001"),
        "{}",
        said.out
    );
    let said = run(&[&["simulate", text(&file), "--json"], &wrong[..]].concat());
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["problems"].as_array().unwrap().len(), 2);
}
