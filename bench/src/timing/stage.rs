//! The real binary with users and clients of every kind, and one connection to it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::Fault;
use crate::world;

pub(crate) struct Stage {
    server: Child,
    folder: PathBuf,
    pub(crate) public: u16,
    admin: u16,
    token: String,
}

/// A connection that is kept.
pub(crate) struct Connection(TcpStream);

impl Stage {
    /// Starts it in a folder of its own and waits until it answers.
    pub(crate) fn start(program: &Path) -> Result<Self, Fault> {
        let io = |what: &'static str| Fault::io(what);
        let folder = world::scratch().join("timing");
        std::fs::create_dir_all(&folder).map_err(io("the scratch folder"))?;
        let (public, admin, edge) = (free()?, free()?, free()?);
        let configuration = format!(
            "[server]\nissuer = \"http://localhost:{public}\"\nlisten = \"127.0.0.1:{public}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n\
             [edge]\nlisten = \"127.0.0.1:{edge}\"\n\
             [login]\nargon2_memory_kib = 7168\nargon2_passes = 1\nlockout_after = 10\nattempts_per_account = 100\nattempts_per_network = 1000000\nwindow = \"1m\"\n"
        );
        let file = folder.join("symbolon.toml");
        std::fs::write(&file, configuration).map_err(io("the configuration"))?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(folder.join("data"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = command.spawn().map_err(io("the symbolon binary"))?;
        let mut stage = Self {
            server,
            folder,
            public,
            admin,
            token: String::new(),
        };
        for _ in 0..600 {
            if let Some(token) = stage.admin_token() {
                stage.token = token;
                return Ok(stage);
            }
            world::pause(Duration::from_millis(50));
        }
        Err(Fault::new("the server does not start".to_owned()))
    }

    fn admin_token(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.join("data/admin.json")).ok()?;
        let written: Value = serde_json::from_str(&text).ok()?;
        TcpStream::connect(("127.0.0.1", self.admin)).ok()?;
        Some(written.get("token")?.as_str()?.to_owned())
    }

    /// A call of the admin API; must succeed.
    pub(crate) fn manage(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        let mut connection = Connection::to(self.admin)?;
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:{}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.admin,
            self.token,
            body.len()
        );
        let (status, answer) = connection.exchange(request.as_bytes())?;
        if !(200..300).contains(&status) {
            return Err(Fault::new(format!("{path}: {status} {answer}")));
        }
        Ok(serde_json::from_str(&answer).unwrap_or_default())
    }

    pub(crate) fn connect(&self) -> Result<Connection, Fault> {
        Connection::to(self.public)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Connection {
    fn to(port: u16) -> Result<Self, Fault> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(Fault::io("a connection"))?;
        stream.set_nodelay(true).map_err(Fault::io("a connection"))?;
        Ok(Self(stream))
    }

    /// The status of a whole answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<u16, Fault> {
        self.exchange(request).map(|(status, _)| status)
    }

    fn exchange(&mut self, request: &[u8]) -> Result<(u16, String), Fault> {
        self.0.write_all(request).map_err(Fault::io("a request"))?;
        let mut said = Vec::new();
        let mut piece = [0u8; 8192];
        loop {
            let count = self.0.read(&mut piece).map_err(Fault::io("an answer"))?;
            said.extend_from_slice(piece.get(..count).unwrap_or_default());
            let text = String::from_utf8_lossy(&said);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse::<usize>()
                        .ok()
                });
                if body.len() >= length.unwrap_or(0) {
                    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
                    let status = status.ok_or_else(|| Fault::new("no status in an answer".to_owned()))?;
                    return Ok((status, body.to_owned()));
                }
            }
            if count == 0 {
                return Err(Fault::new(format!("an answer broke off: {text}")));
            }
        }
    }
}

fn free() -> Result<u16, Fault> {
    let socket = TcpListener::bind("127.0.0.1:0").map_err(Fault::io("a port"))?;
    socket
        .local_addr()
        .map(|address| address.port())
        .map_err(Fault::io("a port"))
}
