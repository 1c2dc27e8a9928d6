//! Administration of people against the whole server: what an operator ends is refused at the edge when the command has
//! returned, and does not come back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::http::{Request, Response};
use stage::server::{Plan, Server};

const PASSWORD: &str = "violet anchors beneath nine harbours";

struct Person {
    cookie: String,
    device: String,
    subject: String,
    id: String,
}

fn login(server: &Server, password: &str, device: &str) -> Response {
    let body = serde_json::json!({ "username": "ada", "password": password });
    Request::new("POST", "/api/login")
        .json(&body)
        .header("Cookie", device)
        .header(
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .send(server.public, &format!("localhost:{}", server.public))
}

fn signed_in(server: &Server) -> Person {
    let answer = login(server, PASSWORD, "none=1");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookies = answer.all("set-cookie");
    let of = |name: &str| {
        let found = cookies
            .iter()
            .find(|c| c.starts_with(&format!("{name}=")))
            .unwrap();
        found.split(';').next().unwrap().to_owned()
    };
    let told = answer.json();
    Person {
        cookie: of("__Host-symbolon"),
        device: of("__Host-symbolon-device"),
        subject: told["subject"].as_str().unwrap().to_owned(),
        id: told["session"].as_str().unwrap().to_owned(),
    }
}

fn at_the_edge(server: &Server, cookie: &str) -> (u16, String) {
    let host = format!("localhost:{}", server.public);
    let answer = Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "http")
        .header("X-Forwarded-Host", host)
        .header("X-Forwarded-Uri", "/")
        .header("Cookie", cookie)
        .send(server.edge, &format!("localhost:{}", server.edge));
    let reason = answer.header("symbolon-reason").unwrap_or_default().to_owned();
    (answer.status, reason)
}

fn refused(server: &Server, cookie: &str) -> bool {
    at_the_edge(server, cookie) == (401, "revoked".to_owned())
}

#[test]
fn what_an_operator_ends_is_refused_at_the_edge_when_the_command_returns() {
    let plan = Plan::new("accounts", "http://localhost:{public}", "lockout_after = 10");
    let server = plan.start();
    server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);

    let (one, two) = (signed_in(&server), signed_in(&server));
    for person in [&one, &two] {
        assert_eq!(at_the_edge(&server, &person.cookie).0, 200);
    }
    let listed = server.json(&["session", "list", "--subject", &one.subject], "");
    let rows = listed["items"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["agent_name"], "Firefox on Linux");
    assert_eq!(rows[0]["network"], "this machine");
    assert!(rows.iter().any(|row| row["id"] == one.id.as_str()));
    let everywhere = [
        "session",
        "end",
        "--subject",
        &one.subject,
        "--all",
        "--wait",
        "enforced",
    ];
    let ended = server.json(&everywhere, "");
    assert_eq!(
        (&ended["sessions"], &ended["receipt"]["level"]),
        (&2.into(), &"enforced".into())
    );
    assert!(refused(&server, &one.cookie) && refused(&server, &two.cookie));

    let again = signed_in(&server);
    let off = server.json(&["user", "disable", "ada", "--wait", "enforced"], "");
    assert_eq!(
        (&off["disabled"], &off["receipt"]["level"]),
        (&true.into(), &"enforced".into())
    );
    assert!(refused(&server, &again.cookie));
    assert_eq!(login(&server, PASSWORD, &again.device).status, 401);
    server.json(&["user", "enable", "ada"], "");
    assert!(refused(&server, &again.cookie), "enabling brings nothing back");
    assert_eq!(at_the_edge(&server, &signed_in(&server).cookie).0, 200);
    assert!(server.stop());
}

#[test]
fn a_lockout_survives_a_restart_and_an_administrator_ends_it() {
    let plan = Plan::new("lockout", "http://localhost:{public}", "lockout_after = 10");
    let server = plan.start();
    server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
    let known = signed_in(&server);
    // As many guesses as are heard without a wait; the store keeps them.
    for _ in 0..5 {
        assert_eq!(login(&server, "a guess", "none=1").status, 401);
    }
    assert_eq!(login(&server, PASSWORD, "none=1").status, 429);
    assert_eq!(server.json(&["user", "show", "ada"], "")["failed_attempts"], 5);
    server.kill();
    let server = plan.start();
    assert_eq!(server.json(&["user", "show", "ada"], "")["failed_attempts"], 5);
    assert_eq!(
        login(&server, PASSWORD, &known.device).status,
        200,
        "a browser that is known"
    );
    for _ in 0..5 {
        assert_eq!(login(&server, "a guess", "none=1").status, 401);
    }
    let unlocked = server.json(&["user", "unlock", "ada"], "");
    assert_eq!(
        (&unlocked["failed_attempts"], &unlocked["locked"]),
        (&0.into(), &false.into())
    );
    assert_eq!(login(&server, PASSWORD, "none=1").status, 200);
    assert!(server.stop());
}
