//! An edge in a process of its own: the real binary with a credential that `edge add` printed. And a wire that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::http::{Request, Response};
use super::server::{Server, keep};
use super::{TempDir, free_port, wait_for};

pub struct EdgeNode {
    dir: TempDir,
    name: String,
    child: Option<Child>,
    pub check: u16,
    pub admin: u16,
    /// A network of its own, where it is not this machine's.
    network: Option<String>,
    pub stderr: Arc<Mutex<String>>,
}

impl EdgeNode {
    /// Adds an edge at a server and starts it. `routes` is appended to its configuration.
    pub fn add(server: &Server, name: &str, at: Option<u16>, routes: &str) -> Self {
        let mut node = Self::new(name, None);
        node.credential(server, at);
        node.configure(routes);
        node.start();
        node
    }

    /// The same in a network of its own, from which the feed is at `url`. It is asked at its socket.
    pub fn add_in(network: &str, server: &Server, name: &str, url: &str) -> Self {
        let mut node = Self::new(name, Some(network.to_owned()));
        node.credential_at(server, Some(url));
        node.configure(&format!("socket = \"{}\"\n", node.socket().display()));
        node.start();
        node
    }

    fn new(name: &str, network: Option<String>) -> Self {
        Self {
            dir: TempDir::new(name),
            name: name.to_owned(),
            child: None,
            check: free_port(),
            admin: free_port(),
            network,
            stderr: Arc::default(),
        }
    }

    /// Where it is asked, if it is configured to be asked there.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("check.socket")
    }

    /// A new credential in place of the one it has.
    pub fn credential(&self, server: &Server, at: Option<u16>) {
        let at = at.map(|port| format!("https://127.0.0.1:{port}"));
        self.credential_at(server, at.as_deref());
    }

    fn credential_at(&self, server: &Server, at: Option<&str>) {
        let mut args = vec!["edge", "add", self.name.as_str()];
        args.extend(at.map(|url| ["--at", url]).into_iter().flatten());
        let printed = server.run(&args, "");
        assert!(
            printed.status.success(),
            "{}",
            String::from_utf8_lossy(&printed.stderr)
        );
        let file = self.dir.path().join("credential");
        std::fs::write(&file, printed.stdout).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn configure(&self, routes: &str) {
        let credential = self.dir.path().join("credential");
        let config = format!(
            "[edge]\ncredential = {{ file = \"{}\" }}\nlisten = \"127.0.0.1:{}\"\nadmin = \"127.0.0.1:{}\"\n{routes}",
            credential.display(),
            self.check,
            self.admin
        );
        std::fs::write(self.dir.path().join("edge.toml"), config).unwrap();
    }

    pub fn start(&mut self) {
        let program = env!("CARGO_BIN_EXE_symbolon");
        let mut command = match &self.network {
            Some(network) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", network, program]);
                command
            }
            None => Command::new(program),
        };
        let mut child = command
            .args(["edge", "--config"])
            .arg(self.dir.path().join("edge.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.stderr = keep(child.stderr.take().unwrap());
        self.child = Some(child);
    }

    pub fn wait_until_ready(&self) {
        wait_for(&format!("edge {}", self.name), || self.is_ready());
    }

    pub fn is_ready(&self) -> bool {
        Request::get("/readyz")
            .try_send(self.admin, "localhost")
            .is_ok_and(|answer| answer.status == 200)
    }

    /// What this edge says of a bearer token.
    pub fn judge(&self, token: &str) -> (u16, Option<String>) {
        let answer = check(token).send(self.check, "localhost");
        (answer.status, answer.header("symbolon-reason").map(str::to_owned))
    }

    /// Whether it lets a bearer token through now; it need not answer at all.
    pub fn accepts(&self, token: &str) -> bool {
        let answer = check(token).try_send(self.check, "localhost");
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Asks in a thread: the answer may be a while in coming.
    pub fn judge_later(&self, token: &str) -> std::thread::JoinHandle<Response> {
        let (request, port) = (check(token), self.check);
        std::thread::spawn(move || request.send(port, "localhost"))
    }

    pub fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().unwrap().id();
        kill_process(Pid::from_raw(id.try_into().unwrap()).unwrap(), signal).unwrap();
    }

    /// SIGSTOP, and not one thread of it runs when this returns.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
        let tasks = format!("/proc/{}/task", self.child.as_ref().unwrap().id());
        let is_stopped = |task: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('T'))
        };
        wait_for("every thread to stop", || {
            std::fs::read_dir(&tasks)
                .unwrap()
                .map_while(Result::ok)
                .all(is_stopped)
        });
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// An orderly stop; whether it ended with success.
    pub fn stop(mut self) -> bool {
        self.signal(Signal::TERM);
        self.child.take().unwrap().wait().unwrap().success()
    }

    pub fn said(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }
}

impl Drop for EdgeNode {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A gateway's question about a bearer token.
pub fn check(token: &str) -> Request {
    Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "app.example.org")
        .header("X-Forwarded-Uri", "/api")
        .header("X-Forwarded-For", "192.0.2.7")
        .header("Authorization", format!("Bearer {token}"))
}

/// A wire to a port on this machine, which can be cut: nothing passes, and nobody is told.
pub struct Cable {
    pub port: u16,
    cut: Arc<AtomicBool>,
}

impl Cable {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let cable = Self {
            port: listener.local_addr().unwrap().port(),
            cut: Arc::default(),
        };
        let cut = Arc::clone(&cable.cut);
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let cut = Arc::clone(&cut);
                    std::thread::spawn(move || carry(from, to, &cut));
                }
            }
        });
        cable
    }

    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        while cut.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
