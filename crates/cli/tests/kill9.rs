//! `kill -9` of the whole server under load, 20 rounds: what was acknowledged is there, what was revoked stays dead, and
//! nothing half-written stops the next start.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]
#![allow(clippy::disallowed_methods, reason = "the kill comes at a real moment")]

mod stage;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stage::http::{Request, Response};
use stage::server::{Plan, Server};

const PASSWORD: &str = "violet anchors beneath nine harbours";
const ROUNDS: u64 = 20;

#[derive(Default)]
struct Acknowledged {
    /// Cookie value and session id of logins that were answered.
    sessions: Vec<(String, String)>,
    /// The same of sessions whose revocation was answered.
    revoked: Vec<(String, String)>,
}

#[test]
fn nothing_acknowledged_is_lost() {
    let plan = Plan::new("kill9", "http://localhost:{public}", "[session]\ncap = 1000");
    let first = plan.start();
    first.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
    assert!(first.stop());
    let (mut sessions, mut revoked) = (0, 0);
    for round in 0..ROUNDS {
        let server = plan.start();
        let known = Mutex::new(Acknowledged::default());
        load(&server, &known, Duration::from_millis(150 + round * 23), || {
            let pid = rustix::process::Pid::from_raw(server.pid().try_into().unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        drop(server);
        let known = known.into_inner().unwrap();
        let server = plan.start();
        check(&server, &known, round);
        sessions += known.sessions.len();
        revoked += known.revoked.len();
        let doctor = server.json(&["events", "verify"], "");
        assert_eq!(doctor["ok"], true, "round {round}: the event chain: {doctor}");
        server.kill();
    }
    println!("acknowledged over {ROUNDS} rounds: {sessions} logins, {revoked} revocations, 0 lost");
    assert!(
        sessions > 100 && revoked > 20,
        "the load was too small to mean anything: {sessions}, {revoked}"
    );
}

fn load(server: &Server, known: &Mutex<Acknowledged>, time: Duration, kill: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    let admin: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(server.data.join("admin.json")).unwrap()).unwrap();
    let token = admin["token"].as_str().unwrap();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let stop = &stop;
            scope.spawn(move || {
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    let Some((cookie, id)) = login(server.public) else {
                        continue;
                    };
                    n += 1;
                    if (n + worker) % 4 == 0 {
                        let revoked = revoke(server.admin, token, &id);
                        let mut known = known.lock().unwrap();
                        match revoked {
                            true => known.revoked.push((cookie, id)),
                            // Not answered: it may or may not be in force.
                            false => continue,
                        }
                    } else {
                        known.lock().unwrap().sessions.push((cookie, id));
                    }
                }
            });
        }
        std::thread::sleep(time);
        kill();
        stop.store(true, Ordering::Relaxed);
    });
}

fn login(port: u16) -> Option<(String, String)> {
    let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
    let answer = Request::new("POST", "/api/login")
        .json(&body)
        .try_send(port, &format!("localhost:{port}"))
        .ok()?;
    if answer.status != 200 {
        return None;
    }
    let cookie = answer.header("set-cookie")?.split(';').next()?.to_owned();
    let body: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
    Some((cookie, body["session"].as_str()?.to_owned()))
}

fn revoke(port: u16, token: &str, session: &str) -> bool {
    let body = serde_json::json!({ "class": "session", "key": session, "wait": "durable", "reason": "test" });
    let request = Request::new("POST", "/admin/v1/revocations")
        .json(&body)
        .header("Authorization", format!("Bearer {token}"));
    request
        .try_send(port, &format!("localhost:{port}"))
        .is_ok_and(|r| r.status == 200)
}

fn ask(server: &Server, cookie: &str) -> Response {
    let host = format!("localhost:{}", server.public);
    Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "http")
        .header("X-Forwarded-Host", host)
        .header("X-Forwarded-Uri", "/")
        .header("Cookie", cookie)
        .send(server.edge, &format!("localhost:{}", server.edge))
}

fn check(server: &Server, known: &Acknowledged, round: u64) {
    for (cookie, id) in &known.sessions {
        let answer = ask(server, cookie);
        assert_eq!(
            answer.status,
            200,
            "round {round}: {id} was acknowledged: {:?}",
            answer.header("symbolon-reason")
        );
    }
    for (cookie, id) in &known.revoked {
        let answer = ask(server, cookie);
        assert_eq!(
            (answer.status, answer.header("symbolon-reason")),
            (401, Some("revoked")),
            "round {round}: {id}"
        );
    }
}
