//! One authority and edges in processes of their own, over the feed: joined, enforced, frozen, cut, removed, restarted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use rustix::process::Signal;
use serde_json::{Value, json};
use stage::edge_node::{Cable, EdgeNode};
use stage::http::Request;
use stage::joined::Joined;
use stage::server::command;
use stage::wait_for;

fn names(receipt: &Value, list: &str) -> Vec<String> {
    let list = receipt[list].as_array().unwrap().iter();
    list.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn revoked() -> (u16, Option<String>) {
    (401, Some("revoked".to_owned()))
}

#[test]
fn three_edges_join_and_an_enforced_revocation_is_refused_at_each() {
    let stage = Joined::new("edges", "5s");
    let edges = stage.edges(&["fra-1", "fra-2", "fra-3"]);
    let token = stage.token();
    for edge in &edges {
        wait_for("the token to be accepted", || edge.judge(&token).0 == 200);
    }
    let receipt = stage.revoke("enforced");
    for edge in &edges {
        assert_eq!(edge.judge(&token), revoked());
    }
    assert_eq!(
        names(&receipt, "acknowledged"),
        ["edge", "fra-1", "fra-2", "fra-3"]
    );
    assert_eq!(receipt["expired"], json!([]));
    let listed = stage.server.json(&["edge", "list"], "");
    for name in ["fra-1", "fra-2", "fra-3"] {
        let row = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name);
        let row = row.unwrap_or_else(|| panic!("{name}: {listed}"));
        assert_eq!(
            (&row["lag"], &row["keys_confirmed"]),
            (&json!(0), &json!(true)),
            "{row}"
        );
    }
    edges.iter().for_each(|edge| drop(stage.accepted(edge)));
    // Keys that change reach every edge before they sign.
    let metrics = Request::get("/metrics").send(edges[0].admin, "localhost").body;
    assert!(metrics.contains("symbolon_edge_lease_over_ms 0"), "{metrics}");
    for edge in edges {
        assert!(edge.stop());
    }
    assert!(stage.server.stop());
}

#[test]
fn a_frozen_edge_is_waited_out_and_refuses_when_it_wakes() {
    // Long enough that its lease still runs when the revocation is made.
    let stage = Joined::new("frozen", "4s");
    let routes = "[[route]]\nname = \"news\"\naccept = [\"bearer\"]\n\
                  match = { host = \"news.example.org\" }\nbeyond_lease = \"1m\"\n\
                  [[route]]\naccept = [\"bearer\"]\n";
    let edge = EdgeNode::add(&stage.server, "fra-1", None, routes);
    edge.wait_until_ready();
    let token = stage.accepted(&edge);
    edge.freeze();
    let waking = edge.judge_later(&token);
    let receipt = stage.revoke("enforced");
    assert_eq!(names(&receipt, "expired"), ["fra-1"], "{receipt}");
    let exempt = &receipt["exempt"][0];
    assert_eq!(
        (&exempt["edge"], &exempt["route"]),
        (&json!("fra-1"), &json!("news")),
        "{receipt}"
    );
    edge.signal(Signal::CONT);
    let answer = waking.join().unwrap();
    assert_ne!(answer.status, 200, "asked while it was frozen");
    assert_ne!(edge.judge(&token).0, 200, "asked when it woke");
    wait_for("the revocation to arrive", || edge.judge(&token) == revoked());
    stage.accepted(&edge);
}

#[test]
fn a_cut_edge_stops_by_itself_and_comes_back_by_itself() {
    let stage = Joined::new("cut", "500ms");
    let cable = Cable::to(stage.feed);
    let edge = EdgeNode::add(&stage.server, "fra-1", Some(cable.port), "");
    edge.wait_until_ready();
    let token = stage.accepted(&edge);
    cable.cut();
    // Returns when every lease that was ever granted is over: from then on nobody accepts, also who has heard nothing.
    let receipt = stage.revoke("wait_out");
    assert!(receipt["seq"].as_u64() > Some(0));
    let (status, reason) = edge.judge(&token);
    assert_eq!(
        (status, reason.as_deref()),
        (503, Some("stale")),
        "it cannot know more"
    );
    assert!(!edge.is_ready());
    cable.mend();
    wait_for("the revocation to arrive", || edge.judge(&token) == revoked());
    stage.accepted(&edge);
    assert!(edge.is_ready());
}

#[test]
fn a_removed_edge_is_cut_off_and_another_credential_lets_it_in_again() {
    let stage = Joined::new("removed", "500ms");
    let mut edge = EdgeNode::add(&stage.server, "fra-1", None, "");
    let stays = EdgeNode::add(&stage.server, "fra-2", None, "");
    edge.wait_until_ready();
    stays.wait_until_ready();
    let token = stage.accepted(&edge);
    let receipt = stage
        .server
        .json(&["edge", "remove", "fra-1", "--wait", "enforced"], "");
    assert!(
        names(&receipt, "expired").contains(&"fra-1".to_owned()),
        "{receipt}"
    );
    assert_eq!(edge.judge(&token).1.as_deref(), Some("stale"));
    wait_for("its log to say why", || {
        edge.said().contains("CertificateRevoked")
    });
    edge.kill();
    edge.start();
    wait_for("a new start to be refused", || {
        edge.said().contains("CertificateRevoked")
    });
    assert!(!edge.is_ready());
    stage.accepted(&stays);
    edge.kill();
    edge.credential(&stage.server, None);
    edge.start();
    edge.wait_until_ready();
    stage.accepted(&edge);
}

#[test]
fn after_a_restart_of_either_side_edges_are_back_and_nothing_revoked_is_accepted() {
    let mut stage = Joined::new("restart", "1s");
    let mut edges = stage.edges(&["fra-1", "fra-2"]);
    let token = stage.accepted(&edges[0]);
    stage.server.kill();
    stage.server = stage.plan.start();
    for edge in &edges {
        edge.wait_until_ready();
        wait_for("the token to be accepted again", || edge.judge(&token).0 == 200);
    }
    edges[0].kill();
    let receipt = stage.revoke("enforced");
    assert_eq!(edges[1].judge(&token), revoked(), "{receipt}");
    edges[0].start();
    wait_for("the edge to be back", || {
        assert!(!edges[0].accepts(&token), "not even before it is ready");
        edges[0].is_ready()
    });
    assert_eq!(edges[0].judge(&token), revoked(), "its snapshot holds it");
    edges.iter().for_each(|edge| drop(stage.accepted(edge)));
}

/// What `doctor` says of the canary: the result, and the text.
fn canary(stage: &Joined) -> (String, String) {
    let output = stage.server.run(&["doctor", "--json"], "");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut items = told["items"].as_array().unwrap().iter();
    let item = items.find(|item| item["check"] == "canary").unwrap();
    let text = |name: &str| item[name].as_str().unwrap().to_owned();
    (text("result"), text("text"))
}

#[test]
fn the_canary_is_refused_at_every_edge_and_a_cut_one_is_told() {
    let stage = Joined::with("canary", "2s", &[("SYMBOLON_CANARY__EVERY", "1s")]);
    let cable = Cable::to(stage.feed);
    let well = EdgeNode::add(&stage.server, "fra-1", None, "");
    let cut = EdgeNode::add(&stage.server, "fra-2", Some(cable.port), "");
    well.wait_until_ready();
    cut.wait_until_ready();
    wait_for("a round at all three edges", || {
        canary(&stage) == ("pass".into(), "refused in the last round at all 3 edges".into())
    });
    cable.cut();
    wait_for("the cut edge to be missed", || {
        canary(&stage) == ("warn".into(), "not heard in the last round at: fra-2".into())
    });
    cable.mend();
    wait_for("it to be heard again", || canary(&stage).0 == "pass");
    let events = stage.server.run(&["events", "--json"], "");
    let events = String::from_utf8(events.stdout).unwrap();
    assert!(
        events.contains("\"canary\"") && !events.contains("canary.accepted_late"),
        "{events}"
    );
    // A credential of somebody's is judged as before.
    stage.accepted(&well);
    stage.accepted(&cut);
}

#[test]
fn no_canary_is_asked_about_where_none_is_configured() {
    let stage = Joined::new("no-canary", "2s");
    assert_eq!(canary(&stage).0, "not_tested");
}

/// The reserve is announced, and held everywhere, before it signs: also in an emergency no good request is refused.
#[test]
fn a_retired_keys_successor_is_held_by_every_edge_before_it_signs() {
    let stage = Joined::new("successor", "5s");
    let edges = stage.edges(&["fra-1", "fra-2"]);
    for edge in &edges {
        stage.accepted(edge);
    }
    for _ in 0..3 {
        let keys = || stage.server.json(&["key", "list"], "")["items"].clone();
        let in_state = |state: &str| {
            let keys = keys();
            let all = keys.as_array().unwrap().iter();
            let found = all
                .clone()
                .find(|key| key["use"] == "ES256" && key["state"] == state);
            found.unwrap().clone()
        };
        wait_for("every edge to hold the reserve", || {
            in_state("announced")["held_by"].as_array().map(Vec::len) == Some(3)
        });
        let bad = in_state("signing")["kid"].as_str().unwrap().to_owned();
        let before = stage.token();
        let told = stage
            .server
            .json(&["key", "retire", &bad, "--wait", "enforced"], "");
        assert_eq!(told["without_successor"], json!([]), "{told}");
        let after = stage.token();
        for edge in &edges {
            assert_eq!(edge.judge(&before).0, 401);
            assert_eq!(edge.judge(&after).0, 200, "its key was held before it signed");
        }
    }
}

/// What a token says of itself.
fn claim(token: &str, name: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let payload = jose::base64url::decode(payload.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims[name].as_str().unwrap().to_owned()
}

#[test]
fn after_a_restore_edges_are_back_by_themselves_and_nothing_from_before_is_accepted() {
    let mut stage = Joined::new("restored", "1s");
    let edges = stage.edges(&["fra-1", "fra-2"]);
    let removed = EdgeNode::add(&stage.server, "fra-3", None, "");
    removed.wait_until_ready();
    let ended = stage.accepted(&edges[0]);
    let other = stage.accepted(&edges[1]);
    let file = stage.plan.dir.path().join("backup.db");
    let file = file.to_str().unwrap();
    stage.server.json(&["backup", file], "");
    let jti = claim(&ended, "jti");
    stage
        .server
        .json(&["revoke", "jti", &jti, "--wait", "enforced"], "");
    edges
        .iter()
        .for_each(|edge| assert_eq!(edge.judge(&ended), revoked()));
    stage
        .server
        .json(&["edge", "remove", "fra-3", "--wait", "enforced"], "");
    assert!(stage.server.stop());
    let told = command(&stage.plan.data(), &["restore", file, "--json"], "");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        (&told["edges"], &told["ended_edges"]),
        (&json!(["fra-1", "fra-2"]), &json!(["fra-3"])),
        "{told}"
    );
    let refused_before = removed.said().matches("CertificateRevoked").count();
    stage.server = stage.plan.start();
    wait_for("both edges to follow the new log", || {
        let listed = stage.server.json(&["edge", "list"], "");
        let rows = listed["items"].as_array().unwrap().iter();
        let there = |name: &str| {
            let of = |row: &&Value| row["name"] == name;
            let found = rows.clone().find(of).and_then(|row| row["frontier"].as_u64());
            found >= told["head"].as_u64()
        };
        there("fra-1") && there("fra-2")
    });
    for edge in &edges {
        for token in [&ended, &other] {
            assert_eq!(edge.judge(token).0, 401, "{:?}", edge.judge(token));
        }
        stage.accepted(edge);
    }
    wait_for("the edge that was removed to be refused again", || {
        removed.said().matches("CertificateRevoked").count() > refused_before
    });
    assert!(!removed.is_ready());
}

#[test]
fn routes_are_read_again_without_a_dropped_request() {
    const CLOSED: &str = "[[route]]\naccept = [\"bearer\"]\nmatch = { path = \"/none\" }\n";
    const OPEN: &str = "[[route]]\naccept = [\"bearer\"]\n";
    let stage = Joined::new("edge-reload", "5s");
    let edge = EdgeNode::add(&stage.server, "fra-1", None, OPEN);
    edge.wait_until_ready();
    let token = stage.accepted(&edge);
    let mut answers = Vec::new();
    for (routes, said) in [(CLOSED, 1), (OPEN, 2)] {
        edge.configure(routes);
        edge.signal(Signal::HUP);
        wait_for("the routes", || {
            answers.push(edge.judge(&token).0);
            edge.said().matches("routes are in force").count() == said
        });
        answers.push(edge.judge(&token).0);
    }
    assert_eq!(answers.last(), Some(&200));
    assert!(
        answers.contains(&403) && answers.iter().all(|status| [200, 403].contains(status)),
        "{answers:?}"
    );
    edge.configure("[[route]]\naccept = [\"carrier pigeon\"]\n");
    edge.signal(Signal::HUP);
    wait_for("the refusal", || {
        edge.said().contains("the configuration in force was kept")
    });
    assert_eq!(edge.judge(&token).0, 200);
}

#[test]
fn a_configuration_that_fits_no_edge_is_refused_with_a_hint() {
    use std::os::unix::fs::PermissionsExt;
    let dir = stage::TempDir::new("edge-config");
    let file = dir.path().join("edge.toml");
    let credential = dir.path().join("credential");
    let run = |config: &str| {
        std::fs::write(&file, config).unwrap();
        let ended = std::process::Command::new(env!("CARGO_BIN_EXE_symbolon"))
            .args(["edge", "--config"])
            .arg(&file)
            .output()
            .unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (code, said) = run("");
    assert!(
        code == Some(1) && said.contains("symbolon edge add NAME"),
        "{said}"
    );
    let named = format!("[edge]\ncredential = {{ file = \"{}\" }}\n", credential.display());
    std::fs::write(&credential, "symbolon edge credential 1\nedge: fra-1\n").unwrap();
    std::fs::set_permissions(&credential, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = run(&named);
    assert!(code == Some(1) && said.contains("chmod 600"), "{said}");
    std::fs::set_permissions(&credential, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (code, said) = run(&named);
    assert!(
        code == Some(1) && said.contains("not an edge credential"),
        "{said}"
    );
}
