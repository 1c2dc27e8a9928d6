//! The real nginx, with a configuration of the test's own.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::wait_for;

pub struct Nginx(Child);

impl Nginx {
    /// Starts nginx in the foreground with `http { .. }` content; logs go to the test's directory.
    pub fn start(dir: &Path, port: u16, http: &str) -> Self {
        let text = format!(
            "daemon off; master_process off; worker_processes 1; pid {d}/nginx.pid; error_log {d}/error.log info;\n\
             events {{ worker_connections 256; }}\n\
             http {{ access_log {d}/access.log; client_body_temp_path {d}/b; proxy_temp_path {d}/p;\n\
             fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;\n{http}\n}}\n",
            d = dir.display()
        );
        let file = dir.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let child = Command::new("nginx")
            .args([
                "-e".as_ref(),
                dir.join("error.log").as_os_str(),
                "-c".as_ref(),
                file.as_os_str(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed: cargo xtask test installs it");
        let nginx = Self(child);
        wait_for("nginx", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
