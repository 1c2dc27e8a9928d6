//! SIGHUP on the real server: what takes effect, what waits for a restart, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::http::Request;
use stage::server::{Plan, Server};
use stage::wait_for;

const OPEN: &str = "[[route]]\nmatch = { path = \"/open/*\" }\npublic = true\n";

fn check(server: &Server, path: &str) -> u16 {
    let asked = Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "app.example.org")
        .header("X-Forwarded-Uri", path)
        .header("X-Forwarded-For", "192.0.2.7");
    asked.send(server.edge, "localhost").status
}

/// Replaces the configuration, sends SIGHUP, and waits for what the server says of it.
fn reload(plan: &Plan, server: &Server, config: &str, until: &str) {
    std::fs::write(plan.dir.path().join("symbolon.toml"), config).unwrap();
    server.stderr.lock().unwrap().clear();
    let pid = rustix::process::Pid::from_raw(server.pid().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    wait_for(until, || server.stderr.lock().unwrap().contains(until));
}

#[test]
fn routes_take_effect_at_once_and_other_keys_are_said_to_wait() {
    let plan = Plan::new("reload", "http://localhost:{public}", "");
    let server = plan.start();
    assert_eq!(check(&server, "/open/x"), 401);
    let more = plan.config.replace("argon2_passes = 1", "argon2_passes = 3");
    reload(&plan, &server, &format!("{more}{OPEN}"), "login.argon2_passes");
    let said = server.stderr.lock().unwrap().clone();
    assert!(
        said.contains("waiting for a restart: login.argon2_passes\n"),
        "{said}"
    );
    assert_eq!(check(&server, "/open/x"), 200);
    assert_eq!(check(&server, "/closed"), 403, "no route covers it");
    let other = OPEN.replace("/open/*", "/other/*");
    reload(&plan, &server, &format!("{more}{other}"), "routes are in force");
    assert_eq!(
        check(&server, "/open/x"),
        403,
        "a route that is gone opens nothing"
    );
    assert!(server.stop());
}

#[test]
fn a_configuration_with_problems_changes_nothing() {
    let plan = Plan::new("reload-bad", "http://localhost:{public}", OPEN);
    let server = plan.start();
    assert_eq!(check(&server, "/open/x"), 200);
    for (bad, named) in [
        (plan.config.replace("/open/*", "/open/../x"), "route"),
        (
            plan.config.replace("argon2_passes = 1", "argon2_passes = 99"),
            "login.argon2_passes",
        ),
        (format!("{}[nonsense]\nx = 1\n", plan.config), "nonsense"),
        ("not toml".to_owned(), "symbolon.toml:1"),
        (plan.config.replace(OPEN, ""), "no [[route]] any more"),
    ] {
        reload(&plan, &server, &bad, "in force was kept");
        let said = server.stderr.lock().unwrap().clone();
        assert!(said.contains(named), "{named}: {said}");
        assert_eq!(check(&server, "/open/x"), 200);
        assert_eq!(check(&server, "/closed"), 403, "no route covers it");
    }
    assert!(server.stop());
}
