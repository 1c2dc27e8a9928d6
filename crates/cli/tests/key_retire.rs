//! A key is retired in an emergency while its server is under load: what good keys made is never refused, and what the
//! bad key made is never let through once the command has returned.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;
use stage::http::Request;
use stage::server::{Plan, Server};
use stage::wait_for;

struct Load<'a> {
    server: &'a Server,
    secret: String,
    stop: AtomicBool,
    checks: AtomicU64,
    /// Tokens of keys that are good throughout.
    good: Mutex<Vec<String>>,
    /// Tokens whose key was retired: from when on no check may let one through.
    bad: Mutex<Vec<String>>,
    /// Keys that are, or are being, retired.
    retiring: Mutex<Vec<String>>,
    wrong: Mutex<Vec<String>>,
}

impl Load<'_> {
    fn token(&self) -> Option<String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "job"),
            ("client_secret", self.secret.as_str()),
        ];
        let answer = Request::new("POST", "/oauth2/token")
            .form(&form)
            .send(self.server.public, &format!("localhost:{}", self.server.public));
        if answer.status != 200 {
            self.wrong(format!("no token: {} {}", answer.status, answer.body));
            return None;
        }
        Some(answer.json()["access_token"].as_str().unwrap().to_owned())
    }

    fn check(&self, token: &str) -> (u16, String) {
        let answer = Request::get("/check")
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Proto", "http")
            .header("X-Forwarded-Host", format!("localhost:{}", self.server.public))
            .header("X-Forwarded-Uri", "/")
            .header("Authorization", format!("Bearer {token}"))
            .send(self.server.edge, &format!("localhost:{}", self.server.edge));
        self.checks.fetch_add(1, Ordering::SeqCst);
        (
            answer.status,
            answer.header("symbolon-reason").unwrap_or_default().to_owned(),
        )
    }

    fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    fn runs(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    /// Good tokens again and again, known ones and fresh ones.
    fn use_good(&self) {
        while self.runs() {
            for token in self.good.lock().unwrap().clone() {
                let (status, reason) = self.check(&token);
                if status != 200 {
                    self.wrong(format!("a good token was refused: {status} {reason}"));
                }
            }
            let Some(fresh) = self.token() else { continue };
            let (status, reason) = self.check(&fresh);
            let was_good = !self.retiring.lock().unwrap().contains(&kid(&fresh));
            if status != 200 && was_good {
                self.wrong(format!("a fresh token was refused: {status} {reason}"));
            }
        }
    }

    /// Bad ones: listed before the check begins, so from then on refused.
    fn use_bad(&self) {
        while self.runs() {
            for token in self.bad.lock().unwrap().clone() {
                let told = self.check(&token);
                if told != (401, "revoked".to_owned()) && told != (401, "unknown_key".to_owned()) {
                    self.wrong(format!("a bad token: {told:?}"));
                }
            }
            std::thread::yield_now();
        }
    }

    fn some_more(&self) {
        let before = self.checks.load(Ordering::SeqCst);
        wait_for("some load", || self.checks.load(Ordering::SeqCst) > before + 300);
    }

    /// Retires a key, which made these tokens.
    fn retire(&self, made: &[String]) {
        let kid = kid(&made[0]);
        self.retiring.lock().unwrap().push(kid.clone());
        let receipt = self
            .server
            .json(&["key", "retire", &kid, "--wait", "enforced"], "");
        assert_eq!(receipt["level"], "enforced", "{receipt}");
        self.bad.lock().unwrap().extend_from_slice(made);
        self.some_more();
    }
}

fn kid(token: &str) -> String {
    let head = jose::base64url::decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let head: Value = serde_json::from_slice(&head).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

/// The reserve is announced, and the edge has confirmed it.
fn is_reserve_held(server: &Server) -> bool {
    let keys = server.json(&["key", "list"], "");
    let keys = keys["items"]
        .as_array()
        .unwrap_or_else(|| keys.as_array().unwrap())
        .clone();
    let reserve = |k: &&Value| k["use"] == "ES256" && k["state"] == "announced";
    let held =
        |k: &Value| k["missing_at"] == serde_json::json!([]) && k["held_by"] == serde_json::json!(["edge"]);
    keys.iter().find(reserve).is_some_and(held)
}

#[test]
fn an_emergency_under_load_refuses_nothing_good_and_accepts_nothing_bad() {
    let extra = "[keys]\nannounce_for = \"1s\"";
    let plan = Plan::new("key-retire", "http://localhost:{public}", extra);
    let server = plan.start();
    let audience = format!("http://localhost:{}", server.public);
    let made = server.json(
        &[
            "client",
            "add",
            "job",
            "--grant",
            "client_credentials",
            "--audience",
            &audience,
        ],
        "",
    );
    let load = Load {
        server: &server,
        secret: made["secret"].as_str().unwrap().to_owned(),
        stop: AtomicBool::new(false),
        checks: AtomicU64::new(0),
        good: Mutex::default(),
        bad: Mutex::default(),
        retiring: Mutex::default(),
        wrong: Mutex::default(),
    };
    let first: Vec<String> = (0..4).map(|_| load.token().unwrap()).collect();
    wait_for("the reserve", || {
        server.run(&["key", "rotate", "ES256"], "").status.success()
    });
    wait_for("the next reserve", || is_reserve_held(&server));
    let second: Vec<String> = (0..4).map(|_| load.token().unwrap()).collect();
    assert_ne!(kid(&first[0]), kid(&second[0]));
    for token in first.iter().chain(&second) {
        assert_eq!(load.check(token).0, 200);
    }
    load.good.lock().unwrap().extend_from_slice(&second);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| load.use_good());
        }
        scope.spawn(|| load.use_bad());
        load.some_more();
        // A key that signs no more, and then the one that signs.
        load.retire(&first);
        load.good.lock().unwrap().clear();
        load.some_more();
        load.retire(&second);
        let third = load.token().unwrap();
        assert!(kid(&third) != kid(&first[0]) && kid(&third) != kid(&second[0]));
        load.stop.store(true, Ordering::SeqCst);
    });
    let wrong = load.wrong.into_inner().unwrap();
    assert_eq!(wrong, Vec::<String>::new(), "of {:?} checks", load.checks);
}
