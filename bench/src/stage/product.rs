//! The product itself: the real program with a configuration, an authority and an edge, and credentials made by its API.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::command::managed;
use super::http::{Answer, ask};
use super::load::Connect;
use super::process::{Process, free_port};
use crate::harness::{Fault, Ground};

/// A running `symbolon serve`.
pub(crate) struct Product {
    pub(crate) process: Process,
    public: u16,
    admin: u16,
    edge: u16,
    socket: PathBuf,
    symbolon: PathBuf,
    data: PathBuf,
}

/// Logins of one account at once; more accounts, more sessions.
const LOGINS_PER_USER: u64 = 100;
const PASSWORD: &str = "violet anchors beneath nine harbours";
/// The application's host in every described request.
const HOST: &str = "app.example.org";

impl Product {
    /// Starts it; `extra` is appended to its configuration.
    ///
    /// # Errors
    /// It does not get ready.
    pub(crate) fn start(ground: &Ground, extra: &str) -> Result<Self, Fault> {
        let (public, admin, edge) = (free_port()?, free_port()?, free_port()?);
        let folder = ground.scratch.join(format!("product-{public}"));
        std::fs::create_dir_all(&folder).map_err(Fault::io("a folder"))?;
        let (file, data, socket) = (
            folder.join("symbolon.toml"),
            folder.join("data"),
            folder.join("check.socket"),
        );
        let config = format!(
            "[server]\nissuer = \"http://localhost:{public}\"\nlisten = \"127.0.0.1:{public}\"\n\
             admin_listen = \"127.0.0.1:{admin}\"\n\
             [login]\nargon2_memory_kib = 7168\nargon2_passes = 1\nattempts_per_account = 100\n\
             attempts_per_network = 1000000\n[session]\ncap = 1000\n\
             [edge]\nlisten = \"127.0.0.1:{edge}\"\nsocket = {socket:?}\nmax_sessions_in_memory = 262144\n{extra}\n"
        );
        std::fs::write(&file, config).map_err(Fault::io("a configuration"))?;
        let mut command = Command::new(&ground.symbolon);
        command
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(&data);
        let process = Process::start("symbolon", command, &folder)?;
        let mut product = Self {
            process,
            public,
            admin,
            edge,
            socket,
            symbolon: ground.symbolon.clone(),
            data,
        };
        let file = product.data.join("admin.json");
        let ready = || {
            file.exists() && ask(public, "GET /readyz", &[host(public)], "").is_ok_and(|a| a.status == 200)
        };
        product.process.wait_until(ready)?;
        Ok(product)
    }

    /// Where the edge answers.
    pub(crate) fn edge(&self) -> Connect {
        Connect::Port(self.edge)
    }

    /// Where the check service answers beside it.
    pub(crate) fn socket(&self) -> Connect {
        Connect::Socket(self.socket.clone())
    }

    /// One check, for its answer's header fields.
    ///
    /// # Errors
    /// Not let through.
    pub(crate) fn check(&self, fields: &[(String, String)]) -> Result<Answer, Fault> {
        let lines: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let answer = ask(self.edge, "GET /check", &lines, "")?;
        match answer.status {
            200 => Ok(answer),
            status => Err(Fault::new(format!(
                "/check answers {status}: {:?}",
                answer.headers
            ))),
        }
    }

    /// So many cookies, each of a session of its own.
    ///
    /// # Errors
    /// A login did not succeed.
    pub(crate) fn sessions(&self, count: u64) -> Result<Vec<String>, Fault> {
        let mut cookies = Vec::new();
        for number in 0..count {
            let user = format!("user{}", number / LOGINS_PER_USER);
            if number % LOGINS_PER_USER == 0 {
                self.run(&["user", "add", &user, "--password-stdin"], PASSWORD)?;
            }
            let body = serde_json::json!({ "username": user, "password": PASSWORD }).to_string();
            let lines = [host(self.public), "content-type: application/json".to_owned()];
            let answer = ask(self.public, "POST /api/login", &lines, &body)?;
            let cookie = answer.header("set-cookie").filter(|_| answer.status == 200);
            let cookie = cookie.and_then(|value| value.split(';').next());
            cookies.push(
                cookie
                    .ok_or_else(|| Fault::new(format!("login: {} {}", answer.status, answer.body)))?
                    .to_owned(),
            );
        }
        Ok(cookies)
    }

    /// So many access tokens of one client on its own behalf, each with its own id.
    ///
    /// # Errors
    /// One was not issued.
    pub(crate) fn tokens(&self, count: u64) -> Result<Vec<String>, Fault> {
        let issuer = self.issuer();
        let grants = [
            "--grant",
            "client_credentials",
            "--audience",
            &issuer,
            "--scope",
            "read",
            "--scope",
            "write",
        ];
        let made = self.run(&[&["client", "add", "service"], &grants[..]].concat(), "")?;
        let secret = made.get("secret").and_then(Value::as_str).unwrap_or_default();
        let body = format!(
            "grant_type=client_credentials&client_id=service&client_secret={secret}&scope=read+write"
        );
        let lines = [
            host(self.public),
            "content-type: application/x-www-form-urlencoded".to_owned(),
        ];
        (0..count)
            .map(|_| ask(self.public, "POST /oauth2/token", &lines, &body)?.text("access_token"))
            .collect()
    }

    /// The authority's port.
    pub(crate) const fn public(&self) -> u16 {
        self.public
    }

    /// The authority's public URL.
    pub(crate) fn issuer(&self) -> String {
        format!("http://localhost:{}", self.public)
    }

    /// The published key that signed a token, as a JWK set of one.
    ///
    /// # Errors
    /// It does not answer, or there is no such key.
    pub(crate) fn key_of(&self, token: &str) -> Result<String, Fault> {
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let header = token.split('.').next().unwrap_or_default();
        let header = read(&jose::base64url::decode(header.as_bytes()).unwrap_or_default());
        let answer = ask(self.public, "GET /oauth2/jwks", &[host(self.public)], "")?;
        let keys = read(answer.body.as_bytes());
        let keys = keys.get("keys").and_then(Value::as_array);
        let key = keys.and_then(|keys| keys.iter().find(|key| key.get("kid") == header.get("kid")));
        let key = key.ok_or_else(|| Fault::new("no published key signed the token"))?;
        Ok(serde_json::json!({ "keys": [key] }).to_string())
    }

    /// The page of its metrics.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn metrics(&self) -> Result<String, Fault> {
        let file = std::fs::read_to_string(self.data.join("admin.json")).map_err(Fault::io("admin.json"))?;
        let told: Value =
            serde_json::from_str(&file).map_err(|error| Fault::new(format!("admin.json: {error}")))?;
        let token = told.get("token").and_then(Value::as_str).unwrap_or_default();
        let lines = [host(self.admin), format!("authorization: Bearer {token}")];
        let answer = ask(self.admin, "GET /metrics", &lines, "")?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Fault::new(format!("/metrics answers {status}"))),
        }
    }

    /// A management command; what it printed as JSON.
    pub(crate) fn run(&self, words: &[&str], input: &str) -> Result<Value, Fault> {
        managed(&self.symbolon, &self.data, words, input)
    }
}

fn host(port: u16) -> String {
    format!("host: localhost:{port}")
}

/// The header fields by which a gateway describes a request, and those that a browser or client brings.
pub(crate) fn described(credential: (&str, String)) -> Vec<(String, String)> {
    let own = [
        ("host", HOST),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", HOST),
        ("x-forwarded-uri", "/orders/2026/11?page=2&sort=date"),
        ("x-forwarded-for", "192.0.2.7"),
        (
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ),
        (
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        ("accept-language", "en-GB,en;q=0.5"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
    ];
    let mut fields: Vec<(String, String)> = own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    fields.push((credential.0.to_owned(), credential.1));
    fields
}

/// The same as the bytes of an HTTP/1.1 request.
pub(crate) fn request_bytes(path: &str, fields: &[(String, String)]) -> Vec<u8> {
    let head: String = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("GET {path} HTTP/1.1\r\n{head}\r\n").into_bytes()
}
