//! The demo in a real browser: sign in across hosts, call the application with both faces, revoke, see three edges refuse.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]
#![allow(clippy::disallowed_methods, reason = "drives real processes")]

mod stage;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use stage::webdriver::Chromium;
use stage::{TempDir, free_port, wait_for};

struct Demo {
    child: Child,
    told: Value,
}

impl Demo {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_symbolon"))
            .args(["--json", "serve", "--demo", "--data"])
            .arg(dir.join("data"))
            .args([
                "--demo-ports",
                &format!("{},{},{}", free_port(), free_port(), free_port()),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self { child, told }
    }

    fn say(&self, name: &str) -> &str {
        self.told[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.told))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots")
}

#[test]
fn sign_in_call_revoke_and_see_three_edges_refuse() {
    let dir = TempDir::new("demo");
    let demo = Demo::start(dir.path());
    let browser = Chromium::start(&dir.path().join("profile"));
    browser.open(demo.say("url"));
    browser.screenshot(&pictures().join("landing.png"));
    browser.click("a.button");
    wait_for("the login page", || browser.url().contains("/login"));
    let authority = url::Url::parse(&browser.url())
        .unwrap()
        .origin()
        .ascii_serialization();
    browser.screenshot(&pictures().join("login.png"));
    browser.emulate("prefers-color-scheme", "dark");
    browser.screenshot(&pictures().join("login-dark.png"));
    browser.resize(390, 844);
    browser.screenshot(&pictures().join("login-narrow.png"));
    browser.resize(1280, 1500);
    browser.emulate("prefers-color-scheme", "light");
    browser.fill("input[name=username]", demo.say("user"));
    browser.fill("input[name=password]", demo.say("password"));
    browser.click("button[type=submit]");
    wait_for("the application", || browser.text("#who").starts_with("user:"));

    browser.click("#no-token a");
    wait_for("a token", || {
        browser.script("return document.querySelector('#has-token')?.hidden") == false
    });
    browser.click("#call-session");
    browser.click("#call-token");
    let answers = || browser.text("#answers");
    wait_for("six answers", || answers().matches("200").count() == 6);
    browser.screenshot(&pictures().join("demo.png"));

    for page in [
        "account",
        "account/sessions",
        "account/security",
        "logout",
        "setup",
    ] {
        browser.open(&format!("{authority}/{page}"));
        assert!(!browser.text("h1").is_empty(), "{page} has a heading");
        browser.screenshot(&pictures().join(format!("{}.png", page.replace('/', "-"))));
    }
    browser.open(&format!("{}app", demo.say("url")));
    wait_for("the application again", || {
        browser.text("#who").starts_with("user:")
    });
    browser.click("#call-session");
    wait_for("three answers", || answers().matches("200").count() == 3);
    browser.click("[data-revoke=session]");
    wait_for("the receipt", || {
        browser.text("#receipt").contains("Enforced at 3 edges")
    });
    wait_for("six refusals", || {
        answers().matches("refused: revoked").count() == 6
    });
    browser.screenshot(&pictures().join("demo-revoked.png"));
    browser.emulate("prefers-color-scheme", "dark");
    browser.screenshot(&pictures().join("demo-dark.png"));
    browser.resize(390, 2400);
    browser.screenshot(&pictures().join("demo-narrow.png"));
    assert_eq!(browser.text("#problem"), "");
    let hidden = browser.script("return document.cookie");
    assert_eq!(hidden, "", "no script sees a cookie");
}
