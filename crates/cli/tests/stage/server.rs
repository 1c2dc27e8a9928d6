//! The server under test: the real binary with a configuration and a data directory of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use super::http::Request;
use super::{TempDir, free_port, wait_for};

pub struct Server {
    child: Child,
    speaks_tls: bool,
    pub public: u16,
    pub admin: u16,
    pub edge: u16,
    pub data: PathBuf,
    pub stderr: Arc<Mutex<String>>,
    pub stdout: Arc<Mutex<String>>,
}

/// Ports and directory of a server that can be started more than once.
pub struct Plan {
    pub dir: TempDir,
    pub public: u16,
    pub admin: u16,
    pub edge: u16,
    pub config: String,
    /// Where the data is, if not in the directory.
    pub elsewhere: Option<PathBuf>,
    /// Variables of the server's environment.
    pub variables: Vec<(&'static str, String)>,
}

impl Plan {
    /// `extra` is appended to the configuration; `{public}`, `{edge}` stand for the ports.
    pub fn new(name: &str, issuer: &str, extra: &str) -> Self {
        let (public, admin, edge) = (free_port(), free_port(), free_port());
        let issuer = issuer.replace("{public}", &public.to_string());
        let config = format!(
            "[server]\nissuer = \"{issuer}\"\nlisten = \"127.0.0.1:{public}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n\
             [edge]\nlisten = \"127.0.0.1:{edge}\"\n\
             [login]\nargon2_memory_kib = 7168\nargon2_passes = 1\nattempts_per_account = 100\n{extra}\n"
        );
        Self {
            dir: TempDir::new(name),
            public,
            admin,
            edge,
            config,
            elsewhere: None,
            variables: Vec::new(),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.elsewhere.clone().unwrap_or(self.dir.path().join("data"))
    }

    pub fn start(&self) -> Server {
        let file = self.dir.path().join("symbolon.toml");
        std::fs::write(&file, &self.config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_symbolon"))
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(self.data())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = keep(child.stderr.take().unwrap());
        let stdout = keep(child.stdout.take().unwrap());
        let mut server = Server {
            child,
            speaks_tls: self.config.contains("[server.tls]"),
            public: self.public,
            admin: self.admin,
            edge: self.edge,
            data: self.data(),
            stderr,
            stdout,
        };
        wait_for("the server", || server.is_ready());
        server
    }
}

impl Server {
    fn is_ready(&mut self) -> bool {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!(
                "the server stopped with {status}: {}",
                self.stderr.lock().unwrap()
            );
        }
        let ready = |port| {
            if self.speaks_tls {
                return std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
            }
            Request::get("/readyz")
                .try_send(port, &format!("localhost:{port}"))
                .is_ok_and(|r| r.status == 200)
        };
        ready(self.public) && self.data.join("admin.json").exists()
    }

    /// Runs a management command against this server.
    pub fn run(&self, args: &[&str], stdin: &str) -> Output {
        command(&self.data, args, stdin)
    }

    /// As [`Server::run`], must succeed, and parses what `--json` printed.
    pub fn json(&self, args: &[&str], stdin: &str) -> serde_json::Value {
        let output = self.run(&[args, &["--json"]].concat(), stdin);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{args:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}: {text}"))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// An orderly stop; returns whether it ended with success.
    pub fn stop(mut self) -> bool {
        let pid = rustix::process::Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(data: &Path, args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_symbolon"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub fn keep(pipe: impl std::io::Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&text);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            sink.lock().unwrap().push_str(&format!("{line}\n"));
        }
    });
    text
}
