//! The real program on a data directory that outlives it, and a connection that is kept.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{Fault, Ground};
use crate::stage::{free_port, managed};
use crate::world;

/// How long a server may take to start, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(1);
/// The host of the authority; sessions of it count at the edge without a cookie of another host.
pub(in crate::subjects) const HOST: &str = "localhost";

/// Where a server is, started or not.
#[derive(Debug, Clone)]
pub(in crate::subjects) struct Plan {
    pub(in crate::subjects) folder: PathBuf,
    symbolon: PathBuf,
    pub(in crate::subjects) public: u16,
    pub(in crate::subjects) admin: u16,
    pub(in crate::subjects) edge: u16,
    pub(in crate::subjects) config: String,
}

/// A running one.
#[derive(Debug)]
pub(in crate::subjects) struct Server {
    child: Child,
    pub(in crate::subjects) plan: Plan,
}

/// One answer.
#[derive(Debug, Clone, Default)]
pub(in crate::subjects) struct Answer {
    pub(in crate::subjects) status: u16,
    headers: Vec<(String, String)>,
    pub(in crate::subjects) body: String,
}

/// One connection, kept open.
#[derive(Debug)]
pub(in crate::subjects) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Plan {
    /// `extra` is appended to the configuration.
    pub(in crate::subjects) fn new(ground: &Ground, folder: &Path, extra: &str) -> Result<Self, Fault> {
        let (public, admin, edge) = (free_port()?, free_port()?, free_port()?);
        std::fs::create_dir_all(folder).map_err(Fault::io("a folder"))?;
        let config = format!(
            "[server]\nissuer = \"http://{HOST}:{public}\"\nlisten = \"127.0.0.1:{public}\"\n\
             admin_listen = \"127.0.0.1:{admin}\"\n[edge]\nlisten = \"127.0.0.1:{edge}\"\n{extra}\n"
        );
        Ok(Self {
            folder: folder.to_owned(),
            symbolon: ground.symbolon.clone(),
            public,
            admin,
            edge,
            config,
        })
    }

    pub(in crate::subjects) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(in crate::subjects) fn issuer(&self) -> String {
        format!("http://{HOST}:{}", self.public)
    }

    pub(in crate::subjects) fn write_config(&self) -> Result<PathBuf, Fault> {
        let file = self.folder.join("symbolon.toml");
        std::fs::write(&file, &self.config).map_err(Fault::io("a configuration"))?;
        Ok(file)
    }

    /// Starts it, and does not wait.
    pub(in crate::subjects) fn launch(&self) -> Result<Server, Fault> {
        let file = self.write_config()?;
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("symbolon.log"))
            .map_err(Fault::io("a log file"))?;
        let same = log.try_clone().map_err(Fault::io("a log file"))?;
        let mut command = Command::new(&self.symbolon);
        command
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(self.data());
        command.stdin(Stdio::null()).stdout(log).stderr(same);
        let child = command.spawn().map_err(Fault::io("symbolon"))?;
        Ok(Server {
            child,
            plan: self.clone(),
        })
    }

    /// Starts it, and waits until it answers.
    pub(in crate::subjects) fn start(&self) -> Result<Server, Fault> {
        let mut server = self.launch()?;
        server.wait_until(|plan| {
            let ready =
                Client::connect(plan.public).and_then(|mut client| client.ask("GET", "/readyz", &[], ""));
            ready.is_ok_and(|answer| answer.status == 200) && plan.data().join("admin.json").exists()
        })?;
        Ok(server)
    }
}

impl Server {
    pub(in crate::subjects) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Looks again and again, at most a while.
    pub(in crate::subjects) fn wait_until(&mut self, ready: impl Fn(&Plan) -> bool) -> Result<(), Fault> {
        let began = world::now();
        while !ready(&self.plan) {
            if let Some(status) = self.child.try_wait().map_err(Fault::io("symbolon"))? {
                return Err(Fault::new(format!("symbolon ended with {status}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(Fault::new("symbolon does not get ready"));
            }
            world::pause(GLANCE);
        }
        Ok(())
    }

    /// A management command; what it printed as JSON.
    pub(in crate::subjects) fn run(&self, words: &[&str], input: &str) -> Result<Value, Fault> {
        managed(&self.plan.symbolon, &self.plan.data(), words, input)
    }

    /// The token of the admin API.
    pub(in crate::subjects) fn admin_token(&self) -> Result<String, Fault> {
        let text =
            std::fs::read_to_string(self.plan.data().join("admin.json")).map_err(Fault::io("admin.json"))?;
        let file: Value = serde_json::from_str(&text).unwrap_or_default();
        let token = file.get("token").and_then(Value::as_str);
        token
            .map(str::to_owned)
            .ok_or_else(|| Fault::new("admin.json has no token"))
    }

    /// Asks it to read its configuration again.
    pub(in crate::subjects) fn hang_up(&self) -> Result<(), Fault> {
        self.signal(Signal::SIGHUP)
    }

    /// An orderly stop.
    pub(in crate::subjects) fn stop(mut self) -> Result<(), Fault> {
        self.signal(Signal::SIGTERM)?;
        let status = self.child.wait().map_err(Fault::io("symbolon"))?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| Fault::new(format!("symbolon ended with {status}")))
    }

    fn signal(&self, signal: Signal) -> Result<(), Fault> {
        let id = i32::try_from(self.child.id()).map_err(|_| Fault::new("a process id"))?;
        kill(Pid::from_raw(id), signal).map_err(|error| Fault::new(error.to_string()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    pub(in crate::subjects) fn connect(port: u16) -> Result<Self, Fault> {
        let doing = || Fault::io("a connection");
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(doing())?;
        stream.set_nodelay(true).map_err(doing())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(doing())?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: format!("{HOST}:{port}"),
        })
    }

    /// One request and its answer.
    pub(in crate::subjects) fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Fault> {
        let mut text = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.host,
            body.len()
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let sent = self.stream.get_mut().write_all(text.as_bytes());
        sent.map_err(Fault::io("sending a request"))?;
        self.answer().map_err(Fault::io("reading an answer"))
    }

    fn answer(&mut self) -> std::io::Result<Answer> {
        let mut answer = Answer::default();
        let mut line = String::new();
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if answer.status == 0 {
                let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
                answer.status = status.ok_or_else(|| std::io::Error::other("no HTTP answer"))?;
            } else if let Some((name, value)) = text.split_once(':') {
                let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
                if name == "content-length" {
                    length = value.parse().map_err(std::io::Error::other)?;
                }
                answer.headers.push((name, value));
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }
}

impl Answer {
    /// The first of a name.
    pub(in crate::subjects) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A text of a JSON body.
    pub(in crate::subjects) fn text(&self, name: &str) -> Option<String> {
        let body: Value = serde_json::from_str(&self.body).ok()?;
        body.get(name)?.as_str().map(str::to_owned)
    }
}

/// How a gateway describes a request to the authority's own host, with the credential that came along.
pub(in crate::subjects) fn described<'a>(credential: (&'a str, &'a str)) -> [(&'a str, &'a str); 6] {
    [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", HOST),
        ("x-forwarded-uri", "/orders/2026"),
        ("x-forwarded-for", "192.0.2.7"),
        credential,
    ]
}
