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
use stage::http::Request;
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
                &format!("{},{},{}", free_port(), free_port(), front()),
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

/// A port whose next one is free too, and nobody else's here: the application's own is behind it.
fn front() -> u16 {
    loop {
        let (front, next) = (free_port(), free_port());
        if next == front + 1 {
            return front;
        }
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

/// Signs in and comes to the application's page.
fn signed_in(demo: &Demo, browser: &Chromium) {
    browser.open(demo.say("url"));
    browser.click("a.button");
    wait_for("the login page", || browser.url().contains("/login"));
    browser.fill("input[name=username]", demo.say("user"));
    browser.fill("input[name=password]", demo.say("password"));
    browser.click("button[type=submit]");
    wait_for("the application", || browser.text("#who").starts_with("user:"));
}

#[test]
fn an_edge_that_is_cut_off_goes_stale_refuses_and_heals() {
    let dir = TempDir::new("demo-cut");
    let demo = Demo::start(dir.path());
    let browser = Chromium::start(&dir.path().join("profile"));
    browser.resize(1280, 1900);
    signed_in(&demo, &browser);
    let stands = |edge: u32, word: &str| {
        let seen = browser.script(&format!(
            "return document.getElementById('place-edge-{edge}')?.dataset.state"
        ));
        seen == word
    };
    let switch = |edge: u32| browser.click(&format!("#place-edge-{edge} button.switch"));
    let answer = |edge: u32| browser.text(&format!("#answer-{edge} td"));
    wait_for("three edges that serve", || {
        (1..=3).all(|edge| stands(edge, "serves"))
    });
    browser.click("#call-session");
    wait_for("three answers", || {
        (1..=3).all(|edge| answer(edge).contains("200"))
    });

    switch(2);
    wait_for("a lease that runs out", || stands(2, "waning"));
    wait_for("the end of the lease", || stands(2, "stopped"));
    wait_for("what the edge answers by itself", || {
        answer(2).contains("503") && answer(2).contains("refused: stale")
    });
    assert!(stands(1, "serves") && stands(3, "serves"), "the others go on");
    browser.screenshot(&pictures().join("demo-cut.png"));
    browser.emulate("prefers-color-scheme", "dark");
    browser.screenshot(&pictures().join("demo-cut-dark.png"));
    browser.resize(390, 2800);
    browser.screenshot(&pictures().join("demo-cut-narrow.png"));
    browser.resize(1280, 1900);
    browser.emulate("prefers-color-scheme", "light");

    switch(2);
    wait_for("the edge to heal", || stands(2, "serves"));
    wait_for("a good answer again", || answer(2).contains("200"));

    switch(3);
    wait_for("another cut", || stands(3, "waning") || stands(3, "stopped"));
    browser.click("[data-revoke=session]");
    let receipt = || browser.text("#receipt");
    wait_for("the receipt", || {
        receipt().contains("2 edges applied it, edge-3 had no lease any more")
    });
    wait_for("refusals of those that know", || {
        answer(1).contains("refused: revoked") && answer(2).contains("refused: revoked")
    });
    wait_for("the refusal of the one that does not", || {
        answer(3).contains("refused: stale")
    });
    browser.screenshot(&pictures().join("demo-cut-revoked.png"));
    switch(3);
    wait_for("what it learns as it heals", || {
        stands(3, "serves") && answer(3).contains("refused: revoked")
    });

    switch(1);
    switch(2);
    wait_for("two cuts", || !stands(1, "serves") && !stands(2, "serves"));
    switch(3);
    wait_for("the last line", || {
        browser.text("#problem").contains("one edge stays joined")
    });
    assert!(stands(3, "serves"));
}

#[test]
fn no_other_site_may_throw_the_switch() {
    let dir = TempDir::new("demo-switch");
    let demo = Demo::start(dir.path());
    let url = url::Url::parse(demo.say("url")).unwrap();
    let (port, host) = (url.port().unwrap(), url.authority().to_owned());
    let wanted = serde_json::json!({ "edge": "edge-2", "connected": false });
    let cut = |site: &str| {
        let request = Request::new("POST", "/line").json(&wanted);
        request.header("Sec-Fetch-Site", site).send(port, &host).status
    };
    let joined = || {
        let seen = Request::get("/live").send(port, &host).json();
        seen["edges"][1]["connected"] == true
    };
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!((cut(site), joined()), (403, true), "{site}");
    }
    assert_eq!((cut("same-origin"), joined()), (204, false));
}
