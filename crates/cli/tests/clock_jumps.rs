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

use std::path::{Path, PathBuf};

use stage::http::Request;
use stage::server::{Plan, Server, command};
use stage::visitor::{PASSWORD, Visit, check, login, revoke};
use stage::wait_for;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// Set back by no more, time stands still until the wall clock has caught up.
const WAITED_OUT: i64 = 5 * MINUTE;
const SIGNED_OUT: &str = "the wall clock was set back: everybody is signed out";
const YEAR: i64 = 365 * DAY;

/// A server whose wall clock is set by a file.
struct Stage {
    server: Server,
    offset: PathBuf,
    secret: String,
    latest: i64,
    plan: Plan,
}

fn library() -> PathBuf {
    let places = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let found = places
        .map(|place| place.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    found.expect("libfaketime: `cargo xtask test` installs it")
}

fn write_offset(file: &Path, seconds: i64) {
    let partial = file.with_extension("partial");
    std::fs::write(&partial, format!("{seconds:+}")).unwrap();
    std::fs::rename(&partial, file).unwrap();
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
            latest: 0,
            plan,
        }
    }

    /// Sets the clock so far from the true one, and waits until the server has noticed and its edge holds a lease again.
    fn set(&mut self, seconds: i64) {
        const DROPPED: &str = "the wall clock jumped: the lease is dropped";
        let back = self.latest - seconds;
        let expected = match back {
            0 => vec![],
            ..0 => vec![DROPPED],
            1..=WAITED_OUT => vec!["time stands still until it has caught up"],
            _ => vec![SIGNED_OUT, DROPPED],
        };
        let before: Vec<usize> = expected.iter().map(|told| self.times(told)).collect();
        write_offset(&self.offset, seconds);
        for (told, before) in expected.iter().zip(before) {
            wait_for(told, || self.times(told) > before);
        }
        if !(0..=WAITED_OUT).contains(&back) {
            self.latest = seconds;
        }
        self.goes_on();
    }

    /// How often the server said so.
    fn times(&self, told: &str) -> usize {
        self.server.stderr.lock().unwrap().matches(told).count()
    }

    /// Sign-ins work, and the server is ready.
    fn goes_on(&self) {
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

    /// Killed, and started again where the clock says so. Meanwhile a command writes to the store, by the true time.
    fn restarted(self, seconds: i64) -> Self {
        self.server.kill();
        write_offset(&self.offset, seconds);
        let written = command(&self.plan.data(), &["recover-admin"], "");
        assert!(
            written.status.success(),
            "{}",
            String::from_utf8_lossy(&written.stderr)
        );
        let server = self.plan.start();
        Self { server, ..self }
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
        let (visit_of_then, token_of_then) = (login(&stage.server), stage.token());
        assert_eq!(check(&stage.server, &visit_of_then).0, 200);
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
            assert!(
                stage.is_revoked(&visit_of_then),
                "{jump} s forwards and back: a session with a late end"
            );
        }
        let over = if jump > MINUTE { 401 } else { 200 };
        assert_eq!(
            check(&stage.server, &visit).0,
            over,
            "{jump} s forwards and back: a session of before"
        );
        assert!(stage.is_active(&stage.token()), "new ones are good");
    }
    stage.end();
}

#[test]
fn after_a_jump_backwards_nothing_revoked_or_ended_comes_back() {
    let mut stage = Stage::new("clock-backwards");
    let ended = login(&stage.server);
    assert_eq!(check(&stage.server, &ended).0, 200);
    let (revoked, over) = (stage.revoked(), stage.token());
    // `ended` has been over for less than a minute, and is not swept: every set-back would revive it.
    let now = 14 * DAY + 30;
    stage.set(now);
    assert_eq!(check(&stage.server, &ended).0, 401);
    assert!(!stage.is_active(&over));
    for jump in [MINUTE, DAY, YEAR] {
        let (visit, token) = (login(&stage.server), stage.token());
        assert_eq!(check(&stage.server, &visit).0, 200);
        let stays = jump <= WAITED_OUT;
        for (to, name) in [(now - jump, "backwards"), (now, "backwards and forth")] {
            stage.set(to);
            assert_eq!(
                check(&stage.server, &ended).0,
                401,
                "{jump} s {name}: over before"
            );
            assert!(!stage.is_active(&over), "{jump} s {name}: a token that was over");
            assert!(stage.is_revoked(&revoked), "{jump} s {name}");
            let is_out = stage.is_revoked(&visit);
            assert_ne!(is_out, stays, "{jump} s {name}: everybody is signed out");
            assert_eq!(stage.is_active(&token), stays, "{jump} s {name}");
        }
    }
    stage.end();
}

#[test]
fn a_clock_set_back_while_the_server_is_down_revives_nothing() {
    let mut stage = Stage::new("clock-restart");
    let ended = login(&stage.server);
    let now = 14 * DAY + 30;
    stage.set(now);
    let visit = login(&stage.server);
    stage = stage.restarted(now - MINUTE);
    stage.goes_on();
    assert_eq!(check(&stage.server, &ended).0, 401, "a minute: time stands still");
    assert_eq!(check(&stage.server, &visit).0, 200);
    stage = stage.restarted(now - DAY);
    assert_eq!(check(&stage.server, &ended).0, 401, "a day: before it is noticed");
    wait_for(SIGNED_OUT, || stage.times(SIGNED_OUT) == 1);
    stage.goes_on();
    assert_eq!(check(&stage.server, &ended).0, 401, "a day");
    assert!(stage.is_revoked(&visit), "a day: a session with a late end");
    stage = stage.restarted(now - DAY);
    stage.goes_on();
    assert_eq!(stage.times(SIGNED_OUT), 0, "once is enough");
    stage.end();
}
