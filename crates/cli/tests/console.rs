//! The console's questions in a real browser: with script and without, by keyboard, in both schemes and on a phone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;
mod support;

use std::path::{Path, PathBuf};

use stage::server::{Plan, Server};
use stage::webdriver::Chromium;
use stage::{TempDir, wait_for};
use support::symbolon;

fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots")
}

struct Stage {
    browser: Chromium,
    url: String,
    _server: Server,
    _dir: TempDir,
    _plan: Plan,
}

fn stage() -> Stage {
    let plan = Plan::new("console", "http://localhost:{public}", "");
    let server = plan.start();
    let dir = TempDir::new("console-browser");
    let browser = Chromium::start(&dir.path().join("profile"));
    let url = format!("http://localhost:{}/console", server.admin);
    Stage {
        browser,
        url,
        _server: server,
        _dir: dir,
        _plan: plan,
    }
}

impl Stage {
    fn answer(&self) -> String {
        self.browser.text("#answer")
    }

    fn picture(&self, name: &str) {
        self.browser
            .screenshot(&pictures().join(format!("console-{name}.png")));
    }

    /// Types over what a field holds.
    fn replace(&self, field: &str, text: &str) {
        self.browser
            .script(&format!("document.querySelector({field:?}).select()"));
        self.browser.press(text);
    }

    /// How many texts and fields stand out from what is behind them by less than WCAG 2.2 asks for.
    fn pale(&self) -> serde_json::Value {
        self.browser.script(include_str!("stage/contrast.js"))
    }
}

#[test]
fn the_answer_follows_what_is_changed() {
    let s = stage();
    s.browser.open(&s.url);
    assert!(s.browser.url().ends_with("/console/advice"));
    assert!(s.answer().contains("Use a server session."), "{}", s.answer());
    s.picture("light");
    assert_eq!(s.pale(), serde_json::json!([]));

    s.browser.click("input[value=mobile]");
    wait_for("the phone's answer", || s.answer().contains("mobile application"));
    assert!(
        s.browser.text("#status").contains("mobile: "),
        "whoever cannot see it is told"
    );
    s.replace("#edges", "0");
    wait_for("what is wrong", || {
        s.browser.text("#edges-problem").contains("choose 1 to")
    });
    assert!(s.answer().contains("One answer is not usable yet"));
    s.picture("problem");
    assert_eq!(s.pale(), serde_json::json!([]));
    s.replace("#edges", "12");
    wait_for("the edges' answer", || s.answer().contains("token at the edge"));
    assert_eq!(s.browser.text("#edges-problem"), "");
    assert!(
        s.browser.url().contains("edges=12"),
        "the address can be kept: {}",
        s.browser.url()
    );

    s.browser.emulate("prefers-color-scheme", "dark");
    s.picture("dark");
    assert_eq!(s.pale(), serde_json::json!([]));
    s.browser.resize(390, 844);
    s.picture("narrow-dark");
    s.browser.emulate("prefers-color-scheme", "light");
    s.picture("narrow");
    let wider = s
        .browser
        .script("const page = document.documentElement; return page.scrollWidth - page.clientWidth");
    assert_eq!(wider, 0, "nothing sticks out on a phone");
    assert_eq!(s.pale(), serde_json::json!([]));
    s.browser.resize(1280, 1500);

    // A kept address gives the same page again, and the report is a page of its own.
    let kept = s.browser.url();
    s.browser.open(&kept);
    assert!(s.answer().contains("token at the edge"));
    s.browser.click("#answer .button");
    wait_for("the report", || s.browser.text("h1") == "deployment");
    assert!(s.browser.text("main").contains("A simulated day"));
    let file = kept.replace("/console/advice?", "/console/advice/topology.toml?");
    let file = s.browser.script(&format!(
        "const r = new XMLHttpRequest(); r.open('GET', {file:?}, false); try {{ r.send() }} catch {{ return 'kept out' }} return r.responseText"
    ));
    assert_eq!(file, "kept out", "the report's policy lets it ask for nothing");
}

#[test]
fn everything_works_without_script() {
    let s = stage();
    s.browser.disable_script();
    s.browser.open(&s.url);
    s.browser.click("input[value=spa]");
    s.browser.click("input[value=browser_same_site]");
    s.browser.click("#questions button");
    wait_for("the answer", || s.browser.url().contains("clients=spa"));
    assert!(s.answer().contains("single-page application"), "{}", s.answer());
    assert!(!s.answer().contains("browser on the same site"));
    s.browser.fill("#regions", "5");
    s.browser.fill("#requests", "x");
    s.browser.click("#questions button");
    wait_for("what is wrong", || s.answer().contains("not usable yet"));
    assert!(s.browser.text("#requests-problem").contains("write a number"));
    s.picture("without-script");
    s.browser.back();
    assert!(
        s.answer().contains("single-page application"),
        "back to the last answer"
    );
}

#[test]
fn the_keyboard_reaches_everything_in_order() {
    let s = stage();
    s.browser.open(&s.url);
    let mut reached = Vec::new();
    for _ in 0..60 {
        s.browser.press("\u{e004}");
        let at = s.browser.script(
            "const at = document.activeElement; return at === document.body ? '' : (at.name || at.textContent.trim())",
        );
        reached.push(at.as_str().unwrap().to_owned());
        if reached.len() == 2 {
            s.picture("focus");
        }
    }
    reached.dedup();
    let asked: Vec<&str> = advisor::ask::QUESTIONS
        .iter()
        .map(|question| question.id)
        .collect();
    let begin = reached.iter().position(|name| name == "clients").unwrap();
    assert_eq!(reached[0], "Skip to the questions");
    assert_eq!(reached[begin..begin + asked.len()], asked);
    assert_eq!(reached[begin + asked.len()], "Show the answer");
    assert!(
        reached.iter().any(|name| name == "Download topology.toml"),
        "{reached:?}"
    );
    // Space ticks, and the answer follows.
    s.browser
        .script("document.querySelector('input[value=iot]').focus()");
    s.browser.press(" ");
    wait_for("the device's answer", || s.answer().contains("iot"));
    let ring = s
        .browser
        .script("return getComputedStyle(document.activeElement).outlineWidth");
    assert_eq!(ring, "3px", "what has the focus shows it");
}

/// The report as a file: it asks nobody for anything, and is whole without script, in both schemes and on a phone.
#[test]
fn the_report_needs_no_network_and_no_script() {
    let dir = TempDir::new("report");
    let browser = Chromium::start(&dir.path().join("profile"));
    browser.disable_script();
    for name in ["mobile-bank", "partner-api"] {
        let topology = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/advice/{name}.toml"));
        let said = symbolon(&["advise", topology.to_str().unwrap(), "--format", "html"], "");
        assert_eq!(said.code, 0, "{}", said.err);
        let file = dir.path().join(format!("{name}.html"));
        std::fs::write(&file, &said.out).unwrap();
        browser.open(&format!("file://{}", file.display()));
        let asked = browser.script("return performance.getEntriesByType('resource').length");
        assert_eq!(asked, 0, "{name}");
        assert!(
            browser.text("main").contains("What would change the answer"),
            "{name}"
        );
        for (scheme, width) in [("light", 1280), ("dark", 1280), ("dark", 390), ("light", 390)] {
            browser.emulate("prefers-color-scheme", scheme);
            browser.resize(width, 1500);
            let picture = format!("report-{name}-{scheme}-{width}.png");
            browser.screenshot(&pictures().join(picture));
            let pale = browser.script(include_str!("stage/contrast.js"));
            assert_eq!(pale, serde_json::json!([]), "{name} {scheme}");
            let wider = browser
                .script("const page = document.documentElement; return page.scrollWidth - page.clientWidth");
            assert_eq!(wider, 0, "{name} {width}: nothing sticks out");
        }
    }
}
