//! A real Chromium, driven over the WebDriver protocol (W3C) by the few calls that the tests need.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::http::Request;
use super::{free_port, wait_for};

pub struct Chromium {
    driver: Child,
    port: u16,
    session: String,
}

impl Chromium {
    pub fn start(profile: &Path) -> Self {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium and chromedriver are installed: cargo xtask test installs them");
        wait_for("chromedriver", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,1500",
        ];
        let args: Vec<String> = args
            .iter()
            .map(ToString::to_string)
            .chain([format!("--user-data-dir={}", profile.display())])
            .collect();
        let capabilities =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": args } } } });
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let answer = browser.call("POST", "/session", &capabilities);
        browser.session = answer["sessionId"].as_str().expect("a session").to_owned();
        browser
    }

    pub fn open(&self, url: &str) {
        self.command("url", &json!({ "url": url }));
    }

    pub fn url(&self) -> String {
        let path = format!("/session/{}/url", self.session);
        self.call("GET", &path, &Value::Null)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Runs a script in the page and returns its value.
    pub fn script(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.innerText ?? ''");
        self.script(&script).as_str().unwrap_or_default().to_owned()
    }

    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses keys where the focus is; special ones by WebDriver's code points.
    pub fn press(&self, keys: &str) {
        let each = keys.chars().flat_map(|key| {
            let key = key.to_string();
            [
                json!({ "type": "keyDown", "value": key }),
                json!({ "type": "keyUp", "value": key }),
            ]
        });
        let actions = json!([{ "type": "key", "id": "keys", "actions": each.collect::<Vec<_>>() }]);
        self.command("actions", &json!({ "actions": actions }));
    }

    pub fn back(&self) {
        self.command("back", &json!({}));
    }

    /// From now on pages run no script of their own; the test's still does.
    pub fn disable_script(&self) {
        let params = json!({ "value": true });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": params }),
        );
    }

    /// A PNG of the window, for people to look at.
    pub fn screenshot(&self, file: &Path) {
        let path = format!("/session/{}/screenshot", self.session);
        let picture = self.call("GET", &path, &Value::Null);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, base64(picture.as_str().unwrap())).unwrap();
    }

    /// Emulates a media feature, such as `prefers-color-scheme: dark`.
    pub fn emulate(&self, feature: &str, value: &str) {
        let params = json!({ "features": [{ "name": feature, "value": value }] });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setEmulatedMedia", "params": params }),
        );
    }

    pub fn resize(&self, width: u32, height: u32) {
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params }),
        );
    }

    fn find(&self, selector: &str) -> String {
        let mut element = None;
        wait_for(selector, || {
            let found = self.command("elements", &json!({ "using": "css selector", "value": selector }));
            element = found[0]
                .as_object()
                .and_then(|o| o.values().next())
                .and_then(|v| v.as_str())
                .map(str::to_owned);
            element.is_some()
        });
        element.unwrap()
    }

    fn command(&self, command: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}/{command}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut request = Request::new(method, path);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send(self.port, &format!("localhost:{}", self.port));
        let value = answer.json()["value"].clone();
        assert!(answer.status == 200, "{method} {path}: {value}");
        value
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        let _ = Request::new("DELETE", &path).try_send(self.port, &format!("localhost:{}", self.port));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Standard base64, as WebDriver sends pictures.
fn base64(text: &str) -> Vec<u8> {
    let url: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    jose::base64url::decode(url.as_bytes()).expect("base64")
}
