//! The wall clock jumps under the real server, by libfaketime: a minute, a day, a year, there and back, and back and
//! there. What is revoked stays revoked; what has ended by the clock is refused; the lease is dropped and renewed by
//! itself; and whatever the clock says, people can sign in.
//!
//! libfaketime changes what the C library says of wall time. Boot time is asked of the kernel without the C library, and
//! it is told to leave monotonic time alone: as when somebody sets the clock of a machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use std::path::PathBuf;

use stage::http::Request;
use stage::server::{Plan, Server};
use stage::visitor::{PASSWORD, Visit, check, login, revoke};
use stage::wait_for;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

/// A server whose wall clock is set by a file.
struct Stage {
    server: Server,
    offset: PathBuf,
    secret: String,
    jumps: usize,
    _plan: Plan,
}

fn library() -> PathBuf {
    let places = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let found = places
        .map(|place| place.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    found.expect("libfaketime: `cargo xtask test` installs it")
}

impl Stage {
    fn new(name: &str) -> Self {
        let mut plan = Plan::new(name, "http://localhost:{public}", "");
        let offset = plan.dir.path().join("offset");
        std::fs::write(&offset, "+0").unwrap();
        plan.variables = vec![
            ("LD_PRELOAD", library().display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", offset.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
            ("SYMBOLON_SERVER__LEASE", "1s".to_owned()),
        ];
        let server = plan.start();
        server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
        let grant = [
            "client",
            "add",
            "svc",
            "--grant",
            "client_credentials",
            "--audience",
            "api",
        ];
        let made = server.json(&grant, "");
        Self {
            server,
            offset,
            secret: made["secret"].as_str().unwrap().to_owned(),
            jumps: 0,
            _plan: plan,
        }
    }

    /// Sets the clock so far from the true one, and waits until the edge has noticed and holds a lease again.
    fn set(&mut self, seconds: i64) {
        let partial = self.offset.with_extension("partial");
        std::fs::write(&partial, format!("{seconds:+}")).unwrap();
        std::fs::rename(&partial, &self.offset).unwrap();
        self.jumps += 1;
        let told = "the wall clock jumped: the lease is dropped";
        wait_for("the lease to be dropped", || {
            self.server.stderr.lock().unwrap().matches(told).count() >= self.jumps
        });
        let visit = login(&self.server);
        wait_for("a lease and a new session", || {
            check(&self.server, &visit).0 == 200
        });
        let ready = Request::get("/readyz").send(self.server.public, &self.host());
        assert_eq!(ready.status, 200, "{}", ready.body);
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.server.public)
    }

    fn post(&self, path: &str, more: &[(&str, &str)]) -> serde_json::Value {
        let mut form = vec![("client_id", "svc"), ("client_secret", self.secret.as_str())];
        form.extend(more);
        let answer = Request::new("POST", path)
            .form(&form)
            .send(self.server.public, &self.host());
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// An access token of five minutes.
    fn token(&self) -> String {
        let made = self.post("/oauth2/token", &[("grant_type", "client_credentials")]);
        made["access_token"].as_str().unwrap().to_owned()
    }

    fn is_active(&self, token: &str) -> bool {
        self.post("/oauth2/introspect", &[("token", token)])["active"] == true
    }

    fn revoked(&self) -> Visit {
        let visit = login(&self.server);
        assert_eq!(check(&self.server, &visit).0, 200);
        assert_eq!(revoke(&self.server, &visit).status, 200);
        visit
    }

    fn is_revoked(&self, visit: &Visit) -> bool {
        check(&self.server, visit) == (401, Some("revoked".to_owned()))
    }

    fn end(self) {
        assert_eq!(self.server.json(&["events", "verify"], "")["ok"], true);
        assert!(self.server.stop(), "an orderly end");
    }
}

#[test]
fn after_a_jump_forwards_what_has_ended_is_refused_and_back_again_people_sign_in() {
    let mut stage = Stage::new("clock-forwards");
    // A session is over after 14 days unused, a token after five minutes.
    for (jump, session_lives, token_lives) in [(MINUTE, true, true), (DAY, true, false), (YEAR, false, false)]
    {
        let (visit, revoked, token) = (login(&stage.server), stage.revoked(), stage.token());
        assert_eq!(check(&stage.server, &visit).0, 200);
        assert!(stage.is_active(&token));
        stage.set(jump);
        let expected = if session_lives { 200 } else { 401 };
        assert_eq!(
            check(&stage.server, &visit).0,
            expected,
            "{jump} s forwards: a session"
        );
        assert_eq!(stage.is_active(&token), token_lives, "{jump} s forwards: a token");
        assert!(stage.is_revoked(&revoked), "{jump} s forwards");
        let revoked_there = stage.revoked();
        let token_of_then = stage.token();
        assert!(stage.is_active(&token_of_then));
        stage.set(0);
        assert!(stage.is_revoked(&revoked), "{jump} s forwards and back");
        assert!(
            stage.is_revoked(&revoked_there),
            "{jump} s forwards and back: revoked meanwhile"
        );
        if jump > MINUTE {
            assert!(
                !stage.is_active(&token_of_then),
                "{jump} s forwards and back: a token from the future"
            );
        }
        assert!(stage.is_active(&stage.token()), "new ones are good");
    }
    stage.end();
}

#[test]
fn after_a_jump_backwards_nothing_revoked_or_long_ended_comes_back() {
    let mut stage = Stage::new("clock-backwards");
    let ended = login(&stage.server);
    let revoked = stage.revoked();
    // Twenty days later: `ended` has been over for six.
    let now = 20 * DAY;
    stage.set(now);
    assert_eq!(check(&stage.server, &ended).0, 401);
    for jump in [MINUTE, DAY, YEAR] {
        let (visit, token) = (login(&stage.server), stage.token());
        assert_eq!(check(&stage.server, &visit).0, 200);
        stage.set(now - jump);
        assert!(stage.is_revoked(&revoked), "{jump} s backwards");
        if jump < 6 * DAY {
            assert_eq!(
                check(&stage.server, &ended).0,
                401,
                "{jump} s backwards: over before"
            );
        }
        let late = stage.revoked();
        stage.set(now);
        assert!(
            stage.is_revoked(&revoked) && stage.is_revoked(&late),
            "{jump} s backwards and forth"
        );
        assert_eq!(
            check(&stage.server, &ended).0,
            401,
            "{jump} s backwards and forth"
        );
        assert_eq!(
            check(&stage.server, &visit).0,
            200,
            "{jump} s backwards and forth: a session lives on"
        );
        assert!(
            stage.is_active(&token),
            "{jump} s backwards and forth: a token lives on"
        );
    }
    stage.end();
}
