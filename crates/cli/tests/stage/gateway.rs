//! Real gateways with the documented configurations, on ports of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::http::Request;
use super::wait_for;

/// A gateway of docs/gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    Nginx,
    Caddy,
    Haproxy,
    Traefik,
    Envoy,
}

/// Where everything is on this machine.
pub struct Places {
    /// Where the gateway listens.
    pub listen: u16,
    /// The edge's address, or `unix:PATH`.
    pub edge: String,
    pub authority: u16,
    pub application: u16,
}

pub struct Running(Child);

impl Gateway {
    pub const ALL: [Self; 5] = [
        Self::Nginx,
        Self::Caddy,
        Self::Haproxy,
        Self::Traefik,
        Self::Envoy,
    ];

    /// The word in a topology.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
        }
    }

    /// Its file in docs/gateways, and in what `symbolon advise --emit` writes.
    pub fn file(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::Caddy => "Caddyfile",
            Self::Haproxy => "haproxy.cfg",
            Self::Traefik => "traefik-dynamic.yml",
            Self::Envoy => "envoy.yaml",
        }
    }

    pub fn documented(self) -> String {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateways");
        std::fs::read_to_string(docs.join(self.file())).unwrap()
    }

    /// With this machine's addresses; everything else stays.
    pub fn placed(self, text: &str, places: &Places) -> String {
        let port = places.listen;
        let with = |text: &str, from: u16, to: &str| match self {
            Self::Envoy => {
                let to = to.rsplit(':').next().unwrap();
                text.replace(&format!("port_value: {from} "), &format!("port_value: {to} "))
            }
            _ => text.replace(&format!("127.0.0.1:{from}"), to),
        };
        let text = with(text, 8710, &places.edge);
        let text = with(&text, 8700, &format!("127.0.0.1:{}", places.authority));
        let text = with(&text, 3000, &format!("127.0.0.1:{}", places.application));
        match self {
            Self::Nginx => text.replace("listen 443;", &format!("listen 127.0.0.1:{port};")),
            Self::Haproxy => text.replace("bind :443", &format!("bind 127.0.0.1:{port}")),
            Self::Envoy => text.replace(
                "address: 0.0.0.0, port_value: 443 ",
                &format!("address: 127.0.0.1, port_value: {port} "),
            ),
            Self::Caddy | Self::Traefik => text,
        }
    }

    /// With another name for a host.
    pub fn renamed(self, text: &str, host: &str, to: &str, port: u16) -> String {
        let all = |pairs: &[(String, String)]| {
            pairs
                .iter()
                .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        match self {
            Self::Nginx => all(&[(format!("server_name {host};"), format!("server_name {to};"))]),
            Self::Caddy => all(&[(format!("\n{host} {{"), format!("\nhttp://{to}:{port} {{"))]),
            Self::Haproxy => all(&[(format!("-i {host}\n"), format!("-i {to}\n"))]),
            Self::Traefik => all(&[(format!("Host(`{host}`)"), format!("Host(`{to}`)"))]),
            Self::Envoy => all(&[
                (format!("[{host}]"), format!("[{to}]")),
                (format!("\"{host}\""), format!("\"{to}\"")),
            ]),
        }
    }

    /// Starts it in the foreground, with the authority at `id.localhost`; what it writes goes to the test's directory.
    pub fn start(self, dir: &Path, port: u16, text: &str) -> Running {
        self.write(dir, text);
        let log = dir.join("gateway.log");
        let mut running = Running(self.spawn(self.command(dir, port), dir, &log));
        wait_for(self.word(), || {
            if let Some(status) = running.0.try_wait().unwrap() {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("{} ended with {status}: {said}", self.word());
            }
            // Some listen before they have read where to send.
            let asked = Request::get("/readyz").try_send(port, &format!("id.localhost:{port}"));
            asked.is_ok_and(|answer| answer.status == 200)
        });
        running
    }

    /// What its own test of a file says, for those that have one.
    pub fn judge(self, dir: &Path, text: &str) -> Result<(), String> {
        self.write(dir, text);
        let mut command = self.command(dir, 0);
        match self {
            Self::Nginx => command.args(["-t", "-q"]),
            Self::Haproxy => command.arg("-c"),
            Self::Envoy => command.args(["--mode", "validate"]),
            Self::Caddy => {
                command = Command::new(program(self.word()));
                command.args(["validate", "--adapter", "caddyfile", "--config", self.file()])
            }
            Self::Traefik => panic!("Traefik tests files only by running them"),
        };
        let log = dir.join("judge.log");
        let status = self.spawn(command, dir, &log).wait().unwrap();
        if status.success() {
            return Ok(());
        }
        Err(std::fs::read_to_string(&log).unwrap_or_default())
    }

    fn write(self, dir: &Path, text: &str) {
        let own = match self {
            Self::Nginx => nginx(dir, text),
            Self::Caddy => format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}"),
            _ => text.to_owned(),
        };
        std::fs::write(dir.join(self.file()), own).unwrap();
        if self == Self::Haproxy {
            let lua = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateways/symbolon.lua");
            std::fs::copy(lua, dir.join("symbolon.lua")).unwrap();
        }
    }

    fn spawn(self, mut command: Command, dir: &Path, log: &Path) -> Child {
        let log = std::fs::File::create(log).unwrap();
        let child = command
            .current_dir(dir)
            .env("HOME", dir)
            .env("XDG_DATA_HOME", dir)
            .env("XDG_CONFIG_HOME", dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        child.unwrap_or_else(|error| {
            let name = self.word();
            panic!("{name} is not there ({error}): cargo xtask test installs it")
        })
    }

    fn command(self, dir: &Path, port: u16) -> Command {
        let file = dir.join(self.file());
        let mut command = Command::new(program(self.word()));
        match self {
            Self::Nginx => {
                command.arg("-e").arg(dir.join("error.log")).arg("-c").arg(&file);
            }
            Self::Caddy => {
                command
                    .args(["run", "--adapter", "caddyfile", "--config"])
                    .arg(&file);
            }
            Self::Haproxy => {
                command.args(["-db", "-f"]).arg(&file);
            }
            Self::Traefik => {
                let text = format!(
                    "entryPoints: {{ websecure: {{ address: \"127.0.0.1:{port}\" }} }}\n\
                     providers: {{ file: {{ filename: {file:?} }} }}\n\
                     global: {{ checkNewVersion: false, sendAnonymousUsage: false }}\n"
                );
                let own = dir.join("own.yml");
                std::fs::write(&own, text).unwrap();
                command.arg("--configFile").arg(own);
            }
            Self::Envoy => {
                command
                    .args([
                        "--concurrency",
                        "1",
                        "--disable-hot-restart",
                        "-l",
                        "warning",
                        "-c",
                    ])
                    .arg(&file);
            }
        }
        command
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Traefik and Envoy come from Python's registry, into a folder of the repository's own; the others from Debian.
fn program(name: &str) -> PathBuf {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../target/peers/bin/{name}"));
    if fetched.exists() {
        fetched
    } else {
        PathBuf::from(name)
    }
}

/// nginx with the file in its http block.
fn nginx(dir: &Path, http: &str) -> String {
    let d = dir.display();
    format!(
        "daemon off; master_process off; worker_processes 1; pid {d}/nginx.pid; error_log {d}/error.log info;\n\
         events {{ worker_connections 256; }}\n\
         http {{ access_log {d}/access.log; client_body_temp_path {d}/b; proxy_temp_path {d}/p;\n\
         fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;\n{http}\n}}\n"
    )
}
